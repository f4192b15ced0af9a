import { type TSchema, Type } from 'typebox';
import type { IndexHint } from '../services/documents/index-hint.ts';
import { MAX_REQUEST_BYTES } from '../services/documents/values/limits.ts';
import { documentFromJson } from '../services/documents/values/read.ts';
import type { Document } from '../services/documents/values/value.ts';
import { Problem } from './problem.ts';
import { input } from './schemas.ts';

/** What writes documents, and a little around them. */
export const WRITE_BODY_BYTES = MAX_REQUEST_BYTES + 64 * 1024;
/** What asks for them: a filter may name many ids. */
export const READ_BODY_BYTES = 16 * 1024 ** 2;

const MAX_STAGES = 1000;
const MAX_DOCUMENTS = 100_000;
const MAX_TIME_MS = 2 ** 31 - 1;

/** A document, a filter, whatever MongoDB has a language for: Extended JSON. */
const Json = Type.Object({});
export const Pairs = Type.Array(
  Type.Array(Type.Union([Type.String({ maxLength: 1024 }), Type.Integer()]), { maxItems: 2 }),
  {
    maxItems: 32,
  },
);
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** What requests are made of, by the names that the drivers have for it. */
export const parts = {
  filter: Type.Optional(Json),
  document: Json,
  documents: Type.Array(Json, { minItems: 1, maxItems: MAX_DOCUMENTS }),
  replacement: Json,
  update: Type.Union([Json, Type.Array(Json, { maxItems: MAX_STAGES })]),
  pipeline: Type.Array(Json, { maxItems: MAX_STAGES }),
  operations: Type.Array(Json, { minItems: 1, maxItems: MAX_DOCUMENTS }),
  key: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'The field, as `field`.' })),
  field: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
};

const optionSchemas = {
  sort: Type.Union([Json, Pairs], { description: '`{"a": 1, "b": -1}`, or `[["a", 1], ["b", -1]]`.' }),
  projection: Json,
  skip: Count,
  limit: Count,
  batchSize: Type.Integer({
    minimum: 0,
    maximum: MAX_DOCUMENTS,
    description: 'Documents in a page; 0: as many as go in.',
  }),
  next: Type.String({
    minLength: 1,
    maxLength: 65_536,
    description: 'The `next` of the page before, of the same query.',
  }),
  hint: Type.Union([Type.String({ minLength: 1, maxLength: 128 }), Json]),
  maxTimeMS: Type.Integer({ minimum: 0, maximum: MAX_TIME_MS, description: '0: as long as the gateway lets it.' }),
  upsert: Type.Boolean(),
  arrayFilters: Type.Array(Json, { maxItems: 100 }),
  returnDocument: Type.Enum(['before', 'after']),
  bypassDocumentValidation: Type.Boolean(),
  ordered: Type.Boolean({ description: 'A call is all or nothing: what fails stops it either way.' }),
};
export type OptionName = keyof typeof optionSchemas;

/** The body of an operation: its parts, and its options beside them or in `options`, as the drivers have them. */
export function operationBody<Parts extends Record<string, TSchema>>(fields: Parts, names: readonly OptionName[]) {
  const options = Object.fromEntries(names.map((name) => [name, Type.Optional(optionSchemas[name])]));
  return input({ ...fields, options: Type.Optional(input(options)), ...(options as object) });
}

/** What an operation was told, whichever it takes. */
export interface ToldOptions {
  readonly sort: Document | undefined;
  readonly projection: Document | undefined;
  readonly skip: number | undefined;
  readonly limit: number | undefined;
  readonly pageCount: number | undefined;
  readonly next: string | undefined;
  readonly hint: IndexHint | undefined;
  readonly maxTimeMs: number | undefined;
  readonly upsert: boolean | undefined;
  readonly arrayFilters: readonly Document[] | undefined;
  readonly returnDocument: 'before' | 'after' | undefined;
  readonly bypassDocumentValidation: boolean | undefined;
}

/** Options as they come, validated. */
interface OptionsInput {
  readonly sort?: object;
  readonly projection?: object;
  readonly skip?: number;
  readonly limit?: number;
  readonly batchSize?: number;
  readonly next?: string;
  readonly hint?: string | object;
  readonly maxTimeMS?: number;
  readonly upsert?: boolean;
  readonly arrayFilters?: readonly object[];
  readonly returnDocument?: 'before' | 'after';
  readonly bypassDocumentValidation?: boolean;
}

/** @throws Failure `InvalidDocument`; Problem `invalid-request` */
export function readOptions(body: object): ToldOptions {
  const told: OptionsInput = { ...(body as { options?: OptionsInput }).options, ...(body as OptionsInput) }; // by the schema
  const { sort, projection, skip, limit, batchSize, next, hint, maxTimeMS, upsert, arrayFilters } = told;
  const { returnDocument, bypassDocumentValidation } = told;
  return {
    sort: Array.isArray(sort) ? sortOfPairs(sort) : documentOf(sort),
    projection: documentOf(projection),
    skip,
    limit,
    pageCount: batchSize === 0 ? undefined : batchSize,
    next,
    hint: typeof hint === 'string' ? hint : documentOf(hint),
    maxTimeMs: maxTimeMS === 0 ? undefined : maxTimeMS,
    upsert,
    arrayFilters: arrayFilters?.map(documentFromJson),
    returnDocument,
    bypassDocumentValidation,
  };
}

export function documentOf(json: object | undefined): Document | undefined {
  return json === undefined ? undefined : documentFromJson(json);
}

/** What to look for; all where nothing is said. */
export function filterOf({ filter = {} }: { readonly filter?: object }): Document {
  return documentFromJson(filter);
}

/** Pairs keep an order that objects may not: names of digits come first in those. */
function sortOfPairs(pairs: readonly unknown[]): Document {
  const sort: Document = {};
  for (const pair of pairs) {
    const [name, order] = pair as readonly unknown[]; // by the schema
    if (typeof name !== 'string' || typeof order !== 'number') {
      throw new Problem('invalid-request', {
        errors: [{ field: '/sort', message: 'must have pairs of a field and 1 or -1' }],
      });
    }
    sort[name] = order;
  }
  return sort;
}

/** What an index is to be of. */
export function indexKeysOf(keys: object): Document {
  return Array.isArray(keys) ? sortOfPairs(keys) : documentFromJson(keys);
}
