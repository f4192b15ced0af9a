import { compileExpression } from '../expressions/compile-expression.ts';
import { isTruth } from '../expressions/replaced-operators.ts';
import { compileSchema } from '../validate/compile-schema.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { fieldTest, operatorsTest } from './field-operators.ts';
import { type DocumentTest, everyTest, type FilterContext, type Trace } from './field-test.ts';
import { invalidQuery } from './invalid-query.ts';
import { atPath, negate } from './path-test.ts';
import { requireQueryLimits } from './query-limits.ts';

/** A filter, ready to be asked about many documents. */
export interface CompiledFilter {
  test(document: Document): boolean;
  /**
   * The index of the first element that matched where the filter went through an array: what `$` stands for in updates and
   * projections. Undefined where the document does not match, or by no array.
   */
  matchedIndex(document: Document): number | undefined;
}

/**
 * Compiles a filter of MongoDB's query language. It is compiled to tests of ours: through arrays, of null and what is missing,
 * and between types MongoDB's rules are others than those of `mingo`, which computes its expressions (`$expr`).
 * @throws Failure `InvalidQuery` for what is no filter, naming the operator in MongoDB's words; `DocumentTooLarge`
 */
export function compileFilter(filter: Document): CompiledFilter {
  if (!isDocument(filter)) throw invalidQuery('A filter is an object');
  requireQueryLimits(filter);
  const trace: Trace = { index: undefined };
  const test = compileClauses(filter, { trace, isNested: false });
  return {
    test,
    matchedIndex: (document) => {
      trace.index = undefined;
      return test(document) ? trace.index : undefined;
    },
  };
}

/** Where clauses stand. */
interface Scope {
  readonly trace: Trace;
  /** Within `$elemMatch`. */
  readonly isNested: boolean;
}

interface Clause extends Scope {
  readonly operand: DocumentValue;
}

function compileClauses(filter: Document, scope: Scope): DocumentTest {
  return everyTest(
    Object.keys(filter).map((name) => {
      const clause = { ...scope, operand: filter[name] ?? null };
      return name.startsWith('$') ? compileClause(name, clause) : compileField(name, clause);
    }),
  );
}

function compileField(path: string, { operand, trace }: Clause): DocumentTest {
  const context: FilterContext = {
    path,
    trace,
    compileFilter: (inner) => compileClauses(inner, { trace: { index: undefined }, isNested: true }),
    compileOperators: (criteria) => operatorsTest(criteria, context),
  };
  return atPath(path, fieldTest(operand, context), trace);
}

function compileClause(name: string, clause: Clause): DocumentTest {
  const operator = CLAUSES.get(name);
  if (operator === undefined) throw invalidQuery(`unknown top level operator: ${name}`, name);
  return operator(clause);
}

const CLAUSES: ReadonlyMap<string, (clause: Clause) => DocumentTest> = new Map<
  string,
  (clause: Clause) => DocumentTest
>([
  ['$and', (clause) => everyTest(branches('$and', clause))],
  ['$or', (clause) => anyTest(branches('$or', clause))],
  ['$nor', (clause) => negate(anyTest(branches('$nor', clause)), clause.trace)],
  ['$comment', () => () => true],
  ['$expr', computed],
  ['$jsonSchema', ofSchema],
]);

function computed({ operand, isNested }: Clause): DocumentTest {
  if (isNested) throw invalidQuery('$expr can only be applied to the top-level document', '$expr');
  const compute = compileExpression(operand);
  return (document) => isTruth(compute(document as Document)); // at the top level there are no others
}

function ofSchema({ operand, isNested }: Clause): DocumentTest {
  if (isNested) throw invalidQuery('$jsonSchema can only be applied to the top-level document', '$jsonSchema');
  const check = compileSchema(operand);
  return (document) => check(document as Document) === undefined; // at the top level there are no others
}

function branches(operator: string, { operand, ...scope }: Clause): DocumentTest[] {
  if (!Array.isArray(operand)) throw invalidQuery(`${operator} must be an array`, operator);
  if (operand.length === 0) throw invalidQuery('$and/$or/$nor must be a nonempty array', operator);
  return operand.map((branch: DocumentValue) => {
    if (isDocument(branch)) return compileClauses(branch, scope);
    throw invalidQuery('$or/$and/$nor entries need to be full objects', operator);
  });
}

function anyTest(tests: readonly DocumentTest[]): DocumentTest {
  return (document) => {
    for (const test of tests) if (test(document)) return true;
    return false;
  };
}
