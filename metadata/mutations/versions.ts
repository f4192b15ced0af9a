import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { NULL_VERSION, newVersionId } from '../version-id.ts';
import { releaseBlob, releasePartSet } from './blobs.ts';
import { appendEvent, type EventType } from './events.ts';
import { type RetentionPeriod, requireUnlocked, retentionFrom, toFlag } from './lock.ts';
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

/** What a version is told beside its contents. */
export interface VersionProperties {
  /** JSON: pairs of key and value. */
  readonly tags?: string | undefined;
  readonly retention?: StoredRetention | undefined;
  /** In place of a retention, counted from the moment at which the version comes to be. */
  readonly defaultRetention?: RetentionPeriod | undefined;
  readonly legalHold?: boolean | undefined;
  /** JSON. */
  readonly encryption?: string | undefined;
  /** Left out: STANDARD. */
  readonly storageClass?: string | undefined;
}

/** Until when (ISO time) a version may not be deleted, and whether anybody may be allowed to all the same. */
export interface StoredRetention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: string;
}

/** A bucket's key and who writes there, when (ISO time). */
export interface WriteTarget {
  readonly bucketId: number;
  readonly key: string;
  readonly accountId: string;
  readonly at: string;
  readonly condition?: WriteCondition | undefined;
}

export interface CommittedObject {
  readonly seq: number;
  readonly versionId: string;
  readonly etag: string;
  readonly lastModified: string;
}

/** What has to be known of a version to let go of it. */
export interface HeldVersion {
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly blob_id: number | null;
  readonly part_set: string | null;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
}

/** The columns of {@link HeldVersion}. */
export const HELD_COLUMNS = 'version_id, size_bytes, etag, blob_id, part_set, retention_mode, retain_until, legal_hold';

interface CurrentRow extends HeldVersion {
  readonly seq: number;
}

interface BucketRow {
  readonly name: string;
  readonly account_id: string;
  readonly versioning: 'Enabled' | 'Suspended' | null;
}

/** A key whose bucket exists and whose condition holds; only {@link openPlace} makes one. */
export interface Place {
  readonly target: WriteTarget;
  readonly bucket: BucketRow;
  /** Undefined where there is nothing, or a delete marker. */
  readonly current: CurrentRow | undefined;
}

/** A version about to become current: its contents and what they are made of. */
export interface NewVersion {
  readonly properties: VersionProperties;
  readonly type: EventType;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly attributes: string;
  readonly checksum?: StoredChecksum | undefined;
  readonly blobId: number | null;
  readonly partSet: string | null;
  readonly partCount: number | null;
}

/** All that moves with a version from one table to the other. */
export const VERSION_COLUMNS = `version_id, size_bytes, etag, last_modified, account_id, blob_id, part_set, part_count,
  attributes, checksum_algorithm, checksum_type, checksum_value, tags, retention_mode, retain_until, legal_hold,
  encryption, storage_class`;

// Statements are looked up by their text: one that is put together each time is hashed each time.
const FIND_CURRENT = `SELECT seq, ${HELD_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ?`;
const REPLACE_ALL = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');
const PUT_CURRENT = `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (bucket_id, key) DO UPDATE SET seq = excluded.seq, ${REPLACE_ALL}`;
const ARCHIVE_CURRENT = `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, ${VERSION_COLUMNS})
  SELECT bucket_id, key, -seq, 0, ${VERSION_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ?`;

