import { BSONRegExp } from 'bson';
import { type Found, MISSING } from '../field-path.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { equalTo } from './comparison.ts';
import { type FieldOperator, type FieldTest, type FilterContext, toValueTest, valueTest } from './field-test.ts';
import { integerOf, isNumeric } from './integers.ts';
import { invalidQuery } from './invalid-query.ts';
import { isOperatorName } from './operator-name.ts';
import { matchesRegex } from './regex.ts';

/** `$all`, `$elemMatch` and `$size`. */
export const arrayOperators: Readonly<Record<string, FieldOperator>> = {
  $all: (operand, context) => {
    if (!Array.isArray(operand)) throw invalidQuery('$all needs an array', '$all');
    if (operand.length === 0) return valueTest(() => false);
    return { kind: 'every', tests: allTests(operand, context) };
  },
  $elemMatch: elementMatch,
  $size: (operand) => {
    const size = requireSize(operand);
    return { kind: 'value', isWhole: true, test: (value) => Array.isArray(value) && value.length === size };
  },
};

function allTests(items: readonly DocumentValue[], context: FilterContext): FieldTest[] {
  const isElementMatch = firstName(items[0]) === '$elemMatch';
  return items.map((item) => {
    const name = firstName(item);
    if ((name === '$elemMatch') !== isElementMatch) throw invalidQuery('$all/$elemMatch has to be consistent', '$all');
    if (isElementMatch) return elementMatch((item as Document).$elemMatch ?? null, context); // it has that name
    if (isOperatorName(name)) throw invalidQuery('no $ expressions in $all', '$all');
    return valueTest(item instanceof BSONRegExp ? matchesRegex(item) : equalTo(item));
  });
}

function firstName(value: DocumentValue | undefined): string | undefined {
  return value !== undefined && isDocument(value) ? Object.keys(value)[0] : undefined;
}

const LOGICAL: ReadonlySet<string> = new Set(['$and', '$or', '$nor', '$where', '$expr', '$jsonSchema']);

/** An element that is all that is asked: by operators of values, or by a filter of documents. */
function elementMatch(operand: DocumentValue, { compileFilter, compileOperators, trace }: FilterContext): FieldTest {
  if (!isDocument(operand)) throw invalidQuery('$elemMatch needs an Object', '$elemMatch');
  const name = firstName(operand);
  const isOfValues = isOperatorName(name) && !LOGICAL.has(name ?? '');
  const test = isOfValues ? toValueTest(compileOperators(operand)) : ofDocuments(compileFilter(operand));
  return {
    kind: 'value',
    isWhole: true,
    test: (value) => {
      if (!Array.isArray(value)) return false;
      const at = value.findIndex((item) => test(item ?? null));
      if (at >= 0) trace.index = at;
      return at >= 0;
    },
  };
}

/** An array among the elements is a document of its indexes. */
function ofDocuments(test: ReturnType<FilterContext['compileFilter']>): (value: Found) => boolean {
  return (value) => value !== MISSING && (Array.isArray(value) || isDocument(value)) && test(value);
}

function requireSize(operand: DocumentValue): number {
  const size = integerOf(operand);
  if (size === undefined) {
    const expected = isNumeric(operand) ? 'an integer' : 'a number';
    throw invalidQuery(`Failed to parse $size. Expected ${expected} in: $size`, '$size');
  }
  if (size < 0n) throw invalidQuery('Failed to parse $size. Expected a non-negative number in: $size', '$size');
  return Number(size);
}
