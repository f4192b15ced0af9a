import type { Decimal128, Double, Long } from 'bson';

/** What is a number to MongoDB. */
export type Numeric = number | Long | Double | Decimal128;

/** A number as exactly as it can be said: what is not finite is a double, all else digits and a power of ten. */
type Exact = { readonly special: number } | { readonly digits: bigint; readonly exponent: number };

/** Compares numbers of whatever type by value, exactly. NaN is below all others. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const [aDouble, bDouble] = [toDouble(a), toDouble(b)];
  if (aDouble !== undefined && bDouble !== undefined) return compareSpecials(aDouble, bDouble);
  const [aExact, bExact] = [exactOf(a), exactOf(b)];
  if ('special' in aExact || 'special' in bExact) return compareSpecials(approximate(a), approximate(b));
  const exponent = Math.min(aExact.exponent, bExact.exponent);
  const difference = scale(aExact, exponent) - scale(bExact, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The double nearest to a number. */
export function approximate(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (value._bsontype === 'Long') return value.toNumber();
  return value._bsontype === 'Double' ? value.value : Number(value.toString());
}

/** Undefined where a double would not be exact. */
function toDouble(value: Numeric): number | undefined {
  if (typeof value === 'number') return value;
  if (value._bsontype === 'Double') return value.value;
  if (value._bsontype !== 'Long') return undefined;
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : undefined;
}

function compareSpecials(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

function exactOf(value: Numeric): Exact {
  if (typeof value !== 'number' && value._bsontype === 'Long') return { digits: value.toBigInt(), exponent: 0 };
  const text = typeof value !== 'number' && value._bsontype === 'Decimal128' ? value.toString() : undefined;
  return text === undefined ? exactDouble(approximate(value)) : exactDecimal(text);
}

function exactDecimal(text: string): Exact {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === '') return { special: Number(text) };
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}

/** A double is a fraction of a power of two, and so of one of ten. */
function exactDouble(value: number): Exact {
  if (!Number.isFinite(value)) return { special: value };
  if (Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 };
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos += 1;
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(twos), exponent: -twos };
}

function scale({ digits, exponent }: { digits: bigint; exponent: number }, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}
