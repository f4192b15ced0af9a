/** A CRC by the parameters that matter for combining: its width and its reflected polynomial. */
interface Crc {
  readonly bits: bigint;
  readonly polynomial: bigint;
}

const CRCS: Readonly<Record<'CRC32' | 'CRC32C' | 'CRC64NVME', Crc>> = {
  CRC32: { bits: 32n, polynomial: 0xedb88320n },
  CRC32C: { bits: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
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
  const shifts = new Map<number, bigint>();
  let value = 0n;
  for (const { digest, sizeBytes } of parts) {
    let shift = shifts.get(sizeBytes);
    if (shift === undefined) {
      shift = powerOfX(crc, BigInt(sizeBytes) * 8n);
      shifts.set(sizeBytes, shift);
    }
    value = multiply(crc, { a: shift, b: value }) ^ BigInt(`0x${digest.toString('hex')}`);
  }
  return Buffer.from(value.toString(16).padStart(Number(crc.bits) / 4, '0'), 'hex');
}

/** x^n modulo the polynomial, by squaring. Reflected: the highest bit is x^0. */
function powerOfX(crc: Crc, exponent: bigint): bigint {
  let result = 1n << (crc.bits - 1n);
  let base = 1n << (crc.bits - 2n);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = multiply(crc, { a: result, b: base });
    base = multiply(crc, { a: base, b: base });
  }
  return result;
}

/** The product of two reflected polynomials modulo the CRC's. */
function multiply({ bits, polynomial }: Crc, { a, b }: { a: bigint; b: bigint }): bigint {
  let product = 0n;
  let shifted = b;
  for (let mask = 1n << (bits - 1n); mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}
