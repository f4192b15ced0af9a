import { Failure, type Payload } from '../../metadata/index.ts';
import { BackendFull } from '../backends/index.ts';
import type { Body } from './body.ts';
import type { Checksum } from './checksums.ts';
import { type Digests, digestBytes, type ExpectedDigests, verifyDigests, wantedDigests } from './digests.ts';
import type { HashPool, StreamedDigests } from './hashing/hash-pool.ts';
import type { StorageClasses } from './storage-classes.ts';

/** Bytes that have arrived whole and as announced, staged but not yet anybody's. */
export interface Received {
  readonly payload: Payload;
  readonly sizeBytes: number;
  /** Hex, S3's ETag of a plain object. */
  readonly md5: string;
  readonly checksum?: Checksum | undefined;
}

export interface Receive {
  readonly body: Body;
  readonly expected: ExpectedDigests;
  /** Whether a small body may be kept in the database. */
  readonly inline: boolean;
  /** The storage class whose backend it goes to, as the database names it; left out: the default one. */
  readonly store?: string | undefined;
}

export interface ReceiverOptions {
  readonly stores: StorageClasses;
  readonly hashes: HashPool;
  /** Bodies up to this size are committed with their row. */
  readonly inlineLimitBytes: number;
  /** Throws `InsufficientStorage` when so many bytes more would fill the disk of a storage class. */
  readonly reserveSpace: (sizeBytes: number, store: string | undefined) => void;
}

/** Takes bodies in: hashes and counts them in one pass and leaves them where a commit can pick them up. */
export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /**
   * Receives a body and hands it to `commit`. When a rule says no, there or before, what was staged is discarded.
   * @throws Failure `BadDigest`, `XAmzContentSHA256Mismatch`, `IncompleteBody`, `InsufficientStorage`
   */
  async receive<Result>(
    { body, expected, inline, store }: Receive,
    commit: (received: Received) => Promise<Result>,
  ): Promise<Result> {
    const { stores, hashes, inlineLimitBytes, reserveSpace } = this.#options;
    reserveSpace(body.sizeBytes, store);
    const isInline = body.sizeBytes <= (inline && store === undefined ? inlineLimitBytes : 0);
    if (isInline) return commit(await receiveInline(body, expected));

    const backend = stores.backendOf(store);
    const streamed = hashes.open(wantedDigests(expected), body.sizeBytes);
    const staged = await backend.stage(hashed(body.chunks(), streamed)).catch((error: unknown) => {
      streamed.abandon();
      throw error instanceof BackendFull ? new Failure('InsufficientStorage', undefined, {}, { cause: error }) : error;
    });
    const { location, sizeBytes, settle } = staged;
    try {
      const digests = await streamed.finish();
      verifyDigests(digests, expected);
      const sha256 = digests.sha256?.toString('hex');
      const payload: Payload = { kind: 'staged', location, store, sizeBytes, sha256 };
      return await commit(describe(payload, { sizeBytes, digests, expected }));
    } catch (error) {
      // Only where the verdict is known: a commit that broke may have happened, and the sweeper tells which it was.
      if (error instanceof Failure) await backend.discard(location).catch(() => undefined);
      throw error;
    } finally {
      settle();
    }
  }
}

async function receiveInline(body: Body, expected: ExpectedDigests): Promise<Received> {
  const bytes = await body.bytes();
  const digests = digestBytes(bytes, expected);
  verifyDigests(digests, expected);
  const sizeBytes = bytes.byteLength;
  const payload: Payload =
    sizeBytes === 0 ? { kind: 'empty' } : { kind: 'inline', bytes, sha256: digests.sha256?.toString('hex') };
  return describe(payload, { sizeBytes, digests, expected });
}

async function* hashed(chunks: AsyncIterable<Buffer>, digests: StreamedDigests): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    const slow = digests.update(chunk);
    if (slow !== undefined) await slow;
    yield chunk;
  }
}

function describe(
  payload: Payload,
  { sizeBytes, digests, expected }: { sizeBytes: number; digests: Digests; expected: ExpectedDigests },
): Received {
  const md5 = digests.md5.toString('hex');
  if (expected.checksum === undefined || digests.checksum === undefined) return { payload, sizeBytes, md5 };
  const { algorithm } = expected.checksum;
  const value = digests.checksum.toString('base64');
  return { payload, sizeBytes, md5, checksum: { algorithm, type: 'FULL_OBJECT', value } };
}
