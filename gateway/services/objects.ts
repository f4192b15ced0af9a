import {
  type BucketRow,
  type CommittedObject,
  Failure,
  type ListedObject,
  type ListPage,
  type ListPosition,
  type Metadata,
  type ObjectContentRow,
  type PartRow,
  type WriteCondition,
} from '../../metadata/index.ts';
import type { Backend, ByteRange } from '../backends/index.ts';
import { newId } from '../ids.ts';
import type { Body } from './body.ts';
import { type Checksum, type ChecksumAlgorithm, createChecksum } from './checksums.ts';
import type { ExpectedDigests } from './digests.ts';
import { encodeAttributes, type ObjectAttributes, type ObjectInfo, toObjectInfo } from './object-info.ts';
import { type Content, type Segment, SegmentReader } from './object-reader.ts';
import type { Receiver } from './receive.ts';

/** A key of a bucket, and the account that acts on it. */
export interface ObjectTarget {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly accountId: string;
  readonly condition?: WriteCondition | undefined;
}

export interface PutObject extends ObjectTarget {
  readonly body: Body;
  readonly expected: ExpectedDigests;
  readonly attributes: ObjectAttributes;
}

export interface PutResult extends CommittedObject {
  readonly checksum?: Checksum | undefined;
  readonly sizeBytes: number;
}

/** An object that was found: what it is, and a way to its bytes as they were at that moment. */
export interface FoundObject {
  readonly info: ObjectInfo;
  read(range?: ByteRange): Promise<Content>;
  /** The bytes of one part, by its number; undefined when there is no such part. */
  partRange(partNumber: number): ByteRange | undefined;
}

export interface CopyObject extends ObjectTarget {
  readonly source: { readonly bucket: BucketRow; readonly key: string; readonly info: ObjectInfo };
  /** Replace the source's. */
  readonly attributes?: ObjectAttributes | undefined;
  /** Compute this one where the source has another. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
}

export interface ListObjects {
  readonly bucket: BucketRow;
  readonly prefix: string;
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  readonly limit: number;
}

/** A multipart object that keeps being replaced while it is looked up: more than this is not bad luck. */
const LOOKUP_ATTEMPTS = 5;

/** Objects: storing, finding, copying, deleting and listing them. */
export class Objects {
  readonly #metadata: Metadata;
  readonly #backend: Backend;
  readonly #receiver: Receiver;

  constructor({ metadata, backend, receiver }: { metadata: Metadata; backend: Backend; receiver: Receiver }) {
    this.#metadata = metadata;
    this.#backend = backend;
    this.#receiver = receiver;
  }

