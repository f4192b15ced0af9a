import { Binary, BSONRegExp, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { Document, DocumentValue } from './value.ts';

/**
 * Reads back what `encodeValue` has written: a value that equals the one that it was, though a number may be of another
 * type. Undefined for what is not written so, and for decimals that no double is near enough to tell.
 */
export function decodeValue(bytes: Buffer): DocumentValue | undefined {
  try {
    const reader = new EntryReader(bytes);
    const value = reader.value();
    return reader.isAtEnd ? value : undefined;
  } catch {
    return undefined;
  }
}

const [EXACT, LESS] = [0x80, 0x7f];
const MAX_LONG = 2n ** 63n;

class EntryReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  value(): DocumentValue {
    return this.#ofRank(this.#byte());
  }

  #ofRank(rank: number): DocumentValue {
    switch (rank) {
      case 1:
        return new MinKey();
      case 2:
        return null;
      case 3:
        return this.#number();
      case 4:
        return this.#text();
      case 5:
        return this.#document();
      case 6:
        return this.#array();
      case 7:
        return this.#binary();
      case 8:
        return new ObjectId(this.#take(12));
      case 9:
        return this.#byte() === 1;
      case 10:
        return new Date(this.#double());
      case 11:
        return new Timestamp({ t: this.#uint32(), i: this.#uint32() });
      case 12:
        return new BSONRegExp(this.#text(), this.#text());
      case 13:
        return new MaxKey();
      default:
        throw new RangeError(`Nothing is of the rank ${rank}.`);
    }
  }

  #byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.byteLength) throw new RangeError('The entry ends too early.');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  #uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  #double(): number {
    const bytes = Buffer.from(this.#take(8));
    if (bytes.every((byte) => byte === 0)) return Number.NaN;
    const first = bytes[0] ?? 0;
    if (first >= 0x80) bytes[0] = first - 0x80;
    else for (const [at, byte] of bytes.entries()) bytes[at] = 0xff - byte;
    return bytes.readDoubleBE();
  }

  #number(): DocumentValue {
    const double = this.#double();
    const order = this.#byte();
    if (order === EXACT) return double;
    if (order !== LESS && order !== EXACT + 1) throw new RangeError('It is no number.');
    const isNegative = double < 0;
    const turn = (byte: number) => (isNegative ? 0xff - byte : byte);
    const length = turn(this.#byte());
    const digits = String.fromCharCode(...[...this.#take(length)].map(turn));
    return fromDigits(digits, double);
  }

  /** UTF-8 up to two zeros. */
  #text(): string {
    const bytes: number[] = [];
    for (;;) {
      const byte = this.#byte();
      if (byte !== 0) bytes.push(byte);
      else if (this.#byte() === 0) return Buffer.from(bytes).toString();
      else bytes.push(0);
    }
  }

  #document(): Document {
    const document: Document = {};
    for (let rank = this.#byte(); rank !== 0; rank = this.#byte()) {
      const name = this.#text();
      document[name] = this.#ofRank(rank);
    }
    return document;
  }

  #array(): DocumentValue[] {
    const items: DocumentValue[] = [];
    for (let rank = this.#byte(); rank !== 0; rank = this.#byte()) items.push(this.#ofRank(rank));
    return items;
  }

  #binary(): Binary {
    const length = this.#uint32();
    const subType = this.#byte();
    return new Binary(Buffer.from(this.#take(length)), subType);
  }
}

/** The digits have neither their sign nor their point: the double beside them says where that is. */
function fromDigits(digits: string, near: number): Long | Decimal128 {
  const sign = near < 0 ? '-' : '';
  if (Math.abs(near) >= Number.MAX_SAFE_INTEGER) {
    const whole = BigInt(sign + digits);
    if (Number(whole) === near && whole >= -MAX_LONG && whole < MAX_LONG) return Long.fromBigInt(whole);
  }
  for (let point = digits.length; point > 0; point -= 1) {
    const text = `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
    if (Number(text) === near) return Decimal128.fromString(text.replace(/\.$/, ''));
  }
  throw new RangeError('The point cannot be told.');
}
