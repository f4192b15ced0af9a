import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** A filter of more values than this takes longer to compile than others should wait. */
const MAX_VALUES = 2000;

/** Whether a filter is compiled in no time. */
export function isSimple(filter: Document): boolean {
  return count(filter, MAX_VALUES) > 0;
}

/** What is left of a number of values. */
function count(value: DocumentValue, left: number): number {
  if (left <= 0 || typeof value !== 'object' || value === null) return left - 1;
  let rest = left - 1;
  const items = Array.isArray(value) ? value : isDocument(value) ? Object.values(value) : [];
  for (const item of items) {
    if (rest <= 0) return rest;
    rest = count(item, rest);
  }
  return rest;
}
