import { Decimal128 } from 'bson';
import { isNumeric } from '../filter/integers.ts';
import { approximate } from '../values/numbers.ts';
import { type DocumentValue, fromLong } from '../values/value.ts';

interface Scaled {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Adds numbers of all types. "If used on a field with both numeric and non-numeric values, $sum ignores the non-numeric values". */
export class Sum {
  count = 0;
  #doubles = 0;
  /** Of integers that a double may not hold. */
  #longs = 0n;
  #decimals: Scaled | undefined;

  add(value: DocumentValue | undefined): void {
    if (typeof value === 'number') this.#doubles += value;
    else if (value === undefined || !isNumeric(value)) return;
    else if (value instanceof Decimal128 && Number.isFinite(approximate(value)))
      this.#addDecimal(scaledOf(value.toString()));
    else if (value._bsontype === 'Long') this.#longs += value.toBigInt();
    else this.#doubles += approximate(value);
    this.count += 1;
  }

  get total(): DocumentValue {
    if (this.#decimals !== undefined) return this.#decimalTotal(1);
    if (this.#longs === 0n) return this.#doubles;
    return Number.isSafeInteger(this.#doubles)
      ? fitted(this.#longs + BigInt(this.#doubles))
      : this.#doubles + Number(this.#longs);
  }

  /** Null of nothing. */
  get average(): DocumentValue {
    if (this.count === 0) return null;
    return this.#decimals === undefined
      ? (this.#doubles + Number(this.#longs)) / this.count
      : this.#decimalTotal(this.count);
  }

  #addDecimal(value: Scaled): void {
    const sum = this.#decimals ?? { digits: 0n, exponent: value.exponent };
    const exponent = Math.min(sum.exponent, value.exponent);
    this.#decimals = { digits: rescale(sum, exponent) + rescale(value, exponent), exponent };
  }

  #decimalTotal(divisor: number): Decimal128 {
    this.#addDecimal(scaledOf(String(this.#doubles)));
    this.#addDecimal({ digits: this.#longs, exponent: 0 });
    [this.#doubles, this.#longs] = [0, 0n];
    const { digits, exponent } = this.#decimals ?? { digits: 0n, exponent: 0 };
    if (divisor === 1) return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
    const [quotient, places] = [(digits * 10n ** 34n) / BigInt(divisor), exponent - 34];
    return Decimal128.fromStringWithRounding(trimmed(quotient, places));
  }
}

function fitted(value: bigint): DocumentValue {
  return BigInt.asIntN(64, value) === value ? fromLong(value) : Number(value);
}

function rescale({ digits, exponent }: Scaled, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}

/** Of `-12.5E+3`. */
function scaledOf(text: string): Scaled {
  const [, sign = '', whole = '0', fraction = '', power = '0'] =
    /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}

/** A quotient that ends has no zeros behind it. */
function trimmed(digits: bigint, exponent: number): string {
  let [rest, places] = [digits, exponent];
  while (rest !== 0n && rest % 10n === 0n && places < 0) {
    rest /= 10n;
    places += 1;
  }
  return `${rest}E${places}`;
}
