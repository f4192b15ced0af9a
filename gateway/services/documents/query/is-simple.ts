import { BSONRegExp } from 'bson';
import { isLiteral } from '../filter/regex.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** A filter of more values than this takes longer to compile than others should wait. */
const MAX_VALUES = 2000;

/** One document may take them longer than others should wait. */
const SLOW: ReadonlySet<string> = new Set(['$expr', '$jsonSchema']);

/** Whether a filter is compiled in no time, and asked of a document in no time. */
export function isSimple(filter: Document): boolean {
  return count(filter, MAX_VALUES) > 0 && !isSlow(filter);
}

function isSlow(value: DocumentValue): boolean {
  if (value instanceof BSONRegExp) return !isLiteral(value);
  if (Array.isArray(value)) return value.some(isSlow);
  if (!isDocument(value)) return false;
  const { $regex: pattern, $options: options = '' } = value;
  if (typeof pattern === 'string' && !isLiteral({ pattern, options: String(options) })) return true;
  return Object.keys(value).some((name) => SLOW.has(name) || isSlow(value[name] ?? null));
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
