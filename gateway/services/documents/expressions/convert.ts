import { Decimal128, Long, ObjectId, Timestamp } from 'bson';
import { isTrue } from '../filter/element.ts';
import { isNumeric, truncate } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { approximate } from '../values/numbers.ts';
import { type DocumentValue, type TypeName, typeOf } from '../values/value.ts';
import { asDouble } from './arithmetic-operators.ts';

type Conversion = (value: DocumentValue) => DocumentValue;

/** To each type from those that "`$convert`" lists for it. */
const CONVERSIONS: Readonly<Partial<Record<TypeName, Conversion>>> = {
  string: toText,
  int: (value) => Number(toInteger(value, { bits: 32, to: 'int' })),
  long: (value) => toLongValue(toInteger(value, { bits: 64, to: 'long' })),
  double: (value) => asDouble(typeof value === 'string' ? parseNumber(value) : toNumber(value, 'double')),
  decimal: toDecimal,
  bool: (value) => isTrue(value),
  date: toDate,
  objectId: toObjectId,
};

/** A value as another type. @throws Failure `InvalidQuery` where that cannot be */
export function convertTo(to: TypeName, value: DocumentValue): DocumentValue {
  if (typeOf(value) === to) return value;
  const convert = CONVERSIONS[to];
  if (convert === undefined) throw unsupported(value, to);
  return convert(value);
}

function unsupported(value: DocumentValue, to: TypeName): Error {
  return invalidQuery(
    `Unsupported conversion from ${typeOf(value)} to ${to} in $convert with no onError value`,
    '$convert',
  );
}

function toText(value: DocumentValue): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (typeof value === 'boolean' || isNumeric(value)) return String(value);
  throw unsupported(value, 'string');
}

function toInteger(value: DocumentValue, { bits, to }: { readonly bits: number; readonly to: TypeName }): bigint {
  const integer = wholeOf(value, to);
  if (integer !== undefined && BigInt.asIntN(bits, integer) === integer) return integer;
  throw invalidQuery('Conversion would overflow target type in $convert with no onError value', '$convert');
}

function wholeOf(value: DocumentValue, to: TypeName): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof Date && to === 'long') return BigInt(value.getTime());
  if (isNumeric(value)) return truncate(value);
  if (typeof value !== 'string') throw unsupported(value, to);
  if (!/^[+-]?\d+$/.test(value)) throw notParsed(value);
  return BigInt(value.replace('+', ''));
}

function notParsed(text: string): Error {
  return invalidQuery(`Failed to parse number '${text}' in $convert with no onError value`, '$convert');
}

function toLongValue(value: bigint): DocumentValue {
  const number = Number(value);
  return Number.isSafeInteger(number) && typeOf(number) === 'long' ? number : Long.fromBigInt(value);
}

function parseNumber(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^-?(Infinity|NaN)$/i.test(text)) return Number(text);
  throw notParsed(text);
}

function toNumber(value: DocumentValue, to: TypeName): number {
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date) return value.getTime();
  if (isNumeric(value)) return approximate(value);
  throw unsupported(value, to);
}

function toDecimal(value: DocumentValue): Decimal128 {
  if (typeof value === 'string') parseNumber(value); // which refuses what is none
  const text = typeof value === 'string' || isNumeric(value) ? String(value) : String(toNumber(value, 'decimal'));
  return Decimal128.fromStringWithRounding(text);
}

function toDate(value: DocumentValue): Date {
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  const date = new Date(typeof value === 'string' ? value : isNumeric(value) ? approximate(value) : Number.NaN);
  if (!Number.isNaN(date.getTime()) && !(typeof value === 'string' && !/^\d{4}-/.test(value))) return date;
  if (typeof value !== 'string') throw unsupported(value, 'date');
  throw invalidQuery(`Error parsing date string '${value}' in $convert with no onError value`, '$convert');
}

function toObjectId(value: DocumentValue): ObjectId {
  if (typeof value !== 'string') throw unsupported(value, 'objectId');
  if (/^[0-9a-f]{24}$/i.test(value)) return new ObjectId(value);
  throw invalidQuery(`Failed to parse objectId '${value}' in $convert with no onError value`, '$convert');
}
