import {
  type BucketRow,
  type CommittedObject,
  Failure,
  type ListedUpload,
  type ListPage,
  type ListPosition,
  type Metadata,
  type MutationInput,
  type PartRow,
  type UploadRow,
  type WriteCondition,
} from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import type { Body } from './body.ts';
import type { Checksum } from './checksums.ts';
import { assembleParts, type ListedPart, type ObjectClaim, type UploadChecksum } from './complete-parts.ts';
import type { ExpectedDigests } from './digests.ts';
import { requireAdmitted } from './documents/objects/admission.ts';
import type { DocumentObjects } from './documents/objects/document-objects.ts';
import {
  type CustomerKey,
  decodeEncryption,
  type Encryption,
  type EncryptionRequest,
  requireKeyOfUpload,
  type StoredEncryption,
} from './encryption/index.ts';
import { encodeAttributes, isChecksumAlgorithm, type ObjectAttributes, toObjectInfo } from './object-info.ts';
import { asksForLock } from './object-lock.ts';
import type { Receiver } from './receive.ts';
import { partChecksum, resolveChecksumType } from './upload-checksum.ts';
import { cipherOf, type PropertyResolver, type RequestedProperties } from './version-properties.ts';

/** "Amazon S3 multipart upload limits". */
export const MAX_PARTS = 10_000;

/** An upload under way. */
export interface Upload extends UploadChecksum {
  readonly id: string;
  readonly key: string;
  readonly bucketId: number;
  /** The account that began it. */
  readonly initiatorId: string;
  readonly initiatedAt: string;
  /** As the database names it; left out: the default one. */
  readonly store?: string | undefined;
  readonly encryption?: StoredEncryption | undefined;
  /** Whether it was begun with a retention or a legal hold of its own. */
  readonly hasLock: boolean;
}

/** Without a checksum type the algorithm's own is taken. */
export interface CreateUpload extends UploadChecksum {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly accountId: string;
  readonly attributes: ObjectAttributes;
  readonly properties?: RequestedProperties | undefined;
}

export interface UploadPart {
  readonly bucket: BucketRow;
  readonly upload: Upload;
  readonly partNumber: number;
  readonly body: Body;
  readonly expected: ExpectedDigests;
  readonly customerKey?: CustomerKey | undefined;
}

export interface UploadedPart {
  readonly etag: string;
  readonly lastModified: string;
  readonly checksum?: Checksum | undefined;
}

export interface CompleteUpload extends ObjectClaim {
  readonly bucket: BucketRow;
  readonly key: string;
  readonly uploadId: string;
  readonly accountId: string;
  readonly parts: readonly ListedPart[];
  readonly customerKey?: CustomerKey | undefined;
  /** What the client repeats of the upload's encryption. */
  readonly encryption?: EncryptionRequest | undefined;
  readonly condition?: WriteCondition | undefined;
  /** Of the bytes of all parts, by who has read them. */
  readonly checksum?: Checksum | undefined;
  /** In the place of what the upload was begun with. */
  readonly attributes?: ObjectAttributes | undefined;
}

export interface CompletedObject extends Omit<CommittedObject, 'seq'> {
  readonly encryption?: StoredEncryption | undefined;
  readonly checksum?: Checksum | undefined;
}

export interface ListParts {
  readonly upload: Upload;
  readonly customerKey?: CustomerKey | undefined;
  readonly afterPartNumber: number;
  readonly limit: number;
}

export interface ListUploads {
  readonly bucket: BucketRow;
  readonly prefix: string;
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  readonly afterUploadId?: string | undefined;
  readonly limit: number;
}

export interface MultipartOptions {
  readonly metadata: Metadata;
  readonly receiver: Receiver;
  readonly properties: PropertyResolver;
  readonly encryption: Encryption;
  readonly documents: DocumentObjects;
}

