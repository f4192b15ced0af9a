import { BSONRegExp } from 'bson';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { arithmeticOperators } from './arithmetic.ts';
import { arrayOperators } from './arrays.ts';
import { comparisonOperators, equalTo } from './comparison.ts';
import { elementOperators } from './element.ts';
import { type FieldOperator, type FieldTest, type FilterContext, notTest, valueTest } from './field-test.ts';
import { listOperators } from './in-list.ts';
import { invalidQuery } from './invalid-query.ts';
import { isOperators } from './operator-name.ts';
import { matchesRegex, regexOperators } from './regex.ts';

/** All operators that a field may be asked by. */
const OPERATORS: ReadonlyMap<string, FieldOperator> = new Map(
  Object.entries({
    ...comparisonOperators,
    ...listOperators,
    ...regexOperators,
    ...elementOperators,
    ...arithmeticOperators,
    ...arrayOperators,
    $not: negation,
  } satisfies Record<string, FieldOperator>),
);

/** What a filter asks of a field: operators, a regular expression, or a value that it is to be equal to. */
export function fieldTest(operand: DocumentValue, context: FilterContext): FieldTest {
  if (isOperators(operand)) return context.compileOperators(operand);
  return valueTest(operand instanceof BSONRegExp ? matchesRegex(operand) : equalTo(operand));
}

/** All of several operators. @throws Failure `InvalidQuery` for one that is not known */
export function operatorsTest(criteria: Document, context: FilterContext): FieldTest {
  const inner = { ...context, criteria };
  const tests = Object.keys(criteria).map((name) => {
    const operator = OPERATORS.get(name);
    if (operator === undefined) throw invalidQuery(`unknown operator: ${name}`, name);
    return operator(criteria[name] ?? null, inner);
  });
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : { kind: 'every', tests };
}

function negation(operand: DocumentValue, { compileOperators }: FilterContext): FieldTest {
  if (operand instanceof BSONRegExp) return notTest(valueTest(matchesRegex(operand)));
  if (!isDocument(operand)) throw invalidQuery('$not needs a regex or a document', '$not');
  if (Object.keys(operand).length === 0) throw invalidQuery('$not cannot be empty', '$not');
  return notTest(compileOperators(operand));
}
