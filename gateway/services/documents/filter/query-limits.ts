import { Failure } from '../../../../metadata/index.ts';
import { MAX_DEPTH, MAX_DOCUMENT_BYTES } from '../values/limits.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { invalidQuery } from './invalid-query.ts';

/** A name within a path that leads to the prototypes of what reads it. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** "FieldPath is too long": MongoDB's own limit. */
const MAX_SEGMENTS = 200;
/** An index may lead through a document as well as through an array: each of them may double the ways to go. */
const MAX_INDEXES = 10;
/** What a value without a length is taken for. */
const SCALAR_BYTES = 8;

/**
 * The names in a dotted path.
 * @throws Failure `InvalidQuery` for names of prototypes, too many names, too many indexes
 */
export function parsePath(path: string): readonly string[] {
  const names = path.split('.');
  if (names.length > MAX_SEGMENTS) throw invalidQuery('FieldPath is too long');
  if (names.filter(isIndex).length > MAX_INDEXES) throw invalidQuery(`A path has at most ${MAX_INDEXES} indexes`);
  const refused = names.find((name) => PROTOTYPE_NAMES.has(name));
  if (refused !== undefined) throw invalidQuery(`A field must not be called '${refused}'`);
  return names;
}

/** Whether a name is an index of an array, too. */
export function isIndex(name: string): boolean {
  return /^(0|[1-9]\d{0,8})$/.test(name);
}

/**
 * Refuses queries that are too deep or too large to be looked at.
 * @throws Failure `InvalidQuery` beyond 100 levels, `DocumentTooLarge` beyond 16 MiB
 */
export function requireQueryLimits(query: Document): void {
  if (measure(query, 0) > MAX_DOCUMENT_BYTES) {
    throw new Failure('DocumentTooLarge', `A query has at most ${MAX_DOCUMENT_BYTES} bytes.`);
  }
}

/** About the bytes of it. */
function measure(value: DocumentValue, depth: number): number {
  if (depth > MAX_DEPTH) throw invalidQuery(`A query has at most ${MAX_DEPTH} levels`);
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return SCALAR_BYTES;
  let sizeBytes = SCALAR_BYTES;
  if (Array.isArray(value)) {
    for (const item of value) sizeBytes += measure(item, depth + 1);
  } else if (isDocument(value)) {
    for (const name of Object.keys(value)) sizeBytes += name.length + measure(value[name] ?? null, depth + 1);
  }
  return sizeBytes;
}
