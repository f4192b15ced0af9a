import { Decimal128, Double, Long } from 'bson';
import { approximate, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, fromLong, typeOf } from '../values/value.ts';
import { addDecimals, multiplyDecimals } from './decimal.ts';

/** How numbers of each type are put together. */
interface Arithmetic {
  readonly decimals: (a: Decimal128, b: Decimal128) => Decimal128;
  readonly doubles: (a: number, b: number) => number;
  readonly integers: (a: bigint, b: bigint) => bigint;
}

const addition: Arithmetic = {
  decimals: addDecimals,
  doubles: (a, b) => a + b,
  integers: (a, b) => a + b,
};

const multiplication: Arithmetic = {
  decimals: multiplyDecimals,
  doubles: (a, b) => a * b,
  integers: (a, b) => a * b,
};

/**
 * Numbers put together as MongoDB does: of two types it is the wider one, and an integer of 32 bits that grows beyond them
 * one of 64. Undefined where even those overflow.
 */
export function add(a: Numeric, b: Numeric): Numeric | undefined {
  return combine(a, b, addition);
}

export function multiply(a: Numeric, b: Numeric): Numeric | undefined {
  return combine(a, b, multiplication);
}

function combine(a: Numeric, b: Numeric, { decimals, doubles, integers }: Arithmetic): Numeric | undefined {
  const types = [typeOf(a), typeOf(b)];
  if (types.includes('decimal')) return decimals(toDecimal(a), toDecimal(b));
  if (types.includes('double')) return toDouble(doubles(approximate(a), approximate(b)));
  const result = integers(toBigInt(a), toBigInt(b));
  if (!types.includes('long') && BigInt.asIntN(32, result) === result) return Number(result);
  return BigInt.asIntN(64, result) === result ? toLong(result) : undefined;
}

/** "Converts doubles to 15 digits": those that are certain. */
const DOUBLE_DIGITS = 15;

function toDecimal(value: Numeric): Decimal128 {
  if (value instanceof Decimal128) return value;
  if (typeOf(value) !== 'double') return Decimal128.fromString(String(value));
  const double = approximate(value);
  return Decimal128.fromString(Number.isFinite(double) ? double.toPrecision(DOUBLE_DIGITS) : String(double));
}

/** A double, also where the number would be taken for an integer. */
function toDouble(value: number): number | Double {
  return typeOf(value) === 'double' ? value : new Double(value);
}

/** An integer of 64 bits, also where 32 would do. */
export function toLong(value: bigint): number | Long {
  return BigInt.asIntN(32, value) === value ? Long.fromBigInt(value) : fromLong(value);
}

/** Of an integer. */
export function toBigInt(value: Numeric): bigint {
  return BigInt(String(value));
}

export function isInteger(value: DocumentValue): value is number | Long {
  const type = typeOf(value);
  return type === 'int' || type === 'long';
}

export function isNumeric(value: DocumentValue): value is Numeric {
  const type = typeOf(value);
  return type === 'int' || type === 'long' || type === 'double' || type === 'decimal';
}

/** Nothing, of the same type as a number. */
export function zeroLike(value: Numeric): Numeric {
  const type = typeOf(value);
  if (type === 'decimal') return Decimal128.fromString('0');
  if (type === 'double') return new Double(0);
  return type === 'long' ? Long.ZERO : 0;
}
