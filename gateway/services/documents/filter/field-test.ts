import type { Found } from '../field-path.ts';
import type { Document, DocumentValue } from '../values/value.ts';

/** Whether a document matches. An array within `$elemMatch` is asked as the document of its indexes. */
export type DocumentTest = (document: Document | readonly DocumentValue[]) => boolean;

/** Whether one value matches; through arrays leads the path, not the test. */
export type ValueTest = (value: Found) => boolean;

/** What the operators of a field ask of it. */
export type FieldTest =
  | {
      readonly kind: 'value';
      readonly test: ValueTest;
      /** An array is asked as it is, and not its elements. */
      readonly isWhole?: boolean;
    }
  | { readonly kind: 'every'; readonly tests: readonly FieldTest[] }
  | { readonly kind: 'not'; readonly test: FieldTest };

/** Where the last match went through an array: what `$` of a projection or an update stands for. */
export interface Trace {
  index: number | undefined;
}

/** What the operators of a filter need of those who compile it. */
export interface FilterContext {
  /** Of the field. */
  readonly path: string;
  readonly trace: Trace;
  readonly compileFilter: (filter: Document) => DocumentTest;
  readonly compileOperators: (criteria: Document) => FieldTest;
}

/** Makes a test of an operator and what it is given; `criteria` has the operators beside it. */
export type FieldOperator = (
  operand: DocumentValue,
  context: FilterContext & { readonly criteria: Document },
) => FieldTest;

/** A test of values alone. */
export function valueTest(test: ValueTest): FieldTest {
  return { kind: 'value', test };
}

export function notTest(test: FieldTest): FieldTest {
  return { kind: 'not', test };
}

/** A test of one value by all that a field is asked: within `$elemMatch` there is no path that goes through arrays. */
export function toValueTest(test: FieldTest): ValueTest {
  if (test.kind === 'value') return test.test;
  if (test.kind === 'every') return everyTest(test.tests.map(toValueTest));
  const inner = toValueTest(test.test);
  return (value) => !inner(value);
}

/** Whether all tests pass, without anything to allocate for it. */
export function everyTest<Value>(tests: readonly ((value: Value) => boolean)[]): (value: Value) => boolean {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (value) => first(value) && second(value);
  return (value) => {
    for (const test of tests) if (!test(value)) return false;
    return true;
  };
}