/** Uploads in parts. Each part is a blob of its own; completing makes a row that points at them. */
export class Multipart {
  readonly #metadata: Metadata;
  readonly #receiver: Receiver;
  readonly #properties: PropertyResolver;
  readonly #encryption: Encryption;
  readonly #documents: DocumentObjects;

  constructor({ metadata, receiver, properties, encryption, documents }: MultipartOptions) {
    this.#metadata = metadata;
    this.#receiver = receiver;
    this.#properties = properties;
    this.#encryption = encryption;
    this.#documents = documents;
  }

  /** @throws Failure `InvalidRequest` for a checksum type that the algorithm does not have; `NoSuchBucket` */
  async create({ bucket, key, accountId, attributes, properties = {}, ...checksum }: CreateUpload): Promise<Upload> {
    const checksumType = resolveChecksumType(checksum);
    const { version, encryption } = await this.#properties.resolve(bucket, properties);
    requireAdmitted({ bucket, key, version });
    const uploadId = newId();
    const at = new Date().toISOString();
    const { checksumAlgorithm } = checksum;
    await this.#metadata.mutations.createUpload({
      ...version,
      uploadId,
      bucketId: bucket.id,
      key,
      accountId,
      at,
      attributes: encodeAttributes(attributes),
      checksumAlgorithm,
      checksumType,
    });
    return {
      id: uploadId,
      key,
      bucketId: bucket.id,
      initiatorId: accountId,
      initiatedAt: at,
      checksumAlgorithm,
      checksumType,
      store: version.storageClass,
      encryption,
      hasLock: asksForLock(properties),
    };
  }

  /** @throws Failure `NoSuchUpload` when there is none of that id for that key */
  async find({ bucket, key, uploadId }: { bucket: BucketRow; key: string; uploadId: string }): Promise<Upload> {
    const row = await this.#metadata.queries.findUpload(uploadId);
    if (row === undefined || row.bucket_id !== bucket.id || row.key !== key) throw noSuchUpload(uploadId);
    return toUpload(row);
  }

  /**
   * Stores a part under its number, in place of one that was there. Throws what `Receiver.receive` throws, `NoSuchUpload`.
   * @throws Failure `InvalidRequest` without the customer's key of the upload; `AccessDenied` where such are blocked by now
   */
  async uploadPart({ bucket, upload, partNumber, body, expected, customerKey }: UploadPart): Promise<UploadedPart> {
    const wanted = { ...expected, checksum: partChecksum(upload, expected) };
    const { encryption, store } = upload;
    await this.#properties.requireUnblocked(bucket, encryption);
    const dataKey = await this.#encryption.openForPart(encryption, customerKey);
    const cipher = encryption && dataKey && cipherOf(encryption, dataKey);
    const isForDrive = bucket.is_drive === 1;
    const receive = { body, expected: wanted, inline: false, isForDrive, store, cipher };
    return this.#receiver.receive(receive, async (received) => {
      const at = new Date().toISOString();
      const { checksum } = received;
      const { isDuplicate } = await this.#metadata.mutations.commitPart({
        uploadId: upload.id,
        partNumber,
        at,
        payload: received.payload,
        sizeBytes: received.sizeBytes,
        etag: received.etag,
        checksumValue: checksum?.algorithm === upload.checksumAlgorithm ? checksum?.value : undefined,
      });
      return { etag: received.etag, lastModified: at, checksum, isDuplicate };
    });
  }

  /**
   * Makes the listed parts the object. A second call after, or beside, one that succeeded gives the same answer.
   * @throws Failure `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `BadDigest`, `InvalidRequest`,
   * `PreconditionFailed`, `NoSuchKey`; as {@link uploadPart} about the customer's key
   */
  async complete(input: CompleteUpload): Promise<CompletedObject> {
    try {
      return await this.#assemble(input);
    } catch (error) {
      if (error instanceof Failure && error.code === 'NoSuchUpload') return this.#alreadyCompleted(input);
      throw error;
    }
  }

  async #assemble(input: CompleteUpload): Promise<CompletedObject> {
    const { bucket, key, uploadId } = input;
    const upload = await this.find(input);
    requireKeyOfChecksums(upload, input.customerKey);
    if (input.encryption !== undefined) await this.#encryption.requireSame(upload.encryption, input.encryption);
    await this.#properties.requireUnblocked(bucket, upload.encryption);
    const stored = await this.#metadata.queries.listParts({ setId: uploadId, afterPartNumber: 0, limit: MAX_PARTS });
    const assembled = assembleParts({ upload, stored, listed: input.parts, claim: input });
    const { checksum = assembled.checksum } = input;
    const committed = await this.#complete(bucket, {
      bucketId: bucket.id,
      key,
      accountId: input.accountId,
      at: new Date().toISOString(),
      condition: input.condition,
      defaultRetention: await this.#properties.defaultRetention(bucket),
      uploadId,
      ...assembled,
      checksum,
      attributes: input.attributes && encodeAttributes(input.attributes),
    });
    return { ...committed, checksum, encryption: upload.encryption };
  }

  #complete(bucket: BucketRow, upload: MutationInput<'completeUpload'>): Promise<CommittedObject> {
    if (bucket.is_database === 1) return this.#documents.complete(bucket, upload);
    return this.#metadata.mutations.completeUpload(upload);
  }

  /** @throws Failure `NoSuchUpload` */
  async abort(upload: Upload): Promise<void> {
    await this.#metadata.mutations.abortUpload({ uploadId: upload.id, nowMs: Date.now() });
  }

  /** Parts after a number, at most `limit`. @throws Failure `InvalidRequest` without the customer's key of the upload */
  async listParts({ upload, customerKey, ...page }: ListParts): Promise<PartRow[]> {
    requireKeyOfChecksums(upload, customerKey);
    return this.#metadata.queries.listParts({ setId: upload.id, ...page });
  }

  /** Uploads under way, by key and then by time. */
  list({ bucket, ...range }: ListUploads): Promise<ListPage<ListedUpload>> {
    return this.#metadata.queries.listUploads({ bucketId: bucket.id, ...range });
  }

  /** The client did not see the reply to its first call, and asks again: its version says whether that call won. */
  async #alreadyCompleted({ bucket, key, uploadId }: CompleteUpload): Promise<CompletedObject> {
    const row = await this.#metadata.queries.findCompletedVersion({ bucketId: bucket.id, key, uploadId });
    if (row === undefined) throw noSuchUpload(uploadId);
    const { versionId, etag, lastModified, checksum, encryption } = toObjectInfo(row);
    return { versionId, etag, lastModified, checksum, encryption };
  }
}

/**
 * "This parameter is needed only when the object was created using a checksum algorithm" (CompleteMultipartUpload,
 * ListParts). @throws Failure `InvalidRequest`
 */
function requireKeyOfChecksums({ encryption, checksumAlgorithm }: Upload, customerKey: CustomerKey | undefined): void {
  if (customerKey === undefined && checksumAlgorithm === undefined) return;
  requireKeyOfUpload(encryption, customerKey);
}

function noSuchUpload(uploadId: string): Failure {
  return new Failure('NoSuchUpload', undefined, { UploadId: uploadId });
}

function toUpload(row: UploadRow): Upload {
  const algorithm = row.checksum_algorithm;
  return {
    id: row.upload_id,
    key: row.key,
    bucketId: row.bucket_id,
    initiatorId: row.account_id,
    initiatedAt: row.initiated_at,
    checksumAlgorithm: algorithm !== null && isChecksumAlgorithm(algorithm) ? algorithm : undefined,
    checksumType: row.checksum_type ?? undefined,
    store: row.storage_class ?? undefined,
    encryption: decodeEncryption(row.encryption),
    hasLock: row.retention_mode !== null || row.legal_hold !== null,
  };
}
