import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { insertBlob, type Payload, releaseBlob, releasePartSet, retainBlob } from './blobs.ts';
import { appendEvent, type EventType } from './events.ts';
import { addUsage } from './usage.ts';

/** What must hold of the key's current version, decided inside the transaction: of N racing writers exactly one wins. */
export type WriteCondition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'match'; readonly etag: string };

/** The digest that S3 calls a checksum, as it is stored beside an object. */
export interface StoredChecksum {
  readonly algorithm: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  readonly value: string;
}

/** A bucket's key and who writes there, when (ISO time). */
export interface WriteTarget {
  readonly bucketId: number;
  readonly key: string;
  readonly accountId: string;
  readonly at: string;
  readonly condition?: WriteCondition | undefined;
}

export interface CommitObject extends WriteTarget {
  readonly payload: Payload;
  readonly sizeBytes: number;
  readonly etag: string;
  /** JSON. */
  readonly attributes: string;
  readonly checksum?: StoredChecksum | undefined;
}

export interface CommittedObject {
  readonly seq: number;
  readonly versionId: string;
  readonly etag: string;
  readonly lastModified: string;
}

interface CurrentRow {
  readonly etag: string;
  readonly size_bytes: number;
  readonly version_id: string;
  readonly blob_id: number | null;
  readonly part_set: string | null;
}

interface BucketRow {
  readonly name: string;
  readonly account_id: string;
}

/** A version about to become current: its contents and what they are made of. */
interface NewVersion {
  readonly type: EventType;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly attributes: string;
  readonly checksum?: StoredChecksum | undefined;
  readonly blobId: number | null;
  readonly partSet: string | null;
  readonly partCount: number | null;
}

const NULL_VERSION = 'null';

/**
 * Makes a payload the current version of a key. The row, the blob, the usage and the event are one transaction.
 * Throws `NoSuchBucket`; `PreconditionFailed` or `NoSuchKey` when the condition does not hold.
 */
export async function commitObject(tx: Tx, input: CommitObject): Promise<CommittedObject> {
  const place = await openPlace(tx, input);
  const blobId = await insertBlob(tx, input.payload);
  return putVersion(tx, place, {
    type: 'object.created',
    sizeBytes: input.sizeBytes,
    etag: input.etag,
    attributes: input.attributes,
    checksum: input.checksum,
    blobId,
    partSet: null,
    partCount: null,
  });
}

export interface CopyObject extends WriteTarget {
  readonly source: { readonly bucketId: number; readonly key: string; readonly seq: number };
  /** JSON; without it the source's are kept. */
  readonly attributes?: string | undefined;
  /** Replaces the source's checksum where the client asked for another algorithm. */
  readonly checksum?: StoredChecksum | undefined;
  /** The id of the copy's own part set, used when the source has parts. */
  readonly newPartSet: string;
}

interface SourceRow extends CurrentRow {
  readonly attributes: string;
  readonly part_count: number | null;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
}

/**
 * Copies an object by sharing its blobs; no bytes move. Throws as {@link commitObject} does, and `NoSuchKey` with
 * detail `changed` when the source is no longer the version `seq` that the caller looked at.
 */
export async function copyObject(tx: Tx, input: CopyObject): Promise<CommittedObject> {
  const source = await tx.get<SourceRow>(
    `SELECT etag, size_bytes, version_id, blob_id, part_set, part_count, attributes,
            checksum_algorithm, checksum_type, checksum_value
     FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?`,
    input.source.bucketId,
    input.source.key,
    input.source.seq,
  );
  if (source === undefined) throw new Failure('NoSuchKey', 'The source changed.', { changed: 'true' });
  const place = await openPlace(tx, input);

  // Retain before the destination releases what it had: a copy onto itself must not drop the last reference.
  if (source.blob_id !== null) await retainBlob(tx, source.blob_id);
  if (source.part_set !== null) {
    await sharePartSet(tx, {
      from: source.part_set,
      to: input.newPartSet,
      keepChecksums: input.checksum === undefined,
    });
  }
  return putVersion(tx, place, {
    type: 'object.copied',
    sizeBytes: source.size_bytes,
    etag: source.etag,
    attributes: input.attributes ?? source.attributes,
    checksum: input.checksum ?? storedChecksum(source),
    blobId: source.blob_id,
    partSet: source.part_set === null ? null : input.newPartSet,
    partCount: source.part_count,
  });
}

