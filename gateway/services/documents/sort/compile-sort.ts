import { Failure } from '../../../../metadata/index.ts';
import { MISSING, valuesAt } from '../field-path.ts';
import { compareValues } from '../values/compare.ts';
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
    if (order !== 1 && order !== -1)
      throw invalidSort('$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path === '' || path.startsWith('$') || path.split('.').includes('')) {
      throw invalidSort(`A field to sort by cannot be called '${path}'`);
    }
    return { path, isDescending: order === -1 };
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
  const keys = fields.map(({ path, isDescending }) => ({ names: path.split('.'), isDescending }));
  return {
    keysOf: (document) => keys.map(({ names, isDescending }) => sortKey(document, names, isDescending)),
    compare(a, b) {
      for (const [at, { isDescending }] of keys.entries()) {
        const order = compareKeys(a[at], b[at]);
        if (order !== 0) return isDescending ? -order : order;
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

/** An array of nothing is below null. */
export type SortKey = DocumentValue | undefined;

function sortKey(document: Document, path: readonly string[], isDescending: boolean): SortKey {
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

function compareKeys(a: SortKey, b: SortKey): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareValues(a, b);
}

function invalidSort(reason: string): Failure {
  return new Failure('InvalidQuery', `${reason}.`, { Field: 'sort' });
}
