import {
  type BucketRow,
  type ClientToken,
  type CommittedObject,
  type CommittedPayload,
  Failure,
  type ListedObject,
  type ListPage,
  type ListPosition,
  type Metadata,
  type MutationInput,
  type ObjectContentRow,
  type PartRow,
  type Preconditions,
  type RenamedObject,
  type WriteCondition,
} from '../../metadata/index.ts';
import type { ByteRange } from '../backends/index.ts';
import { newId } from '../ids.ts';
import type { Body } from './body.ts';
import { type Checksum, type ChecksumAlgorithm, createChecksum } from './checksums.ts';
import { copiedBody } from './copied-body.ts';
import type { ExpectedDigests } from './digests.ts';
import { requireAdmitted } from './documents/objects/admission.ts';
import type { DocumentObjects } from './documents/objects/document-objects.ts';
import { heldBody } from './documents/objects/held-body.ts';
import {
  type CustomerKey,
  decryptBytes,
  type Encryption,
  type EncryptionRequest,
  encodeEncryption,
  requireCustomerKey,
  type StoredEncryption,
} from './encryption/index.ts';
import { encodeAttributes, type ObjectAttributes, type ObjectInfo, STANDARD, toObjectInfo } from './object-info.ts';
import { type Content, contentChunks, type Segment, SegmentReader } from './object-reader.ts';
import { rangeChecksum, type SummedPart } from './range-checksum.ts';
import { hiddenETag, type Receiver } from './receive.ts';
import type { StorageClasses } from './storage-classes.ts';
import { hidesMd5, type PropertyResolver, type RequestedProperties } from './version-properties.ts';

/** A version of a key; without an id, the current one. */
export interface ObjectName {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** What is known of a file only once its bytes have been read: a form may name it behind them. */
export interface Described {
  readonly key: string;
  readonly condition?: WriteCondition | undefined;
  readonly attributes: ObjectAttributes;
}

export interface PutDescribed {
  readonly bucket: BucketRow;
  readonly accountId: string;
  readonly body: Body;
  readonly expected: ExpectedDigests;
  readonly properties?: RequestedProperties | undefined;
  /** Called once, when all bytes have come. What it throws is thrown, and nothing is stored. */
  readonly describe: () => Promise<Described>;
}

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
  readonly properties?: RequestedProperties | undefined;
}

export interface PutResult extends CommittedObject {
  /** Of an upload: whether the key named something before. */
  readonly hasReplaced?: boolean;
  readonly encryption?: StoredEncryption | undefined;
  readonly checksum?: Checksum | undefined;
  readonly sizeBytes: number;
}

/** Which bytes of an object, left out all; and the key that its customer encrypted it with. */
export interface WantedBytes {
  readonly range?: ByteRange | undefined;
  readonly customerKey?: CustomerKey | undefined;
}

/** An object that was found: what it is, and a way to its bytes as they were at that moment. */
export interface FoundObject {
  readonly info: ObjectInfo;
  /** @throws Failure for a customer's key that is missing, wrong or not applicable; what the key ring throws */
  read(wanted?: WantedBytes): Promise<Content>;
  /** The bytes of one part, by its number; undefined when there is no such part. */
  partRange(partNumber: number): ByteRange | undefined;
  /** Of exactly these bytes; undefined where none is known. */
  rangeChecksum(range: ByteRange): Checksum | undefined;
}

/** The version that is to be copied, as it was when it was looked at, and the key that its customer encrypted it with. */
export interface CopySource {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly info: ObjectInfo;
  readonly customerKey?: CustomerKey | undefined;
}

export interface CopyObject extends ObjectTarget {
  readonly source: CopySource;
  /** Replace the source's. */
  readonly attributes?: ObjectAttributes | undefined;
  /** Compute this one where the source has another. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Without tags the source's are kept; nothing else of the source is. */
  readonly properties?: RequestedProperties | undefined;
}

export interface RenameObject {
  readonly bucket: BucketRow;
  /** The new one. */
  readonly key: string;
  readonly accountId: string;
  /** What the client may have meant, the likeliest first. */
  readonly sourceKeys: readonly string[];
  readonly sourcePreconditions: Preconditions;
  /** Of what is under the new key. */
  readonly preconditions: Preconditions;
  readonly clientToken?: ClientToken | undefined;
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

const NO_PROPERTIES: RequestedProperties = {};

export interface ObjectsOptions {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  readonly receiver: Receiver;
  readonly properties: PropertyResolver;
  readonly encryption: Encryption;
  readonly documents: DocumentObjects;
}

/** Objects: storing, finding, copying, deleting and listing them. */
export class Objects {
  readonly #metadata: Metadata;
  readonly #stores: StorageClasses;
  readonly #receiver: Receiver;
  readonly #properties: PropertyResolver;
  readonly #encryption: Encryption;
  readonly #documents: DocumentObjects;