/** The parts' checksums are of the source's algorithm: beside another one they would be taken for that. */
async function sharePartSet(
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

/** Deletes the current version; deleting what is not there succeeds. Throws as {@link commitObject} does. */
export async function deleteObject(tx: Tx, input: WriteTarget): Promise<{ existed: boolean }> {
  const place = await openPlace(tx, input);
  const { current } = place;
  if (current === undefined) return { existed: false };
  await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', input.bucketId, input.key);
  await releaseContents(tx, current, Date.parse(input.at));
  await addUsage(tx, { accountId: place.bucket.account_id, objectCount: -1, logicalBytes: -current.size_bytes });
  await appendEvent(tx, {
    at: input.at,
    type: 'object.deleted',
    accountId: input.accountId,
    bucket: place.bucket.name,
    key: input.key,
    versionId: current.version_id,
    sizeBytes: current.size_bytes,
    etag: current.etag,
  });
  return { existed: true };
}

/** A key whose bucket exists and whose condition holds; only {@link openPlace} makes one. */
export interface Place {
  readonly target: WriteTarget;
  readonly bucket: BucketRow;
  readonly current: CurrentRow | undefined;
}

/** First step of every write: the bucket is still there, and the condition holds of what is current now. */
export async function openPlace(tx: Tx, target: WriteTarget): Promise<Place> {
  const bucket = await tx.get<BucketRow>('SELECT name, account_id FROM buckets WHERE id = ?', target.bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const current = await tx.get<CurrentRow>(
    'SELECT etag, size_bytes, version_id, blob_id, part_set FROM objects WHERE bucket_id = ? AND key = ?',
    target.bucketId,
    target.key,
  );
  if (target.condition !== undefined) checkCondition(target.condition, current);
  return { target, bucket, current };
}

function checkCondition(condition: WriteCondition, current: CurrentRow | undefined): void {
  if (condition.kind === 'absent') {
    if (current !== undefined) throw new Failure('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
    return;
  }
  if (current === undefined) throw new Failure('NoSuchKey');
  if (condition.kind === 'match' && condition.etag !== current.etag) {
    throw new Failure('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
}

/** Last step of every write: the new version replaces the current one, is charged to the bucket's owner and logged. */
export async function putVersion(tx: Tx, place: Place, version: NewVersion): Promise<CommittedObject> {
  const { target, bucket, current } = place;
  const seq = await appendEvent(tx, {
    at: target.at,
    type: version.type,
    accountId: target.accountId,
    bucket: bucket.name,
    key: target.key,
    versionId: NULL_VERSION,
    sizeBytes: version.sizeBytes,
    etag: version.etag,
  });
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, blob_id, part_set,
       part_count, attributes, checksum_algorithm, checksum_type, checksum_value)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (bucket_id, key) DO UPDATE SET seq = excluded.seq, version_id = excluded.version_id,
       size_bytes = excluded.size_bytes, etag = excluded.etag, last_modified = excluded.last_modified,
       account_id = excluded.account_id, blob_id = excluded.blob_id, part_set = excluded.part_set,
       part_count = excluded.part_count, attributes = excluded.attributes,
       checksum_algorithm = excluded.checksum_algorithm, checksum_type = excluded.checksum_type,
       checksum_value = excluded.checksum_value`,
    target.bucketId,
    target.key,
    seq,
    NULL_VERSION,
    version.sizeBytes,
    version.etag,
    target.at,
    bucket.account_id,
    version.blobId,
    version.partSet,
    version.partCount,
    version.attributes,
    version.checksum?.algorithm ?? null,
    version.checksum?.type ?? null,
    version.checksum?.value ?? null,
  );
  if (current !== undefined) await releaseContents(tx, current, Date.parse(target.at));
  await addUsage(tx, {
    accountId: bucket.account_id,
    objectCount: current === undefined ? 1 : 0,
    logicalBytes: version.sizeBytes - (current?.size_bytes ?? 0),
  });
  return { seq, versionId: NULL_VERSION, etag: version.etag, lastModified: target.at };
}

async function releaseContents(tx: Tx, row: CurrentRow, nowMs: number): Promise<void> {
  if (row.blob_id !== null) await releaseBlob(tx, row.blob_id, nowMs);
  if (row.part_set !== null) await releasePartSet(tx, row.part_set, nowMs);
}
