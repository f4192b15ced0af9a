import { createHash, hash } from 'node:crypto';
import { crc32, crc32c } from '@node-rs/crc32';
import { createCRC64, createXXHash3, createXXHash64, createXXHash128, type IHasher } from 'hash-wasm';

/** The additional checksums of S3 ("Checking object integrity in Amazon S3"), in the order in which its errors list them. */
export const CHECKSUM_ALGORITHMS = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'MD5',
  'SHA1',
  'SHA256',
  'SHA512',
  'XXHASH128',
  'XXHASH3',
  'XXHASH64',
] as const;
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
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  XXHASH128: 16,
  XXHASH3: 8,
  XXHASH64: 8,
};

/** Takes bytes in order and ends in a digest: big-endian, as S3 has all of them. */
export interface ChecksumState {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

/** A running checksum. */
export function createChecksum(algorithm: ChecksumAlgorithm): ChecksumState {
  return IMPLEMENTATIONS[algorithm].start();
}

/** The checksum of bytes at hand. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  return IMPLEMENTATIONS[algorithm].of(bytes);
}

interface Implementation {
  start(): ChecksumState;
  of(bytes: Uint8Array): Buffer;
}

function native(name: string): Implementation {
  return { start: () => createHash(name), of: (bytes) => hash(name, bytes, 'buffer') };
}

type CrcStep = (bytes: Uint8Array, state: number) => number;

function crc32Of(step: CrcStep): Implementation {
  return { start: () => new Crc32State(step), of: (bytes) => crc32Digest(step(bytes, 0)) };
}

class Crc32State implements ChecksumState {
  readonly #step: CrcStep;
  #state = 0;

  constructor(step: CrcStep) {
    this.#step = step;
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#step(bytes, this.#state);
  }

  digest(): Buffer {
    return crc32Digest(this.#state);
  }
}

function crc32Digest(state: number): Buffer {
  const digest = Buffer.allocUnsafe(4);
  digest.writeUInt32BE(state);
  return digest;
}

/** Compiled once and shared: every computation loads its state before a step and saves it after. */
function wasm(hasher: IHasher): Implementation {
  return { start: () => new WasmState(hasher), of: (bytes) => wasmDigest(hasher.init().update(bytes)) };
}

class WasmState implements ChecksumState {
  readonly #hasher: IHasher;
  #state: Uint8Array;

  constructor(hasher: IHasher) {
    this.#hasher = hasher;
    this.#state = hasher.init().save();
  }

  update(bytes: Uint8Array): void {
    this.#hasher.load(this.#state).update(bytes);
    this.#state = this.#hasher.save();
  }

  digest(): Buffer {
    return wasmDigest(this.#hasher.load(this.#state));
  }
}

function wasmDigest(hasher: IHasher): Buffer {
  return Buffer.from(hasher.digest('binary'));
}

/** CRC-64/NVME, reflected. */
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

// XXHash by seed 0, as AWS's own clients compute it.
const [crc64nvme, xxhash128, xxhash3, xxhash64] = await Promise.all([
  createCRC64(CRC64NVME_POLYNOMIAL),
  createXXHash128(),
  createXXHash3(),
  createXXHash64(),
]);

const IMPLEMENTATIONS: Readonly<Record<ChecksumAlgorithm, Implementation>> = {
  CRC32: crc32Of(crc32),
  CRC32C: crc32Of(crc32c),
  CRC64NVME: wasm(crc64nvme),
  MD5: native('md5'),
  SHA1: native('sha1'),
  SHA256: native('sha256'),
  SHA512: native('sha512'),
  XXHASH128: wasm(xxhash128),
  XXHASH3: wasm(xxhash3),
  XXHASH64: wasm(xxhash64),
};
