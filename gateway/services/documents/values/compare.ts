import type { Binary, BSONRegExp, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { compareNumbers } from './numbers.ts';
import { type Document, type DocumentValue, rankOf } from './value.ts';

/**
 * Orders any two values as MongoDB does: by their types first ("Comparison/Sort Order"), and within a type by value.
 * Documents compare field by field in their order, arrays element by element. Negative, 0 or positive.
 */
export function compareValues(a: DocumentValue, b: DocumentValue): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareDoubles(a, b);
  const rank = rankOf(a);
  const order = rank - rankOf(b);
  return order === 0 ? (comparators[rank]?.(a as never, b as never) ?? 0) : order; // both are of the rank's type
}

/** Whether two values are the same to MongoDB: 1 and 1.0 are, documents of the same fields in another order are not. */
export function equalValues(a: DocumentValue, b: DocumentValue): boolean {
  return compareValues(a, b) === 0;
}

/** Nothing, in the order of the ranks, for types of one value. */
const comparators: readonly (((a: never, b: never) => number) | undefined)[] = [
  undefined,
  undefined,
  undefined,
  (a: number | Long | Double | Decimal128, b: number | Long | Double | Decimal128) => compareNumbers(a, b),
  (a: string, b: string) => compareTexts(a, b),
  (a: Document, b: Document) => compareDocuments(a, b),
  (a: readonly DocumentValue[], b: readonly DocumentValue[]) => compareArrays(a, b),
  (a: Binary, b: Binary) => compareBinaries(a, b),
  (a: ObjectId, b: ObjectId) => Buffer.compare(a.id, b.id),
  (a: boolean, b: boolean) => Number(a) - Number(b),
  (a: Date, b: Date) => a.getTime() - b.getTime(),
  (a: Timestamp, b: Timestamp) => a.t - b.t || a.i - b.i,
  (a: BSONRegExp, b: BSONRegExp) => compareTexts(a.pattern, b.pattern) || compareTexts(a.options, b.options),
];

const SURROGATE = /[\ud800-\udfff]/;

/** By their UTF-8, as bytes: JavaScript's own order is that of UTF-16. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** NaN is below all other numbers. */
function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

/** "Compare the field types, [...] field names, [...] field values" in the order of the fields. */
function compareDocuments(a: Document, b: Document): number {
  const aFields = Object.keys(a);
  const bFields = Object.keys(b);
  for (let at = 0; at < Math.min(aFields.length, bFields.length); at += 1) {
    const aName = aFields[at] ?? '';
    const bName = bFields[at] ?? '';
    const aValue = a[aName] ?? null;
    const bValue = b[bName] ?? null;
    const order = rankOf(aValue) - rankOf(bValue) || compareTexts(aName, bName) || compareValues(aValue, bValue);
    if (order !== 0) return order;
  }
  return aFields.length - bFields.length;
}

function compareArrays(a: readonly DocumentValue[], b: readonly DocumentValue[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = compareValues(a[at] ?? null, b[at] ?? null);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** "The length or size of the data. The BSON one-byte subtype. The data." */
function compareBinaries(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(bytesOf(a), bytesOf(b));
}

export function bytesOf(binary: Binary): Buffer {
  return Buffer.from(binary.buffer).subarray(0, binary.position);
}
