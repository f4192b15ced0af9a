import { MinKey } from 'bson';
import { Failure } from '../../../../metadata/index.ts';
import { MISSING, valuesAt } from '../field-path.ts';
import { isNumeric } from '../filter/integers.ts';
import { parsePath } from '../filter/query-limits.ts';
import { compareValues } from '../values/compare.ts';
import { approximate } from '../values/numbers.ts';
import type { Document, DocumentValue } from '../values/value.ts';

/** A field to sort by. */
export interface SortField {
  readonly path: string;
  readonly isDescending: boolean;
}

const MAX_FIELDS = 32;

/** Reads `{ a: 1, b: -1 }`. @throws Failure `InvalidQuery` */
export function parseSort(sort: Document): SortField[] {
  const fields = Object.entries(sort).map(([path, order]) => {
    const direction = isNumeric(order) ? approximate(order) : undefined;
    if (direction !== 1 && direction !== -1)
      throw invalidSort('$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '' || path.startsWith('$') || path.split('.').includes('')) {
      throw invalidSort(`A field to sort by cannot be called '${path}'`);
    }
    parsePath(path); // which refuses what takes too long to follow
    return { path, isDescending: direction === -1 };
  });
  if (fields.length > MAX_FIELDS) throw invalidSort(`Documents are sorted by ${MAX_FIELDS} fields at most`);
  return fields;
}

/** What a document is sorted by: a key for each field. */
export type SortKeys = readonly SortKey[];

/** A sort, ready to be used on many documents. */
export interface SortKeying {
  keysOf(document: Document): SortKeys;
  compare(a: SortKeys, b: SortKeys): number;
}

/**
 * Sorts documents by fields. "With arrays, a less-than comparison or an ascending sort compares the smallest elements of
 * the array [...], and a greater-than comparison or a descending sort compares the largest elements" (Comparison/Sort Order).
 */
export function compileSortKeys(fields: readonly SortField[]): SortKeying {
  const keys = fields.map(({ path, isDescending }) => ({ keyOf: compileKey(path, isDescending), isDescending }));
  return {
    keysOf: (document) => keys.map(({ keyOf }) => keyOf(document)),
    compare(a, b) {
      for (let at = 0; at < keys.length; at += 1) {
        const order = compareKeys(a[at], b[at]);
        if (order !== 0) return keys[at]?.isDescending === true ? -order : order;
      }
      return 0;
    },
  };
}

/** Compares documents as {@link compileSortKeys} does. */
export function compileSort(fields: readonly SortField[]): (a: Document, b: Document) => number {
  const { keysOf, compare } = compileSortKeys(fields);
  return (a, b) => compare(keysOf(a), keysOf(b));
}

/** An array of nothing has no element to be sorted by: it is below null. */
export type SortKey = DocumentValue | undefined;

/** Most paths are names, and most values no arrays: of those the key is the value. */
function compileKey(path: string, isDescending: boolean): (document: Document) => SortKey {
  const names = path.split('.');
  return (document) => {
    const value = names.length === 1 && Object.hasOwn(document, path) ? document[path] : undefined;
    if (value !== undefined && !Array.isArray(value)) return value;
    return keyAmong(document, names, isDescending);
  };
}

function keyAmong(document: Document, path: readonly string[], isDescending: boolean): SortKey {
  const [name = ''] = path;
  if (path.length === 1) {
    const value = Object.hasOwn(document, name) ? (document[name] ?? null) : null;
    if (!Array.isArray(value)) return value;
  }
  const found = valuesAt(document, path).flatMap((value): SortKey[] => {
    if (value === MISSING) return [null];
    if (!Array.isArray(value)) return [value];
    return value.length === 0 ? [undefined] : [...value];
  });
  return found.reduce((best, value) => {
    const order = compareKeys(value, best);
    return (isDescending ? order > 0 : order < 0) ? value : best;
  });
}

/** Only the least key of all is below an array of nothing. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (a !== undefined && b !== undefined) return compareValues(a, b);
  if (a === b) return 0;
  if (a === undefined) return b instanceof MinKey ? 1 : -1;
  return a instanceof MinKey ? -1 : 1;
}

function invalidSort(reason: string): Failure {
  return new Failure('InvalidQuery', `${reason}.`, { Field: 'sort' });
}
