import { Decimal128 } from 'bson';

/** Digits behind those of the divided number: more than a decimal of 128 bits has. */
const PLACES = 40;

/** The quotient of two numbers that are written as decimals, of 34 digits. */
export function divideDecimals(dividend: string, divisor: string): Decimal128 {
  const [a, b] = [parse(dividend), parse(divisor)];
  if (a === undefined || b === undefined) return Decimal128.fromString(String(Number(dividend) / Number(divisor)));
  let digits = (a.digits * 10n ** BigInt(PLACES)) / b.digits;
  let exponent = a.exponent - b.exponent - PLACES;
  while (digits !== 0n && digits % 10n === 0n && exponent < 0) {
    digits /= 10n;
    exponent += 1;
  }
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}

/** Undefined for infinities and what is no number. */
function parse(text: string): { readonly digits: bigint; readonly exponent: number } | undefined {
  const [, sign = '', whole, fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}
