import { Failure } from '../../../../metadata/index.ts';
import type { IndexDefinition, IndexField } from '../document-index.ts';
import { integerOf } from '../filter/integers.ts';
import { parsePath } from '../filter/query-limits.ts';
import type { Document, DocumentValue } from '../values/value.ts';

/** An index as it is asked for. */
export interface IndexRequest {
  /** `{ a: 1, b: -1 }` */
  readonly keys: Document;
  /** Default: after its keys, `a_1_b_-1`. */
  readonly name?: string | undefined;
  readonly unique?: boolean | undefined;
  readonly sparse?: boolean | undefined;
  /** Documents go so long after the date in its one field. */
  readonly expireAfterSeconds?: number | undefined;
}

export interface ParsedIndex {
  readonly name: string;
  readonly definition: IndexDefinition;
}

/** "There can be no more than 32 fields in a compound index." */
const MAX_FIELDS = 32;
const MAX_NAME_LENGTH = 127;
/** "expireAfterSeconds [...] must be between 0 and 2147483647 inclusive". */
const MAX_SECONDS = 2 ** 31 - 1;

/** @throws Failure `InvalidQuery` for what no index can be */
export function parseIndex({
  keys,
  name,
  unique = false,
  sparse = false,
  expireAfterSeconds,
}: IndexRequest): ParsedIndex {
  const fields = Object.entries(keys).map(parseField);
  if (fields.length === 0) throw invalidIndex('An index needs a field at least.', 'keys');
  if (fields.length > MAX_FIELDS) throw invalidIndex(`An index has ${MAX_FIELDS} fields at most.`, 'keys');
  requireExpiry(fields, expireAfterSeconds);
  const definition = { fields, isUnique: unique, isSparse: sparse };
  return {
    name: requireName(name ?? nameOf(fields)),
    definition: expireAfterSeconds === undefined ? definition : { ...definition, expireAfterSeconds },
  };
}

function parseField([path, order]: [string, DocumentValue]): IndexField {
  const direction = integerOf(order);
  if (direction !== 1n && direction !== -1n) {
    throw invalidIndex(`The order of '${path}' must be 1 or -1: other kinds of indexes are not supported.`, 'keys');
  }
  const names = parsePath(path);
  if (names.some((each) => each === '' || each.startsWith('$'))) {
    throw invalidIndex(`An index cannot be of a field called '${path}'.`, 'keys');
  }
  return { path, isDescending: direction === -1n };
}

function requireExpiry(fields: readonly IndexField[], seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_SECONDS) {
    throw invalidIndex(`expireAfterSeconds is an integer from 0 to ${MAX_SECONDS}.`, 'expireAfterSeconds');
  }
  if (fields.length > 1 || fields[0]?.path === '_id') {
    throw invalidIndex('Documents expire by one field alone, which is not _id.', 'expireAfterSeconds');
  }
}

/** "the concatenation of the indexed keys and each key's direction in the index". */
export function nameOf(fields: readonly IndexField[]): string {
  return fields.map(({ path, isDescending }) => `${path}_${isDescending ? -1 : 1}`).join('_');
}

function requireName(name: string): string {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH && !/^\$|[\p{Cc}\p{Surrogate}]/u.test(name) && name !== '*')
    return name;
  throw invalidIndex(`The name of an index has 1 to ${MAX_NAME_LENGTH} characters, and does not begin with $.`, 'name');
}

function invalidIndex(reason: string, field: string): Failure {
  return new Failure('InvalidQuery', reason, { Field: field });
}
