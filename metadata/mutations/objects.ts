import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { insertBlob, type Payload, retainBlob } from './blobs.ts';
import { forgetPath } from './drive-paths.ts';
import { appendEvent } from './events.ts';
import {
  type CommittedObject,
  chargePlace,
  forget,
  openPlace,
  putDeleteMarker,
  putVersion,
  type StoredChecksum,
  type VersionProperties,
  type WriteTarget,
} from './versions.ts';

export interface CommitObject extends WriteTarget, VersionProperties {
  readonly payload: Payload;
  readonly sizeBytes: number;
  readonly etag: string;
  /** JSON. */
  readonly attributes: string;
  readonly checksum?: StoredChecksum | undefined;
}

/** A version whose payload was committed with it. */
export interface CommittedPayload extends CommittedObject {
  /** Whether the key named something before. */
  readonly hasReplaced: boolean;
  /** Another blob has the same bytes: what was staged is nobody's. */
  readonly isDuplicate?: boolean;
}

/**
 * Makes a payload the current version of a key. The row, the blob, the usage and the event are one transaction.
 * Throws `NoSuchBucket`; `PreconditionFailed` or `NoSuchKey` when the condition does not hold; `QuotaExceeded`.
 */
export async function commitObject(tx: Tx, input: CommitObject): Promise<CommittedPayload> {
  const place = await chargePlace(tx, await openPlace(tx, input), input.sizeBytes);
  const { id: blobId, isDuplicate } = await insertBlob(tx, input.payload);
  const version = await putVersion(tx, place, {
    properties: input,
    type: 'object.created',
    sizeBytes: input.sizeBytes,
    etag: input.etag,
    attributes: input.attributes,
    checksum: input.checksum,
    blobId,
    partSet: null,
    partCount: null,
  });
  const committed = { ...version, hasReplaced: place.current !== undefined };
  return isDuplicate ? { ...committed, isDuplicate } : committed;
}

export interface CopyObject extends WriteTarget, Omit<VersionProperties, 'tags'> {
  readonly source: { readonly bucketId: number; readonly key: string; readonly seq: number };
  /** JSON; without it the source's are kept. */
  readonly attributes?: string | undefined;
  /** JSON; left out, the source's are kept, and null is none. */
  readonly tags?: string | null | undefined;
  /** Replaces the source's where the copy's encryption asks for another one. */
  readonly etag?: string | undefined;
  /** Replaces the source's checksum where the client asked for another algorithm. */
  readonly checksum?: StoredChecksum | undefined;
  /** The id of the copy's own part set, used when the source has parts. */
  readonly newPartSet: string;
}

interface SourceRow {
  readonly etag: string;
  readonly size_bytes: number;
  readonly blob_id: number | null;
  readonly part_set: string | null;
  readonly part_count: number | null;
  readonly attributes: string;
  readonly tags: string | null;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
  readonly storage_class: string | null;
}

/**
 * Copies a version by sharing its blobs; no bytes move. Throws as {@link commitObject} does, and `NoSuchKey` with
 * detail `changed` when the source is no longer there as the version `seq` that the caller looked at, or not in the
 * storage class that the copy is to be in.
 */
export async function copyObject(tx: Tx, input: CopyObject): Promise<CommittedObject> {
  const source = await findSource(tx, input.source);
  if (source === undefined || source.storage_class !== (input.storageClass ?? null)) {
    throw new Failure('NoSuchKey', 'The source changed.', { changed: 'true' });
  }
  const place = await chargePlace(tx, await openPlace(tx, input), source.size_bytes);

  // Retain before the destination releases what it had: a copy onto itself must not drop the last reference.
  if (source.blob_id !== null) await retainBlob(tx, source.blob_id);
  if (source.part_set !== null) {
    await sharePartSet(tx, {
      from: source.part_set,
      to: input.newPartSet,
      keepChecksums: input.checksum === undefined,
    });
  }
  const tags = (input.tags === undefined ? source.tags : input.tags) ?? undefined;
  return putVersion(tx, place, {
    properties: { ...input, tags },
    type: 'object.copied',
    sizeBytes: source.size_bytes,
    etag: input.etag ?? source.etag,
    attributes: input.attributes ?? source.attributes,
    checksum: input.checksum ?? storedChecksum(source),
    blobId: source.blob_id,
    partSet: source.part_set === null ? null : input.newPartSet,
    partCount: source.part_count,
  });
}

