import { Decimal128 } from 'bson';

/** A power of ten that `digits` are multiplied with. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** What IEEE 754 decimals of 128 bits hold. */
const MAX_DIGITS = 34;

export function addDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  return combine(a, b, {
    special: (x, y) => x + y,
    exact: (x, y) => {
      const exponent = Math.min(x.exponent, y.exponent);
      return { digits: scaled(x, exponent) + scaled(y, exponent), exponent };
    },
  });
}

export function multiplyDecimals(a: Decimal128, b: Decimal128): Decimal128 {
  return combine(a, b, {
    special: (x, y) => x * y,
    exact: (x, y) => ({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent }),
  });
}

interface Combination {
  readonly special: (a: number, b: number) => number;
  readonly exact: (a: Decimal, b: Decimal) => Decimal;
}

function combine(a: Decimal128, b: Decimal128, { special, exact }: Combination): Decimal128 {
  const [x, y] = [parse(a), parse(b)];
  if (x === undefined || y === undefined) {
    return Decimal128.fromString(String(special(Number(a.toString()), Number(b.toString()))));
  }
  return rounded(exact(x, y));
}

/** Undefined for infinities and what is no number. */
function parse(value: Decimal128): Decimal | undefined {
  const [, sign = '', whole, fraction = '', power = '0'] =
    /^(-?)(\d+)\.?(\d*)(?:E([+-]?\d+))?$/.exec(value.toString()) ?? [];
  if (whole === undefined) return undefined;
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(Math.max(0, exponent - to));
}

/** To 34 digits, halves to the even neighbour. */
function rounded({ digits, exponent }: Decimal): Decimal128 {
  const sign = digits < 0n ? '-' : '';
  let rest = digits < 0n ? -digits : digits;
  let power = exponent;
  const excess = rest.toString().length - MAX_DIGITS;
  if (excess > 0) {
    const unit = 10n ** BigInt(excess);
    const [quotient, remainder] = [rest / unit, rest % unit];
    const isUp = remainder * 2n > unit || (remainder * 2n === unit && quotient % 2n === 1n);
    rest = quotient + (isUp ? 1n : 0n);
    power += excess;
  }
  try {
    return Decimal128.fromStringWithRounding(`${sign}${rest}E${power}`);
  } catch {
    return Decimal128.fromString(power > 0 ? `${sign}Infinity` : `${sign}0`);
  }
}
