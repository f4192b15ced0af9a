/**
 * A polynomial over GF(2) in two words of 32 bits. Reflected: the highest bit of `high` is x^0. A polynomial of 32 bits
 * is all in `high`.
 */
interface Polynomial {
  readonly high: number;
  readonly low: number;
}

/** A CRC by the parameters that matter for combining. */
interface Crc {
  readonly bytes: 4 | 8;
  readonly polynomial: Polynomial;
  /** x^8, x^16, x^32 and so on modulo the polynomial, as far as they have been needed. */
  readonly powers: Polynomial[];
}

const ONE: Polynomial = { high: 0x80000000, low: 0 };
const X_TO_THE_8TH: Polynomial = { high: 0x00800000, low: 0 };

const CRCS: Readonly<Record<'CRC32' | 'CRC32C' | 'CRC64NVME', Crc>> = {
  CRC32: { bytes: 4, polynomial: { high: 0xedb88320, low: 0 }, powers: [X_TO_THE_8TH] },
  CRC32C: { bytes: 4, polynomial: { high: 0x82f63b78, low: 0 }, powers: [X_TO_THE_8TH] },
  CRC64NVME: { bytes: 8, polynomial: { high: 0x9a6c9329, low: 0xac4bc9b5 }, powers: [X_TO_THE_8TH] },
};

/** A checksum whose value for a whole follows from those of its parts. */
export type CombinableAlgorithm = keyof typeof CRCS;

export function isCombinable(algorithm: string): algorithm is CombinableAlgorithm {
  return Object.hasOwn(CRCS, algorithm);
}

/** What is known of one part: its digest, and how many bytes it covers. */
export interface CrcPart {
  readonly digest: Buffer;
  readonly sizeBytes: number;
}

/**
 * The CRC of the parts' bytes one after another, without the bytes: each part shifts the digest before it by its
 * length, which is a multiplication by x^(8n) modulo the polynomial.
 */
export function combineCrcs(algorithm: CombinableAlgorithm, parts: readonly CrcPart[]): Buffer {
  const crc = CRCS[algorithm];
  // Nearly all parts of an upload are of one size.
  const shifts = new Map<number, Polynomial>();
  let value: Polynomial = { high: 0, low: 0 };
  for (const { digest, sizeBytes } of parts) {
    const shift = shifts.get(sizeBytes) ?? powerOfX(crc, sizeBytes);
    shifts.set(sizeBytes, shift);
    const { high, low } = multiply(crc, { a: shift, b: value });
    const own = readDigest(crc, digest);
    value = { high: (high ^ own.high) >>> 0, low: (low ^ own.low) >>> 0 };
  }
  return writeDigest(crc, value);
}

function readDigest({ bytes }: Crc, digest: Buffer): Polynomial {
  return { high: digest.readUInt32BE(0), low: bytes === 8 ? digest.readUInt32BE(4) : 0 };
}

function writeDigest({ bytes }: Crc, { high, low }: Polynomial): Buffer {
  const digest = Buffer.alloc(bytes);
  digest.writeUInt32BE(high, 0);
  if (bytes === 8) digest.writeUInt32BE(low, 4);
  return digest;
}

/** x^(8n) modulo the polynomial: the product of the powers that the bits of n name. Sizes may exceed 32 bits. */
function powerOfX(crc: Crc, sizeBytes: number): Polynomial {
  let result = ONE;
  let rest = sizeBytes;
  for (let index = 0; rest > 0; index += 1) {
    const power = crc.powers[index] ?? squareLast(crc);
    if (rest % 2 === 1) result = multiply(crc, { a: result, b: power });
    rest = Math.floor(rest / 2);
  }
  return result;
}

function squareLast(crc: Crc): Polynomial {
  const last = crc.powers.at(-1) ?? X_TO_THE_8TH;
  const square = multiply(crc, { a: last, b: last });
  crc.powers.push(square);
  return square;
}

/** The product of two polynomials modulo the CRC's: 32 or 64 shifts and additions. */
function multiply({ bytes, polynomial }: Crc, { a, b }: { a: Polynomial; b: Polynomial }): Polynomial {
  let high = 0;
  let low = 0;
  let shiftedHigh = b.high;
  let shiftedLow = b.low;
  for (let bit = 0; bit < bytes * 8; bit += 1) {
    const word = bit < 32 ? a.high : a.low;
    if ((word >>> (31 - (bit % 32))) & 1) {
      high ^= shiftedHigh;
      low ^= shiftedLow;
    }
    // Times x: one to the right, and what falls out comes back as the polynomial.
    const carry = (bytes === 8 ? shiftedLow : shiftedHigh) & 1;
    if (bytes === 8) shiftedLow = (shiftedLow >>> 1) | (shiftedHigh << 31);
    shiftedHigh >>>= 1;
    if (carry === 1) {
      shiftedHigh ^= polynomial.high;
      shiftedLow ^= polynomial.low;
    }
  }
  return { high: high >>> 0, low: low >>> 0 };
}
