import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { insertBlob, type Payload, releaseBlob, releasePartSet } from './blobs.ts';
import { fromFlag, type RetentionPeriod, toFlag } from './lock.ts';
import { addUsage } from './usage.ts';
import {
  type CommittedObject,
  chargePlace,
  openPlace,
  putVersion,
  type StoredChecksum,
  type StoredRetention,
  type VersionProperties,
  type WriteTarget,
} from './versions.ts';

/** The properties are those of the object that will be; its default retention is told when it comes to be. */
export interface CreateUpload extends Omit<VersionProperties, 'defaultRetention'> {
  /** Orders by time. */
  readonly uploadId: string;
  readonly bucketId: number;
  readonly key: string;
  readonly accountId: string;
  readonly at: string;
  /** JSON. */
  readonly attributes: string;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: StoredChecksum['type'] | undefined;
}

/** Opens a multipart upload. Throws `NoSuchBucket`. */
export async function createUpload(tx: Tx, input: CreateUpload): Promise<void> {
  const bucket = await tx.get('SELECT id FROM buckets WHERE id = ?', input.bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  await tx.run(
    `INSERT INTO uploads (upload_id, bucket_id, key, account_id, initiated_at, attributes, checksum_algorithm,
       checksum_type, tags, retention_mode, retain_until, legal_hold, encryption, storage_class, acl, owner_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    input.uploadId,
    input.bucketId,
    input.key,
    input.accountId,
    input.at,
    input.attributes,
    input.checksumAlgorithm ?? null,
    input.checksumType ?? null,
    input.tags ?? null,
    input.retention?.mode ?? null,
    input.retention?.until ?? null,
    toFlag(input.legalHold),
    input.encryption ?? null,
    input.storageClass ?? null,
    input.acl ?? null,
    input.ownerId ?? null,
  );
}

export interface CommitPart {
  readonly uploadId: string;
  readonly partNumber: number;
  readonly at: string;
  readonly payload: Payload;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksumValue?: string | undefined;
}

/**
 * Stores a part; one that was there under the same number is replaced. The bucket's owner is charged for it. Throws
 * `NoSuchUpload`, `QuotaExceeded`.
 */
export async function commitPart(tx: Tx, input: CommitPart): Promise<{ readonly isDuplicate: boolean }> {
  const ownerId = await findOwner(tx, input.uploadId);
  const previous = await tx.get<{ blob_id: number | null; size_bytes: number }>(
    'SELECT blob_id, size_bytes FROM parts WHERE set_id = ? AND part_number = ?',
    input.uploadId,
    input.partNumber,
  );
  const logicalBytes = input.sizeBytes - (previous?.size_bytes ?? 0);
  await addUsage(tx, { accountId: ownerId, objectCount: 0, logicalBytes });
  const { id: blobId, isDuplicate } = await insertBlob(tx, input.payload);
  await tx.run(
    `INSERT INTO parts (set_id, part_number, blob_id, size_bytes, etag, checksum_value, last_modified)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (set_id, part_number) DO UPDATE SET blob_id = excluded.blob_id, size_bytes = excluded.size_bytes,
       etag = excluded.etag, checksum_value = excluded.checksum_value, last_modified = excluded.last_modified`,
    input.uploadId,
    input.partNumber,
    blobId,
    input.sizeBytes,
    input.etag,
    input.checksumValue ?? null,
    input.at,
  );
  if (previous?.blob_id != null) await releaseBlob(tx, previous.blob_id, Date.parse(input.at));
  return { isDuplicate };
}

/** Who is charged for an upload: the owner of its bucket. Throws `NoSuchUpload`. */
async function findOwner(tx: Tx, uploadId: string): Promise<string> {
  const row = await tx.get<{ account_id: string }>(
    'SELECT b.account_id FROM uploads u JOIN buckets b ON b.id = u.bucket_id WHERE u.upload_id = ?',
    uploadId,
  );
  if (row === undefined) throw new Failure('NoSuchUpload');
  return row.account_id;
}

export interface CompleteUpload extends WriteTarget {
  readonly uploadId: string;
  /** The parts that the object is made of, ascending; each must still have the ETag that was checked. */
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum?: StoredChecksum | undefined;
  /** JSON, in the place of what the upload was begun with. */
  readonly attributes?: string | undefined;
  /** Of an object whose upload was not begun with a retention. */
  readonly defaultRetention?: RetentionPeriod | undefined;
}

/**
 * Makes the upload's parts the object's parts. No bytes and no part rows move; parts that were not listed are released.
 * Throws `NoSuchUpload`, `InvalidPart` when a part was replaced meanwhile, and as `commitObject` does.
 */
export async function completeUpload(tx: Tx, input: CompleteUpload): Promise<CommittedObject> {
  const upload = await findUploaded(tx, input.uploadId);
  const opened = await openPlace(tx, input);
  const { unlisted, paidBytes } = await sortParts(tx, input);
  const place = await chargePlace(tx, opened, input.sizeBytes - paidBytes);
  for (const part of unlisted) await removePart(tx, part, input);
  await tx.run('DELETE FROM uploads WHERE upload_id = ?', input.uploadId);
  return putVersion(tx, place, {
    properties: { ...uploadedProperties(upload), defaultRetention: input.defaultRetention },
    type: 'object.completed',
    sizeBytes: input.sizeBytes,
    etag: input.etag,
    attributes: input.attributes ?? upload.attributes,
    checksum: input.checksum,
    blobId: null,
    partSet: input.uploadId,
    partCount: input.parts.length,
  });
}

/** What an upload was begun with. Throws `NoSuchUpload`. */
export async function findUploaded(tx: Tx, uploadId: string): Promise<UploadedRow> {
  const upload = await tx.get<UploadedRow>(
    `SELECT attributes, tags, retention_mode, retain_until, legal_hold, encryption, storage_class, acl, owner_id
     FROM uploads WHERE upload_id = ?`,
    uploadId,
  );
  if (upload === undefined) throw new Failure('NoSuchUpload');
  return upload;
}

export interface UploadedRow {
  readonly attributes: string;
  readonly tags: string | null;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
  readonly encryption: string | null;
  readonly storage_class: string | null;
  readonly acl: string | null;
  readonly owner_id: string | null;
}

export function uploadedProperties(row: UploadedRow): VersionProperties {
  const { retention_mode: mode, retain_until: until } = row;
  return {
    tags: row.tags ?? undefined,
    retention: mode === null || until === null ? undefined : { mode, until },
    legalHold: fromFlag(row.legal_hold),
    encryption: row.encryption ?? undefined,
    storageClass: row.storage_class ?? undefined,
    acl: row.acl ?? undefined,
    ownerId: row.owner_id ?? undefined,
  };
}

type StoredPart = readonly [partNumber: number, etag: string, blobId: number | null, sizeBytes: number];

interface SortedParts {
  /** What the object is not made of. */
  readonly unlisted: readonly StoredPart[];
  /** What all of them were charged for. */
  readonly paidBytes: number;
}

/** Throws `InvalidPart` where one that the object is made of was replaced. */
export async function sortParts(tx: Tx, input: CompleteUpload): Promise<SortedParts> {
  const stored = await tx.rows<[number, string, number | null, number]>(
    'SELECT part_number, etag, blob_id, size_bytes FROM parts WHERE set_id = ?',
    input.uploadId,
  );
  const listed = new Map(input.parts.map((part) => [part.partNumber, part.etag]));
  let found = 0;
  for (const [partNumber, etag] of stored) if (listed.get(partNumber) === etag) found += 1;
  if (found !== listed.size) throw new Failure('InvalidPart');
  return {
    unlisted: stored.filter(([partNumber]) => !listed.has(partNumber)),
    paidBytes: stored.reduce((sum, [, , , sizeBytes]) => sum + sizeBytes, 0),
  };
}

async function removePart(tx: Tx, [partNumber, , blobId]: StoredPart, { uploadId, at }: CompleteUpload): Promise<void> {
  await tx.run('DELETE FROM parts WHERE set_id = ? AND part_number = ?', uploadId, partNumber);
  if (blobId !== null) await releaseBlob(tx, blobId, Date.parse(at));
}

/** Ends an upload and releases its parts, which nobody is charged for any more. Throws `NoSuchUpload`. */
export async function abortUpload(tx: Tx, input: { uploadId: string; nowMs: number }): Promise<void> {
  const accountId = await findOwner(tx, input.uploadId);
  await tx.run('DELETE FROM uploads WHERE upload_id = ?', input.uploadId);
  const logicalBytes = -(await releasePartSet(tx, input.uploadId, input.nowMs));
  await addUsage(tx, { accountId, objectCount: 0, logicalBytes });
}
