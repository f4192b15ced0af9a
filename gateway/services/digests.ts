import { createHash, type Hash, hash } from 'node:crypto';
import { Failure } from '../../metadata/index.ts';
import { type ChecksumAlgorithm, type ChecksumState, checksumOf, createChecksum } from './checksums.ts';

/** What the client said of the bytes it is sending. Each is compared once all have arrived. */
export interface ExpectedDigests {
  /** From Content-MD5. */
  readonly md5?: Buffer | undefined;
  /** From x-amz-content-sha256. */
  readonly sha256?: Buffer | undefined;
  readonly checksum?: ExpectedChecksum | undefined;
}

export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** The base64 value, asked for after the last byte: a trailer is not known before. Undefined: compute, do not compare. */
  expected(): string | undefined;
}

/** What the bytes really are. */
export interface Digests {
  readonly md5: Buffer;
  readonly sha256?: Buffer | undefined;
  readonly checksum?: Buffer | undefined;
}

/** The digests of bytes at hand. */
export function digestBytes(bytes: Buffer, expected: ExpectedDigests, wanted = wantedDigests(expected)): Digests {
  const md5 = hash('md5', bytes, 'buffer');
  const sha256 = wanted.sha256 ? hash('sha256', bytes, 'buffer') : undefined;
  const algorithm = separateChecksum(wanted);
  return {
    md5,
    sha256,
    checksum: algorithm === undefined ? sharedDigest(wanted, { md5, sha256 }) : checksumOf(algorithm, bytes),
  };
}

/** Which digests to compute; MD5 always is. */
export interface WantedDigests {
  readonly sha256: boolean;
  readonly checksum?: ChecksumAlgorithm | undefined;
}

/** What has to be computed to compare with what the client said. */
export function wantedDigests({ sha256, checksum }: ExpectedDigests): WantedDigests {
  // A checksum that is the SHA-256 tells it, too.
  return { sha256: sha256 !== undefined || checksum?.algorithm === 'SHA256', checksum: checksum?.algorithm };
}

/** The checksum, unless it is one of the other digests. */
function separateChecksum({ sha256, checksum }: WantedDigests): ChecksumAlgorithm | undefined {
  return checksum === 'MD5' || (checksum === 'SHA256' && sha256) ? undefined : checksum;
}

/** The one of the other digests that is the checksum, too. */
function sharedDigest({ checksum }: WantedDigests, { md5, sha256 }: Digests): Buffer | undefined {
  return checksum === 'MD5' ? md5 : checksum === 'SHA256' ? sha256 : undefined;
}

/** Digests of bytes that stream by, in one pass. */
export class DigestStream {
  readonly #md5: Hash = createHash('md5');
  readonly #sha256: Hash | undefined;
  readonly #checksum: ChecksumState | undefined;
  readonly #wanted: WantedDigests;

  constructor(wanted: WantedDigests) {
    this.#wanted = wanted;
    const algorithm = separateChecksum(wanted);
    if (wanted.sha256) this.#sha256 = createHash('sha256');
    if (algorithm !== undefined) this.#checksum = createChecksum(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#sha256?.update(bytes);
    this.#checksum?.update(bytes);
  }

  finish(): Digests {
    const md5 = this.#md5.digest();
    const sha256 = this.#sha256?.digest();
    return { md5, sha256, checksum: this.#checksum?.digest() ?? sharedDigest(this.#wanted, { md5, sha256 }) };
  }
}

/**
 * Compares what arrived with what was announced.
 * @throws Failure `BadDigest`, `XAmzContentSHA256Mismatch`
 */
export function verifyDigests(actual: Digests, expected: ExpectedDigests): void {
  if (expected.md5 !== undefined && !expected.md5.equals(actual.md5)) {
    throw new Failure('BadDigest', undefined, {
      ExpectedDigest: expected.md5.toString('base64'),
      CalculatedDigest: actual.md5.toString('base64'),
    });
  }
  if (expected.sha256 !== undefined && actual.sha256 !== undefined && !expected.sha256.equals(actual.sha256)) {
    throw new Failure('XAmzContentSHA256Mismatch', undefined, {
      ClientComputedContentSHA256: expected.sha256.toString('hex'),
      S3ComputedContentSHA256: actual.sha256.toString('hex'),
    });
  }
  const checksum = expected.checksum?.expected();
  if (checksum !== undefined && checksum !== actual.checksum?.toString('base64')) {
    throw new Failure(
      'BadDigest',
      `The ${expected.checksum?.algorithm} you specified did not match the calculated checksum.`,
    );
  }
}