  constructor({ metadata, stores, receiver, properties, encryption, documents }: ObjectsOptions) {
    this.#metadata = metadata;
    this.#stores = stores;
    this.#receiver = receiver;
    this.#properties = properties;
    this.#encryption = encryption;
    this.#documents = documents;
  }

  /** Stores a body under a key. Throws what `Receiver.receive` and `commitObject` throw, and `InvalidRequest`. */
  async put({ body, expected, attributes, properties = NO_PROPERTIES, ...target }: PutObject): Promise<PutResult> {
    const { version, cipher, encryption } = await this.#properties.resolve(target.bucket, properties);
    requireAdmitted({ ...target, version });
    const receive = { ...receiving(target.bucket, body, { isAnnounced: true }), expected, store: version.storageClass };
    return this.#receiver.receive({ ...receive, cipher }, async (received) => {
      const committed = await this.#commit(target.bucket, {
        ...writeTarget(target),
        ...version,
        payload: received.payload,
        sizeBytes: received.sizeBytes,
        etag: received.etag,
        attributes: encodeAttributes(attributes),
        checksum: received.checksum,
      });
      return { ...committed, checksum: received.checksum, sizeBytes: received.sizeBytes, encryption };
    });
  }

  /** Stores a body whose key is told behind it. Throws as `put`. */
  async putDescribed({ body, expected, properties = NO_PROPERTIES, describe, ...place }: PutDescribed) {
    const { version, cipher, encryption } = await this.#properties.resolve(place.bucket, properties);
    const receive = { ...receiving(place.bucket, body, { isAnnounced: false }), expected, store: version.storageClass };
    return this.#receiver.receive({ ...receive, cipher }, async (received) => {
      const { attributes, ...target } = await describe();
      requireAdmitted({ bucket: place.bucket, key: target.key, version });
      const committed = await this.#commit(place.bucket, {
        ...writeTarget({ ...place, ...target }),
        ...version,
        ...received,
        attributes: encodeAttributes(attributes),
      });
      return { ...committed, key: target.key, checksum: received.checksum, sizeBytes: received.sizeBytes, encryption };
    });
  }

  #commit(bucket: BucketRow, object: MutationInput<'commitObject'>): Promise<CommittedPayload> {
    if (bucket.is_database === 1) return this.#documents.commit(bucket, object);
    return this.#metadata.mutations.commitObject(object);
  }

  /** What HEAD tells; undefined when there is no such object, or a delete marker. */
  async stat({ bucket, key, versionId }: ObjectName): Promise<ObjectInfo | undefined> {
    const { queries } = this.#metadata;
    const row =
      versionId === undefined
        ? await queries.findObject(bucket.id, key)
        : await queries.findVersion({ bucketId: bucket.id, key, versionId });
    return row === undefined || row.is_delete_marker === 1 ? undefined : toObjectInfo(row);
  }

  /** Undefined when there is no such object, or a delete marker. */
  async find(name: ObjectName): Promise<FoundObject | undefined> {
    for (let attempt = 0; attempt < LOOKUP_ATTEMPTS; attempt += 1) {
      const row = await this.#findContent(name);
      if (row === undefined || row.is_delete_marker === 1) return undefined;
      if (row.part_set === null) return this.#found(row, undefined);
      const parts = await this.#metadata.queries.listPartBlobs(row.part_set);
      // Fewer parts than the row says: it was replaced between the two looks. Look again.
      if (parts.length === row.part_count) return this.#found(row, parts);
    }
    throw new Error(`The parts of an object in bucket ${name.bucket.name} disagree with its row.`);
  }

  #findContent({ bucket, key, versionId }: ObjectName) {
    const { queries } = this.#metadata;
    if (versionId === undefined) return queries.findObjectContent(bucket.id, key);
    return queries.findVersionContent({ bucketId: bucket.id, key, versionId });
  }

  /** The parts of a multipart object after a number, at most `limit`. */
  async listParts(input: { setId: string; afterPartNumber: number; limit: number }): Promise<PartRow[]> {
    return this.#metadata.queries.listParts(input);
  }

  /**
   * Copies: without moving bytes where the copy can share them. Throws `NoSuchKey` with detail `changed` when the source
   * is not the one that was looked at any more, and what `commitObject` throws.
   */
  async copy(copy: CopyObject): Promise<PutResult> {
    const { source, attributes, checksumAlgorithm, properties = NO_PROPERTIES, ...target } = copy;
    const resolved = await this.#properties.resolvePlain(target.bucket, properties);
    const request = await this.#properties.encryptionOf(target.bucket, properties);
    // A document is read, and its bytes are its own.
    if (target.bucket.is_database === 1) return this.#copyBytes(copy);
    if (!this.#sharesBytes(source, { request, store: resolved.storageClass })) return this.#copyBytes(copy);
    const encryption = await this.#rewrap(source, request);
    const etag = await this.#copiedETag(source, encryption);
    const checksum = await this.#copiedChecksum(source, checksumAlgorithm);
    const committed = await this.#metadata.mutations.copyObject({
      ...writeTarget(target),
      ...resolved,
      encryption: encryption && encodeEncryption(encryption),
      tags: properties.tags === undefined ? undefined : (resolved.tags ?? null),
      source: { bucketId: source.bucket.id, key: source.key, seq: source.info.seq },
      attributes: attributes === undefined ? undefined : encodeAttributes(attributes),
      etag,
      checksum,
      newPartSet: newId(),
    });
    const { info } = source;
    return { ...committed, checksum: checksum ?? info.checksum, sizeBytes: info.sizeBytes, encryption };
  }

  /** Whatever the key: bytes that are encrypted stay as they are, and their data key is sealed anew. */
  #sharesBytes(
    { info }: CopySource,
    { request, store }: { request: EncryptionRequest | undefined; store: string | undefined },
  ): boolean {
    return (store ?? STANDARD) === info.storageClass && (request === undefined) === (info.encryption === undefined);
  }

  async #rewrap({ info, customerKey }: CopySource, request: EncryptionRequest | undefined) {
    const { encryption: stored } = info;
    requireCustomerKey(stored, customerKey);
    if (stored === undefined || request === undefined) return undefined;
    return this.#encryption.rewrap({ stored, customerKey, request });
  }

  /** Of the copy where it is not the source's: one encryption shows the MD5 of the bytes, and another hides it. */
  async #copiedETag(source: CopySource, encryption: StoredEncryption | undefined): Promise<string | undefined> {
    const { info, customerKey } = source;
    // That of parts is no MD5 of the bytes anyway.
    if (info.encryption === undefined || encryption === undefined || info.partSet !== undefined) return undefined;
    if (hidesMd5(info.encryption) === hidesMd5(encryption)) return undefined;
    if (!hidesMd5(encryption)) return (await this.#digest(source, 'MD5')).toString('hex');
    return hiddenETag(Buffer.from(info.etag, 'hex'), await this.#encryption.open(info.encryption, customerKey));
  }

  /** The copy is stored like an upload of the source's bytes. */
  async #copyBytes({ source, checksumAlgorithm, ...copy }: CopyObject): Promise<PutResult> {
    const { info } = source;
    const algorithm = checksumAlgorithm ?? info.checksum?.algorithm;
    return this.put({
      ...copy,
      attributes: copy.attributes ?? info.attributes,
      properties: { ...copy.properties, tags: copy.properties?.tags ?? info.tags },
      body: copiedBody(await (await this.#findAgain(source)).read({ customerKey: source.customerKey })),
      expected: algorithm === undefined ? {} : { checksum: { algorithm, expected: () => undefined } },
    });
  }

  /**
   * Deletes the current version, or hides it behind a delete marker. Deleting what is not there succeeds. Throws what
   * `commitObject` throws.
   */
  delete(target: ObjectTarget): Promise<{ readonly existed: boolean; readonly deleteMarkerId?: string | undefined }> {
    const { bucket } = target;
    if (bucket.is_database === 1) return this.#documents.delete(bucket, writeTarget(target));
    return this.#metadata.mutations.deleteObject(writeTarget(target));
  }

  /**
   * Gives the current version another key, at once and without moving bytes; what is under that key is overwritten.
   * @throws Failure `NoSuchKey`, `PreconditionFailed`, `InvalidRequest`, `AccessDenied`, `IdempotencyParameterMismatch`
   */
  rename({ bucket, ...rename }: RenameObject): Promise<RenamedObject> {
    const at = new Date().toISOString();
    const input = { bucketId: bucket.id, at, newPartSet: newId(), ...rename };
    if (bucket.is_database === 1) return this.#documents.rename(bucket, input);
    return this.#metadata.mutations.renameObject(input);
  }

  list({ bucket, ...range }: ListObjects): Promise<ListPage<ListedObject>> {
    return this.#metadata.queries.listObjects({ bucketId: bucket.id, ...range });
  }

  #found(row: ObjectContentRow, parts: readonly PartBlob[] | undefined): FoundObject {
    const info = toObjectInfo(row);
    return {
      info,
      read: async ({ range = { start: 0, end: info.sizeBytes - 1 }, customerKey } = {}) => {
        const dataKey = await this.#encryption.open(info.encryption, customerKey);
        return this.#content(row, { parts, range, dataKey });
      },
      partRange: (partNumber) => partRange({ sizeBytes: info.sizeBytes, parts, partNumber }),
      rangeChecksum: (range) => rangeChecksum(info, { parts, range }),
    };
  }

  #content(
    row: ObjectContentRow,
    {
      parts,
      range,
      dataKey,
    }: { parts: readonly PartBlob[] | undefined; range: ByteRange; dataKey: Buffer | undefined },
  ): Content {
    if (row.data !== null) {
      const bytes = dataKey === undefined ? row.data : decryptBytes(dataKey, row.data);
      // A reply that is shorter than it says would leave its client waiting.
      if (bytes.byteLength !== row.size_bytes) throw new Error(`An inline blob has ${bytes.byteLength} bytes.`);
      return { kind: 'bytes', bytes: bytes.subarray(range.start, range.end + 1) };
    }
    if (row.size_bytes === 0) return { kind: 'bytes', bytes: Buffer.alloc(0) };
    const segments =
      parts === undefined ? [segmentOf(row)] : parts.filter((part) => part.size_bytes > 0).map(segmentOf);
    const reader = new SegmentReader({ stores: this.#stores, segments, range, dataKey });
    return { kind: 'stream', sizeBytes: range.end - range.start + 1, reader };
  }

  /** A copy keeps its source's checksum; another algorithm means reading the bytes. */
  async #copiedChecksum(source: CopySource, algorithm: ChecksumAlgorithm | undefined): Promise<Checksum | undefined> {
    if (algorithm === undefined || source.info.checksum?.algorithm === algorithm) return undefined;
    const value = await this.#digest(source, algorithm);
    return { algorithm, type: 'FULL_OBJECT', value: value.toString('base64') };
  }

  async #digest(source: CopySource, algorithm: ChecksumAlgorithm): Promise<Buffer> {
    const found = await this.#findAgain(source);
    const state = createChecksum(algorithm);
    const content = await found.read({ customerKey: source.customerKey });
    for await (const bytes of contentChunks(content)) state.update(bytes);
    return state.digest();
  }

  async #findAgain({ bucket, key, info }: CopySource): Promise<FoundObject> {
    const found = await this.find({ bucket, key, versionId: info.versionId });
    if (found?.info.seq === info.seq) return found;
    throw new Failure('NoSuchKey', 'The source changed.', { changed: 'true' });
  }
}

interface PartBlob extends SummedPart {
  readonly store: string | null;
  readonly part_number: number;
  readonly location: string | null;
}

function writeTarget({ bucket, key, accountId, condition }: ObjectTarget) {
  return { bucketId: bucket.id, key, accountId, condition, at: new Date().toISOString() };
}

/** How a body is taken in, by the kind of its bucket. */
function receiving(
  { is_drive: isDrive, is_database: isDatabase }: BucketRow,
  body: Body,
  { isAnnounced }: { isAnnounced: boolean },
) {
  const isDocument = isDatabase === 1;
  return {
    body: isDocument ? heldBody(body, { isAnnounced }) : body,
    inline: true,
    isForDrive: isDrive === 1,
    isDocument,
  };
}

function segmentOf(row: Pick<PartBlob, 'location' | 'store' | 'size_bytes'>): Segment {
  const { location, store, size_bytes: sizeBytes } = row;
  if (location === null) throw new Error('A row with bytes refers to no blob.');
  return { location, store, sizeBytes };
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
