import { createHash, hash } from 'node:crypto';
import { crc32, crc32c } from '@node-rs/crc32';
import { createCRC64 } from 'hash-wasm';

/** The additional checksums of S3 ("Checking object integrity in Amazon S3"). */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Of all bytes, or of the checksums of the parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; a composite one ends in `-<number of parts>`. */
  readonly value: string;
}

/** Bytes of a checksum before base64. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** CRC-64/NVME, reflected. */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

/** Takes bytes in order and ends in a digest. */
export interface ChecksumState {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

// Compiled once and shared: every computation loads its state before a step and saves it after.
const crc64 = await createCRC64(CRC64NVME_POLYNOMIAL);

/** A running checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): ChecksumState {
  switch (algorithm) {
    case 'CRC32':
      return new Crc32State(crc32);
    case 'CRC32C':
      return new Crc32State(crc32c);
    case 'CRC64NVME':
      return new Crc64State();
    case 'SHA1':
      return createHash('sha1');
    case 'SHA256':
      return createHash('sha256');
  }
}

/** The checksum of bytes at hand. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  if (algorithm === 'SHA1') return hash('sha1', bytes, 'buffer');
  if (algorithm === 'SHA256') return hash('sha256', bytes, 'buffer');
  const state = createChecksum(algorithm);
  state.update(bytes);
  return state.digest();
}

class Crc32State implements ChecksumState {
  readonly #step: (bytes: Uint8Array, state: number) => number;
  #state = 0;

  constructor(step: (bytes: Uint8Array, state: number) => number) {
    this.#step = step;
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#step(bytes, this.#state);
  }

  digest(): Buffer {
    const digest = Buffer.allocUnsafe(4);
    digest.writeUInt32BE(this.#state);
    return digest;
  }
}

class Crc64State implements ChecksumState {
  #state = crc64.init().save();

  update(bytes: Uint8Array): void {
    crc64.load(this.#state).update(bytes);
    this.#state = crc64.save();
  }

  digest(): Buffer {
    return Buffer.from(crc64.load(this.#state).digest('binary'));
  }
}
