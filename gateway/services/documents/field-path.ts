import { MinKey } from 'bson';
import { type DocumentValue, isDocument } from './values/value.ts';

/** A field that is not there: to most of MongoDB's rules as if it were null, but not to all. */
export const MISSING = Symbol('missing');

/** What a path leads to: a value, or nothing. */
export type Found = DocumentValue | typeof MISSING;

/**
 * All that a dotted path leads to ("Query an Array of Embedded Documents"): through an array it goes by an index, and through
 * each of its elements that is a document.
 */
export function valuesAt(value: DocumentValue, path: readonly string[], from = 0): Found[] {
  const name = path[from];
  if (name === undefined) return [value];
  if (Array.isArray(value)) return valuesInArray(value, path, from);
  if (!isDocument(value)) return [MISSING];
  return Object.hasOwn(value, name) ? valuesAt(value[name] ?? null, path, from + 1) : [MISSING];
}

function valuesInArray(items: readonly DocumentValue[], path: readonly string[], from: number): Found[] {
  const name = path[from] ?? '';
  const found: Found[] = [];
  if (/^\d{1,9}$/.test(name) && Number(name) < items.length) {
    found.push(...valuesAt(items[Number(name)] ?? null, path, from + 1));
  }
  for (const item of items) if (isDocument(item)) found.push(...valuesAt(item, path, from));
  return found.length === 0 ? [MISSING] : found;
}

const BELOW_ALL = new MinKey();

/**
 * What an index has of a field: the elements of arrays in their place, null for what is not there. An empty array has itself,
 * and another entry that makes it an array to whoever sorts by the index: a sort has it below null.
 */
export function indexedValues(value: DocumentValue, path: readonly string[]): DocumentValue[] {
  return valuesAt(value, path).flatMap((found): DocumentValue[] => {
    if (found === MISSING) return [null];
    if (!Array.isArray(found)) return [found];
    return found.length === 0 ? [found, BELOW_ALL] : [...found, found];
  });
}
