import type { Binary, BSONRegExp, Decimal128, Double, Long, ObjectId, Timestamp } from 'bson';
import { type Document, type DocumentValue, typeOf } from './value.ts';

/** Extended JSON v2: readable, or such that every type is told. */
export type JsonForm = 'relaxed' | 'canonical';

/** The JSON of a value. */
export function toJson(value: DocumentValue, form: JsonForm): unknown {
  if (typeof value === 'string' || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberToJson(value, form);
  if (Array.isArray(value)) return value.map((item) => toJson(item, form));
  const wrapped = wrap(value, form);
  if (wrapped !== undefined) return wrapped;
  const json: Record<string, unknown> = {};
  for (const name of Object.keys(value)) json[name] = toJson((value as Document)[name] ?? null, form);
  return json;
}

/** A document as it is stored: relaxed where nothing is lost by it. */
export function documentText(document: Document): string {
  return JSON.stringify(toStored(document));
}

/** Types that relaxed JSON would lose are told. */
function toStored(value: DocumentValue): unknown {
  if (typeof value === 'string' || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberToJson(value, 'relaxed');
  if (Array.isArray(value)) return value.map(toStored);
  const type = typeOf(value);
  if (type === 'long' || type === 'double') return wrap(value, 'canonical');
  const wrapped = wrap(value, 'relaxed');
  if (wrapped !== undefined) return wrapped;
  const json: Record<string, unknown> = {};
  for (const name of Object.keys(value)) json[name] = toStored((value as Document)[name] ?? null);
  return json;
}

function numberToJson(value: number, form: JsonForm): unknown {
  if (form === 'relaxed' && Number.isFinite(value) && !Object.is(value, -0)) return value;
  const type = typeOf(value);
  if (type === 'int') return { $numberInt: String(value) };
  return type === 'long' ? { $numberLong: String(value) } : { $numberDouble: doubleText(value) };
}

/** "-0.0", "1.0", "Infinity" */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value);
}

/** Undefined for what needs no wrapper: an object. */
function wrap(value: Exclude<DocumentValue, string | number | boolean | null>, form: JsonForm): unknown {
  switch (typeOf(value)) {
    case 'date':
      return { $date: dateToJson(value as Date, form) };
    case 'long':
      return form === 'relaxed' ? longToJson(value as Long) : { $numberLong: String(value) };
    case 'double':
      return form === 'relaxed' ? (value as Double).value : { $numberDouble: doubleText((value as Double).value) };
    case 'decimal':
      return { $numberDecimal: (value as Decimal128).toString() };
    case 'objectId':
      return { $oid: (value as ObjectId).toHexString() };
    case 'binData':
      return { $binary: binaryToJson(value as Binary) };
    case 'regex':
      return { $regularExpression: { pattern: (value as BSONRegExp).pattern, options: (value as BSONRegExp).options } };
    case 'timestamp':
      return { $timestamp: { t: (value as Timestamp).t, i: (value as Timestamp).i } };
    case 'minKey':
      return { $minKey: 1 };
    case 'maxKey':
      return { $maxKey: 1 };
    default:
      return undefined;
  }
}

/** Beyond 2^53 a JSON number would be rounded by most who read it. */
function longToJson(value: Long): unknown {
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : { $numberLong: value.toString() };
}

function dateToJson(date: Date, form: JsonForm): unknown {
  const year = date.getUTCFullYear();
  return form === 'relaxed' && year >= 1970 && year <= 9999
    ? date.toISOString()
    : { $numberLong: String(date.getTime()) };
}

function binaryToJson(binary: Binary): { base64: string; subType: string } {
  return {
    base64: Buffer.from(binary.buffer).subarray(0, binary.position).toString('base64'),
    subType: binary.sub_type.toString(16).padStart(2, '0'),
  };
}
