import { createHmac } from 'node:crypto';
import { Failure, type Payload } from '../../metadata/index.ts';
import { BackendFull } from '../backends/index.ts';
import type { Body } from './body.ts';
import type { Checksum } from './checksums.ts';
import {
  type Digests,
  digestBytes,
  type ExpectedDigests,
  verifyDigests,
  type WantedDigests,
  wantedDigests,
} from './digests.ts';
import { decryptedSize, encryptBytes, encryptChunks } from './encryption/index.ts';
import type { HashPool, StreamedDigests } from './hashing/hash-pool.ts';
import type { StorageClasses } from './storage-classes.ts';

/** Bytes that have arrived whole and as announced, staged but not yet anybody's. */
export interface Received {
  readonly payload: Payload;
  readonly sizeBytes: number;
  /** The MD5 in hex, or what stands in its place. */
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
}

/** How an object's bytes are encrypted. */
export interface BlobCipher {
  readonly dataKey: Buffer;
  /** Whether the ETag must not be the MD5 of the bytes. */
  readonly hidesMd5: boolean;
}

export interface Receive {
  readonly body: Body;
  readonly expected: ExpectedDigests;
  /** Whether a small body may be kept in the database. */
  readonly inline: boolean;
  /** Whether bodies of any size are stored once: it is for a drive, of whose files the same are. */
  readonly isForDrive?: boolean | undefined;
  /** It is kept in the database whatever its size, as bytes of its own: it is a document. */
  readonly isDocument?: boolean | undefined;
  /** Encrypts the bytes on their way to where they are kept. */
  readonly cipher?: BlobCipher | undefined;
  /** The storage class whose backend it goes to, as the database names it; left out: the default one. */
  readonly store?: string | undefined;
}

export interface ReceiverOptions {
  readonly stores: StorageClasses;
  readonly hashes: HashPool;
  /** Bodies up to this size are committed with their row. */
  readonly inlineLimitBytes: number;
  /** Which bodies share the bytes of others that have the same: those whose SHA-256 is told, all, or none. */
  readonly deduplication: Deduplication;
  /** Throws `InsufficientStorage` when so many bytes more would fill the disk of a storage class. */
  readonly reserveSpace: (sizeBytes: number, store: string | undefined) => void;
}

/** `known`: where the SHA-256 is computed anyway. */
export type Deduplication = 'known' | 'always' | 'off';

/**
 * Every blob whose digest is kept costs a page of the database's log when it is written, to find it by. That pays from a
 * page on, and in drives always, where the same file is what people give each other.
 */
const LEAST_SHARED_BYTES = 4096;

/** What a commit says of a payload that turned out to be there already. */
export interface CommitResult {
  readonly isDuplicate?: boolean;
}