/** First step of every write: the bucket is still there, and the condition holds of what is current now. */
export async function openPlace(tx: Tx, target: WriteTarget): Promise<Place> {
  const bucket = await tx.get<BucketRow>(
    'SELECT name, account_id, versioning FROM buckets WHERE id = ?',
    target.bucketId,
  );
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const current = await tx.get<CurrentRow>(FIND_CURRENT, target.bucketId, target.key);
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

/**
 * Last step of every write: the new version becomes current, is charged to the bucket's owner and logged. What was
 * current before is kept as an older version, or replaced where the bucket keeps none.
 */
export async function putVersion(tx: Tx, place: Place, version: NewVersion): Promise<CommittedObject> {
  const { target, bucket } = place;
  const freed = await makeWay(tx, place);
  const { seq, versionId } = await logVersion(tx, place, version);
  await insertCurrent(tx, { place, version, seq, versionId });
  for (const row of freed) await releaseContents(tx, row, Date.parse(target.at));
  await addUsage(tx, {
    accountId: bucket.account_id,
    objectCount: 1 - freed.length,
    logicalBytes: version.sizeBytes - totalBytes(freed),
  });
  return { seq, versionId, etag: version.etag, lastModified: target.at };
}

/**
 * Hides the key behind a delete marker, which is its newest version from then on, and returns the marker's id. Without
 * versions there is nothing to hide: not for such buckets.
 */
export async function putDeleteMarker(tx: Tx, place: Place): Promise<string> {
  const { target, bucket, current } = place;
  const freed = await makeWay(tx, place);
  if (current !== undefined) {
    await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', target.bucketId, target.key);
  }
  const { seq, versionId } = await logVersion(tx, place, { type: 'object.marked-deleted' });
  await tx.run(
    `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, version_id, size_bytes, etag, last_modified,
       account_id, attributes) VALUES (?, ?, ?, 1, ?, 0, '', ?, ?, '{}')`,
    target.bucketId,
    target.key,
    -seq,
    versionId,
    target.at,
    bucket.account_id,
  );
  await forget(tx, { ownerId: bucket.account_id, at: target.at, freed });
  return versionId;
}

/** Versions that are gone, since when (ISO time), and who was charged for them. */
export interface FreedVersions {
  readonly ownerId: string;
  readonly at: string;
  readonly freed: readonly HeldVersion[];
}

/** Releases what versions were made of, and credits the bucket's owner. */
export async function forget(tx: Tx, { ownerId, at, freed }: FreedVersions): Promise<void> {
  if (freed.length === 0) return;
  for (const row of freed) await releaseContents(tx, row, Date.parse(at));
  await addUsage(tx, { accountId: ownerId, objectCount: -freed.length, logicalBytes: -totalBytes(freed) });
}

/**
 * Moves the current version among the older ones, or lets go of the version that the new one replaces: "the null version
 * is overwritten". Returns what was let go of, whose row in `objects`, if it is there, is for the caller to replace.
 */
export async function makeWay(tx: Tx, { target, bucket, current }: Place): Promise<readonly HeldVersion[]> {
  if (bucket.versioning === null) return current === undefined ? [] : [current];
  if (bucket.versioning === 'Suspended' && current?.version_id === NULL_VERSION) {
    requireUnlocked(current, { at: target.at });
    return [current];
  }
  if (current !== undefined) await archive(tx, target);
  return bucket.versioning === 'Enabled' ? [] : takeNullVersion(tx, target);
}

async function archive(tx: Tx, { bucketId, key }: WriteTarget): Promise<void> {
  await tx.run(ARCHIVE_CURRENT, bucketId, key);
}

/** Removes the null version from the older ones. A delete marker has nothing to let go of. */
async function takeNullVersion(tx: Tx, { bucketId, key, at }: WriteTarget): Promise<readonly HeldVersion[]> {
  const row = await tx.get<HeldVersion & { rank: number; is_delete_marker: number }>(
    `SELECT rank, is_delete_marker, ${HELD_COLUMNS} FROM versions
     WHERE bucket_id = ? AND key = ? AND version_id = 'null'`,
    bucketId,
    key,
  );
  if (row === undefined) return [];
  requireUnlocked(row, { at });
  await tx.run('DELETE FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?', bucketId, key, row.rank);
  return row.is_delete_marker === 1 ? [] : [row];
}

/** The event comes first: its number orders the versions, and names them where they have names. */
export async function logVersion(
  tx: Tx,
  { target, bucket }: Place,
  version: { readonly type: EventType; readonly sizeBytes?: number; readonly etag?: string },
): Promise<{ readonly seq: number; readonly versionId: string }> {
  const isNamed = bucket.versioning === 'Enabled';
  const seq = await appendEvent(tx, {
    at: target.at,
    type: version.type,
    accountId: target.accountId,
    bucket: bucket.name,
    key: target.key,
    versionId: isNamed ? undefined : NULL_VERSION,
    sizeBytes: version.sizeBytes,
    etag: version.etag,
  });
  if (!isNamed) return { seq, versionId: NULL_VERSION };
  const versionId = newVersionId(seq);
  await tx.run('UPDATE events SET version_id = ? WHERE seq = ?', versionId, seq);
  return { seq, versionId };
}

interface CurrentVersion {
  readonly place: Place;
  readonly version: NewVersion;
  readonly seq: number;
  readonly versionId: string;
}

async function insertCurrent(tx: Tx, { place, version, seq, versionId }: CurrentVersion): Promise<void> {
  const { target, bucket } = place;
  const { properties } = version;
  const retention = properties.retention ?? defaultRetention(properties, target);
  await tx.run(
    PUT_CURRENT,
    target.bucketId,
    target.key,
    seq,
    versionId,
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
    properties.tags ?? null,
    retention?.mode ?? null,
    retention?.until ?? null,
    toFlag(properties.legalHold),
    properties.encryption ?? null,
    properties.storageClass ?? null,
  );
}

function defaultRetention(
  { defaultRetention: period }: VersionProperties,
  { at }: WriteTarget,
): StoredRetention | undefined {
  return period === undefined ? undefined : retentionFrom(period, at);
}

/** Releases the blobs that a version is made of. */
async function releaseContents(tx: Tx, row: Pick<HeldVersion, 'blob_id' | 'part_set'>, nowMs: number): Promise<void> {
  if (row.blob_id !== null) await releaseBlob(tx, row.blob_id, nowMs);
  if (row.part_set !== null) await releasePartSet(tx, row.part_set, nowMs);
}

function totalBytes(rows: readonly HeldVersion[]): number {
  return rows.reduce((sum, row) => sum + row.size_bytes, 0);
}