  /** Stores an object; resolves when it is durable. Throws what `Receiver.receive` and `commitObject` throw. */
  put({ body, expected, attributes, ...target }: PutObject): Promise<PutResult> {
    return this.#receiver.receive({ body, expected, inline: true }, async (received) => {
      const committed = await this.#metadata.mutations.commitObject({
        ...writeTarget(target),
        payload: received.payload,
        sizeBytes: received.sizeBytes,
        etag: received.md5,
        attributes: encodeAttributes(attributes),
        checksum: received.checksum,
      });
      return { ...committed, checksum: received.checksum, sizeBytes: received.sizeBytes };
    });
  }

  /** What HEAD tells; undefined when there is no such object. */
  async stat(bucket: BucketRow, key: string): Promise<ObjectInfo | undefined> {
    const row = await this.#metadata.queries.findObject(bucket.id, key);
    return row === undefined ? undefined : toObjectInfo(row);
  }

  async find(bucket: BucketRow, key: string): Promise<FoundObject | undefined> {
    for (let attempt = 0; attempt < LOOKUP_ATTEMPTS; attempt += 1) {
      const row = await this.#metadata.queries.findObjectContent(bucket.id, key);
      if (row === undefined) return undefined;
      if (row.part_set === null) return this.#found(row, undefined);
      const parts = await this.#metadata.queries.listPartBlobs(row.part_set);
      // Fewer parts than the row says: it was replaced between the two looks. Look again.
      if (parts.length === row.part_count) return this.#found(row, parts);
    }
    throw new Error(`The parts of an object in bucket ${bucket.name} disagree with its row.`);
  }

  /** The parts of a multipart object after a number, at most `limit`. */
  async listParts(input: { setId: string; afterPartNumber: number; limit: number }): Promise<PartRow[]> {
    return this.#metadata.queries.listParts(input);
  }

  /**
   * Copies without moving bytes. Throws `NoSuchKey` with detail `changed` when the source is not the one that was
   * looked at any more, and what `commitObject` throws.
   */
  async copy({ source, attributes, checksumAlgorithm, ...target }: CopyObject): Promise<PutResult> {
    const checksum = await this.#copiedChecksum(source, checksumAlgorithm);
    const committed = await this.#metadata.mutations.copyObject({
      ...writeTarget(target),
      source: { bucketId: source.bucket.id, key: source.key, seq: source.info.seq },
      attributes: attributes === undefined ? undefined : encodeAttributes(attributes),
      checksum,
      newPartSet: newId(),
    });
    return { ...committed, checksum: checksum ?? source.info.checksum, sizeBytes: source.info.sizeBytes };
  }

  /** Deleting what is not there succeeds. Throws what `commitObject` throws. */
  delete(target: ObjectTarget): Promise<{ existed: boolean }> {
    return this.#metadata.mutations.deleteObject(writeTarget(target));
  }

  list({ bucket, ...range }: ListObjects): Promise<ListPage<ListedObject>> {
    return this.#metadata.queries.listObjects({ bucketId: bucket.id, ...range });
  }

  #found(row: ObjectContentRow, parts: readonly PartBlob[] | undefined): FoundObject {
    const info = toObjectInfo(row);
    return {
      info,
      read: async (range = { start: 0, end: info.sizeBytes - 1 }) => this.#content(row, { parts, range }),
      partRange: (partNumber) => partRange({ sizeBytes: info.sizeBytes, parts, partNumber }),
    };
  }

  #content(
    row: ObjectContentRow,
    { parts, range }: { parts: readonly PartBlob[] | undefined; range: ByteRange },
  ): Content {
    if (row.data !== null) return { kind: 'bytes', bytes: row.data.subarray(range.start, range.end + 1) };
    if (row.size_bytes === 0) return { kind: 'bytes', bytes: Buffer.alloc(0) };
    const segments =
      parts === undefined ? [segmentOf(row)] : parts.filter((part) => part.size_bytes > 0).map(segmentOf);
    const reader = new SegmentReader({ backend: this.#backend, segments, range });
    return { kind: 'stream', sizeBytes: range.end - range.start + 1, reader };
  }

  /** A copy keeps its source's checksum; another algorithm means reading the bytes. */
  async #copiedChecksum(
    source: CopyObject['source'],
    algorithm: ChecksumAlgorithm | undefined,
  ): Promise<Checksum | undefined> {
    if (algorithm === undefined || source.info.checksum?.algorithm === algorithm) return undefined;
    const found = await this.find(source.bucket, source.key);
    if (found === undefined || found.info.seq !== source.info.seq) {
      throw new Failure('NoSuchKey', 'The source changed.', { changed: 'true' });
    }
    const state = createChecksum(algorithm);
    for await (const bytes of contentChunks(await found.read())) state.update(bytes);
    return { algorithm, type: 'FULL_OBJECT', value: state.digest().toString('base64') };
  }
}

interface PartBlob {
  readonly part_number: number;
  readonly size_bytes: number;
  readonly location: string | null;
}

/** The bytes of a content in order. Each piece is good until the next is asked for. */
export async function* contentChunks(content: Content): AsyncGenerator<Buffer> {
  if (content.kind === 'bytes') {
    yield content.bytes;
    return;
  }
  try {
    for (;;) {
      const chunk = await content.reader.next();
      if (chunk === undefined) return;
      yield chunk.bytes;
      chunk.release();
    }
  } finally {
    await content.reader.close();
  }
}

function writeTarget({ bucket, key, accountId, condition }: ObjectTarget) {
  return { bucketId: bucket.id, key, accountId, condition, at: new Date().toISOString() };
}

function segmentOf(row: { readonly location: string | null; readonly size_bytes: number }): Segment {
  if (row.location === null) throw new Error('A row with bytes refers to no blob.');
  return { location: row.location, sizeBytes: row.size_bytes };
}

function partRange(input: {
  readonly sizeBytes: number;
  readonly parts: readonly PartBlob[] | undefined;
  readonly partNumber: number;
}): ByteRange | undefined {
  const { sizeBytes, parts, partNumber } = input;
  // An object that was not uploaded in parts counts as one.
  if (parts === undefined) return partNumber === 1 ? { start: 0, end: sizeBytes - 1 } : undefined;
  let start = 0;
  for (const part of parts) {
    if (part.part_number === partNumber) return { start, end: start + part.size_bytes - 1 };
    start += part.size_bytes;
  }
  return undefined;
}