const SOURCE_COLUMNS = `etag, size_bytes, blob_id, part_set, part_count, attributes, tags, checksum_algorithm,
  checksum_type, checksum_value, storage_class`;

async function findSource(tx: Tx, { bucketId, key, seq }: CopyObject['source']): Promise<SourceRow | undefined> {
  const current = await tx.get<SourceRow>(
    `SELECT ${SOURCE_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?`,
    bucketId,
    key,
    seq,
  );
  if (current !== undefined) return current;
  return tx.get<SourceRow>(
    `SELECT ${SOURCE_COLUMNS} FROM versions WHERE bucket_id = ? AND key = ? AND rank = ? AND is_delete_marker = 0`,
    bucketId,
    key,
    -seq,
  );
}

/** The parts' checksums are of the source's algorithm: beside another one they would be taken for that. */
export async function sharePartSet(
  tx: Tx,
  { from, to, keepChecksums }: { from: string; to: string; keepChecksums: boolean },
): Promise<void> {
  await tx.run(
    `INSERT INTO parts (set_id, part_number, blob_id, size_bytes, etag, checksum_value, last_modified)
     SELECT ?, part_number, blob_id, size_bytes, etag, ${keepChecksums ? 'checksum_value' : 'NULL'}, last_modified
     FROM parts WHERE set_id = ?`,
    to,
    from,
  );
  // One reference for each part: several parts may be the same blob.
  await tx.run(
    `UPDATE blobs SET refs = blobs.refs + p.count
     FROM (SELECT blob_id, count(*) AS count FROM parts WHERE set_id = ? GROUP BY blob_id) p WHERE blobs.id = p.blob_id`,
    to,
  );
}

function storedChecksum(row: SourceRow): StoredChecksum | undefined {
  const { checksum_algorithm: algorithm, checksum_type: type, checksum_value: value } = row;
  return algorithm === null || type === null || value === null ? undefined : { algorithm, type, value };
}

export interface DeleteObject extends WriteTarget {
  /** Delete nothing unless this is the current version, by its event. */
  readonly seq?: number | undefined;
}

export interface DeletedObject {
  /** Whether there was a current version. */
  readonly existed: boolean;
  /** The marker that hides the key from now on; none in a bucket without versions. */
  readonly deleteMarkerId?: string | undefined;
}

/**
 * Deletes the current version: for good in a bucket without versions, behind a delete marker otherwise. Deleting what is
 * not there succeeds, and makes a marker all the same. Throws as {@link commitObject} does.
 */
export async function deleteObject(tx: Tx, input: DeleteObject): Promise<DeletedObject> {
  const place = await openPlace(tx, input);
  const { current } = place;
  const existed = current !== undefined;
  if (input.seq !== undefined && input.seq !== current?.seq) return { existed: false };
  if (place.bucket.versioning !== null) return { existed, deleteMarkerId: await putDeleteMarker(tx, place) };
  if (current === undefined) return { existed };
  await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', input.bucketId, input.key);
  if (place.bucket.is_drive === 1) await forgetPath(tx, { bucketId: input.bucketId, path: input.key });
  await forget(tx, { ownerId: place.bucket.account_id, at: input.at, freed: [current] });
  await appendEvent(tx, {
    at: input.at,
    type: 'object.deleted',
    accountId: input.accountId,
    bucket: place.bucket.name,
    key: input.key,
    versionId: current.version_id,
    sizeBytes: current.size_bytes,
    etag: current.etag,
    documentChange: input.documentChange,
  });
  return { existed };
}
