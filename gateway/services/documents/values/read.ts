import { Binary, BSONRegExp, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { Failure } from '../../../../metadata/index.ts';
import { requireDepth, requireFieldName } from './limits.ts';
import { type Document, type DocumentValue, fromLong, isDocument } from './value.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The value that JSON stands for, by Extended JSON v2 in either of its forms. Of two forms of the same value it makes one.
 * @throws Failure `InvalidDocument` for a wrapper that is not right, a name that no field may have, too many levels
 */
export function fromJson(json: unknown, depth = 0): DocumentValue {
  if (typeof json !== 'object' || json === null) return json as DocumentValue; // JSON has no others
  requireDepth(depth);
  if (Array.isArray(json)) return json.map((item) => fromJson(item, depth + 1));
  const wrapped = unwrap(json as { [name: string]: Json }); // JSON has no others
  if (wrapped !== undefined) return wrapped;
  const document: Document = {};
  for (const [name, value] of Object.entries(json)) {
    requireFieldName(name);
    document[name] = fromJson(value, depth + 1);
  }
  return document;
}

/** A document out of JSON. @throws Failure `InvalidDocument`, also for what is no object */
export function documentFromJson(json: unknown): Document {
  const value = fromJson(json);
  if (isDocument(value)) return value;
  throw new Failure('InvalidDocument', 'A document is a JSON object.');
}

/** What we have written ourselves: it was checked when it came. */
export function readStored(text: string): Document {
  const json = JSON.parse(text) as { [name: string]: Json }; // a document
  return text.includes('"$') ? (revive(json) as Document) : (json as Document);
}

/** As `fromJson`, for what was checked before. */
function revive(json: Json): DocumentValue {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(revive);
  const object = json as { [name: string]: Json };
  for (const name in object) {
    if (name.charCodeAt(0) !== DOLLAR) break;
    const wrapped = unwrap(object);
    if (wrapped !== undefined) return wrapped;
    break;
  }
  for (const name in object) {
    const value = object[name] as Json; // it has that name
    if (typeof value === 'object' && value !== null) (object as Document)[name] = revive(value);
  }
  return object as Document;
}

const DOLLAR = 36;

type Unwrap = (content: Json, whole: { readonly [name: string]: Json }) => DocumentValue | undefined;

/** The wrappers of "MongoDB Extended JSON (v2)", by their first names. */
const WRAPPERS: ReadonlyMap<string, Unwrap> = new Map<string, Unwrap>([
  ['$oid', (text) => (isText(text) && /^[0-9a-f]{24}$/i.test(text) ? new ObjectId(text) : undefined)],
  ['$date', readDate],
  ['$numberInt', (text) => (isText(text) && isIntegerText(text) ? readInt(text) : undefined)],
  ['$numberLong', (text) => (isText(text) && isIntegerText(text) ? readLong(text) : undefined)],
  ['$numberDouble', (text) => (isText(text) ? readDouble(text) : undefined)],
  ['$numberDecimal', (text) => (isText(text) ? readDecimal(text) : undefined)],
  ['$binary', readBinary],
  ['$uuid', (text) => (isText(text) && UUID.test(text) ? uuid(text) : undefined)],
  ['$regularExpression', readRegex],
  ['$timestamp', readTimestamp],
  ['$minKey', (one) => (one === 1 ? new MinKey() : undefined)],
  ['$maxKey', (one) => (one === 1 ? new MaxKey() : undefined)],
]);

/** Undefined for what is no wrapper. @throws Failure `InvalidDocument` for one that is not right */
function unwrap(object: { readonly [name: string]: Json }): DocumentValue | undefined {
  const names = Object.keys(object);
  const [name = ''] = names;
  const read = names.length === 1 ? WRAPPERS.get(name) : undefined;
  if (read === undefined) return undefined;
  const value = read(object[name] as Json, object); // it has that name
  if (value !== undefined) return value;
  throw new Failure('InvalidDocument', `What is in '${name}' is not what Extended JSON has there.`);
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const MAX_INT = 2n ** 31n;
const MAX_LONG = 2n ** 63n;

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function isIntegerText(text: string): boolean {
  return /^-?\d{1,19}$/.test(text);
}

function readInt(text: string): number | undefined {
  const value = BigInt(text);
  return value >= -MAX_INT && value < MAX_INT ? Number(value) : undefined;
}

/** One that a number would be taken for an integer of 32 bits stays what it is. */
function readLong(text: string): number | Long | undefined {
  const value = BigInt(text);
  if (value < -MAX_LONG || value >= MAX_LONG) return undefined;
  return value >= -MAX_INT && value < MAX_INT ? Long.fromBigInt(value) : fromLong(value);
}

function readDouble(text: string): number | Double | undefined {
  if (!/^(-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-?Infinity|NaN)$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Double(value) : value;
}

function readDecimal(text: string): Decimal128 | undefined {
  try {
    return Decimal128.fromString(text);
  } catch {
    return undefined;
  }
}

function readDate(content: Json): Date | undefined {
  const value = fieldsOf(content).$numberLong ?? content;
  if (typeof value === 'string' && isIntegerText(value)) return validDate(new Date(Number(value)));
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return validDate(new Date(value));
  return typeof value === 'number' ? validDate(new Date(value)) : undefined;
}

function validDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function readBinary(content: Json): Binary | undefined {
  const { base64, subType } = fieldsOf(content);
  if (typeof base64 !== 'string' || typeof subType !== 'string') return undefined;
  if (!/^[0-9a-f]{1,2}$/i.test(subType) || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return new Binary(Buffer.from(base64, 'base64'), Number.parseInt(subType, 16));
}

function uuid(text: string): Binary {
  return new Binary(Buffer.from(text.replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
}

function readRegex(content: Json): BSONRegExp | undefined {
  const { pattern, options } = fieldsOf(content);
  if (typeof pattern !== 'string' || typeof options !== 'string' || pattern.includes('\0')) return undefined;
  return /^[ilmsux]*$/.test(options) ? new BSONRegExp(pattern, options) : undefined;
}

function readTimestamp(content: Json): Timestamp | undefined {
  const { t, i } = fieldsOf(content);
  return isUint32(t) && isUint32(i) ? new Timestamp({ t, i }) : undefined;
}

function isUint32(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function fieldsOf(value: Json): { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { [name: string]: Json }) // no other object is left
    : {};
}
