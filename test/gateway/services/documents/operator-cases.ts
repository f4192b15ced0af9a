/**
 * What an operator does, as data: the tests run each case, and `docs/operators.md` is written from them all.
 * Filters, documents and all else are Extended JSON, as they come over HTTP.
 */
export type OperatorCase = FilterCase | ProjectionCase | SortCase | UpdateCase | PipelineCase | ExpressionCase;

interface Case {
  /** `$gt`; of what has no name what it is called, as `a value` or `a.$`. */
  readonly operator: string;
  /** What is shown, as a clause: `compares within a type alone`. */
  readonly title: string;
  /** The page of MongoDB's manual that says so. */
  readonly reference: string;
}

/** What comes out, or the message of the failure `InvalidQuery`. */
type Outcome<Expected> = { readonly expected: Expected } | { readonly failure: string };

type Json = object;

/** `expected`: those of the documents that match. */
export type FilterCase = Case & {
  readonly kind: 'filter';
  readonly filter: Json;
  readonly documents: readonly Json[];
} & Outcome<readonly Json[]>;

/** `expected`: what is left of each document. `filter`: what `a.$` goes by. */
export type ProjectionCase = Case & {
  readonly kind: 'projection';
  readonly projection: Json;
  readonly filter?: Json;
  readonly documents: readonly Json[];
} & Outcome<readonly Json[]>;

/** `expected`: the documents in their order. */
export type SortCase = Case & {
  readonly kind: 'sort';
  readonly sort: Json;
  readonly documents: readonly Json[];
} & Outcome<readonly Json[]>;

/** `expected`: what becomes of the document. Without a document: what an upsert inserts. */
export type UpdateCase = Case & {
  readonly kind: 'update';
  readonly update: Json | readonly Json[];
  readonly filter?: Json;
  readonly arrayFilters?: readonly Json[];
  readonly document?: Json;
} & Outcome<Json>;

/** A stage with those before and behind it that it needs to be seen. */
export type PipelineCase = Case & {
  readonly kind: 'stage' | 'accumulator';
  readonly pipeline: readonly Json[];
  readonly documents: readonly Json[];
  /** Other collections, for `$lookup` and its like. */
  readonly collections?: Readonly<Record<string, readonly Json[]>>;
} & Outcome<readonly Json[]>;

/** `expected`: the value of the expression. */
export type ExpressionCase = Case & {
  readonly kind: 'expression';
  readonly expression: unknown;
  readonly document: Json;
} & Outcome<unknown>;