/** Takes bodies in: hashes and counts them in one pass and leaves them where a commit can pick them up. */
export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /**
   * Receives a body and hands it to `commit`. When a rule says no, there or before, what was staged is discarded.
   * @throws Failure `BadDigest`, `XAmzContentSHA256Mismatch`, `IncompleteBody`, `InsufficientStorage`,
   * `InvalidStorageClass`
   */
  async receive<Result extends CommitResult>(
    { body, expected, inline, store, cipher, isForDrive = false, isDocument = false }: Receive,
    commit: (received: Received) => Promise<Result>,
  ): Promise<Result> {
    const { stores, hashes, inlineLimitBytes, reserveSpace } = this.#options;
    reserveSpace(body.sizeBytes, store);
    const isInline = isDocument || body.sizeBytes <= (inline && store === undefined ? inlineLimitBytes : 0);
    const wanted = this.#wanted(expected, cipher);
    const mayShare = !isDocument && this.#mayShare(body.sizeBytes, isForDrive);
    if (isInline) return commit(await receiveInline({ body, expected, cipher, wanted, mayShare }));

    // An upload may outlive the setting of the class that it was begun in.
    const backend = stores.backendOf(stores.storeFor(store));
    const streamed = hashes.open(wanted, body.sizeBytes);
    const plain = hashed(body.chunks(), streamed);
    const bytes = cipher === undefined ? plain : encryptChunks(cipher.dataKey, plain);
    const staged = await backend.stage(bytes).catch((error: unknown) => {
      streamed.abandon();
      throw error instanceof BackendFull ? new Failure('InsufficientStorage', undefined, {}, { cause: error }) : error;
    });
    const { location, sizeBytes: storedBytes, settle } = staged;
    try {
      const digests = await streamed.finish();
      verifyDigests(digests, expected);
      // Of the stored bytes, and so not of encrypted ones.
      const sha256 = cipher === undefined && mayShare ? digests.sha256?.toString('hex') : undefined;
      const payload: Payload = { kind: 'staged', location, store, sizeBytes: storedBytes, sha256, mayShare };
      const sizeBytes = cipher === undefined ? storedBytes : decryptedSize(storedBytes);
      const result = await commit(describe(payload, { sizeBytes, digests, expected, cipher }));
      // Nobody waits for it: how long a reply takes must not tell that the bytes were there.
      if (result.isDuplicate === true) void backend.discard(location).catch(() => undefined);
      return result;
    } catch (error) {
      // Only where the verdict is known: a commit that broke may have happened, and the sweeper tells which it was.
      if (error instanceof Failure) await backend.discard(location).catch(() => undefined);
      throw error;
    } finally {
      settle();
    }
  }

  /** Whether a body of that size may have the bytes of another, and others its bytes. */
  #mayShare(sizeBytes: number, isForDrive: boolean): boolean {
    const { deduplication } = this.#options;
    if (deduplication !== 'known') return deduplication === 'always';
    return isForDrive || sizeBytes >= LEAST_SHARED_BYTES;
  }

  /** What is encrypted shares its bytes with nobody. */
  #wanted(expected: ExpectedDigests, cipher: BlobCipher | undefined): WantedDigests {
    const wanted = wantedDigests(expected);
    const isAlways = this.#options.deduplication === 'always' && cipher === undefined;
    return isAlways ? { ...wanted, sha256: true } : wanted;
  }
}

interface InlineBody {
  readonly body: Body;
  readonly expected: ExpectedDigests;
  readonly cipher: BlobCipher | undefined;
  readonly wanted: WantedDigests;
  readonly mayShare: boolean;
}

async function receiveInline({ body, expected, cipher, wanted, mayShare }: InlineBody): Promise<Received> {
  const bytes = await body.bytes();
  const digests = digestBytes(bytes, expected, wanted);
  verifyDigests(digests, expected);
  const payload = inlinePayload(bytes, { digests, cipher, mayShare });
  return describe(payload, { sizeBytes: bytes.byteLength, digests, expected, cipher });
}

function inlinePayload(
  bytes: Buffer,
  { digests, cipher, mayShare }: { digests: Digests; cipher: BlobCipher | undefined; mayShare: boolean },
): Payload {
  if (bytes.byteLength === 0) return { kind: 'empty' };
  if (cipher !== undefined) return { kind: 'inline', bytes: encryptBytes(cipher.dataKey, bytes) };
  return { kind: 'inline', bytes, sha256: mayShare ? digests.sha256?.toString('hex') : undefined, mayShare };
}

async function* hashed(chunks: AsyncIterable<Buffer>, digests: StreamedDigests): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    const slow = digests.update(chunk);
    if (slow !== undefined) await slow;
    yield chunk;
  }
}

interface Facts {
  readonly sizeBytes: number;
  readonly digests: Digests;
  readonly expected: ExpectedDigests;
  readonly cipher: BlobCipher | undefined;
}

function describe(payload: Payload, { sizeBytes, digests, expected, cipher }: Facts): Received {
  const etag = cipher?.hidesMd5 ? hiddenETag(digests.md5, cipher.dataKey) : digests.md5.toString('hex');
  if (expected.checksum === undefined || digests.checksum === undefined) return { payload, sizeBytes, etag };
  const { algorithm } = expected.checksum;
  const value = digests.checksum.toString('base64');
  return { payload, sizeBytes, etag, checksum: { algorithm, type: 'FULL_OBJECT', value } };
}

/** As long as an MD5, and of no use to who has the database and guesses what was stored. */
export function hiddenETag(md5: Buffer, dataKey: Buffer): string {
  return createHmac('sha256', dataKey)
    .update(md5)
    .digest('hex')
    .slice(0, md5.byteLength * 2);
}
