import { hash } from 'node:crypto';
import type { Plan } from '../plan/plan-query.ts';
import type { SortKeys } from '../sort/compile-sort.ts';
import { fromJson } from '../values/read.ts';
import { toJson } from '../values/write.ts';
import { invalidPosition } from './document-source.ts';
import type { FindRead } from './read-request.ts';

/** Where a page ended, and what is to come. */
export interface Cursor {
  /** Of the sort's order, or of a walk by an index, through ids, or over all. */
  readonly at:
    | { readonly kind: 'sorted'; readonly keys: SortKeys; readonly key: string }
    | { readonly kind: Plan['kind']; readonly index?: string | undefined; readonly position: string };
  /** How many documents may still come; 0: all. */
  readonly limit: number;
}

/**
 * The text of a cursor. It is no secret, and whoever changes it can only ask for what is in the same collection; of which
 * query it is, is checked.
 */
export function writeCursor(request: FindRead, { at, limit }: Cursor): string {
  const told = at.kind === 'sorted' ? { ...at, keys: at.keys.map(keyToJson) } : at;
  return Buffer.from(JSON.stringify({ of: nameOf(request), at: told, limit })).toString('base64url');
}

/** @throws Failure `InvalidQuery` for what is none of this query */
export function readCursor(request: FindRead): Cursor | undefined {
  if (request.next === undefined) return undefined;
  const json = parse(request.next);
  if (json?.of !== nameOf(request) || !isCount(json.limit) || typeof json.at !== 'object') throw invalidPosition();
  const { kind, keys, key, index, position } = (json.at ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'sorted' && Array.isArray(keys) && keys.length === request.sort.length && typeof key === 'string') {
    return { at: { kind, keys: keys.map(keyFromJson), key }, limit: json.limit };
  }
  if ((kind !== 'ids' && kind !== 'index' && kind !== 'scan') || typeof position !== 'string') throw invalidPosition();
  return { at: { kind, index: typeof index === 'string' ? index : undefined, position }, limit: json.limit };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Readonly<Record<string, unknown>> | null; // checked by who reads it
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function nameOf({ place, filter, sort, hint }: FindRead): string {
  const query = JSON.stringify([place.collectionId, toJson(filter, 'canonical'), sort, hint]);
  return hash('sha256', query, 'base64').slice(0, 16);
}

/** An array of nothing has no key. */
function keyToJson(key: SortKeys[number]): unknown {
  return key === undefined ? [] : [toJson(key, 'canonical')];
}

function keyFromJson(json: unknown): SortKeys[number] {
  if (!Array.isArray(json)) throw invalidPosition();
  return json.length === 0 ? undefined : fromJson(json[0]);
}
