import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { NULL_VERSION, newVersionId } from '../version-id.ts';
import { type Versioning, versioningOf } from '../versioning.ts';
import { releaseBlob, releasePartSet } from './blobs.ts';
import { forgetPath } from './drive-paths.ts';
import { appendEvent, type DocumentChangeType, type EventType } from './events.ts';
import { type RetentionPeriod, requireUnlocked, retentionFrom, toFlag } from './lock.ts';
import { addUsage } from './usage.ts';

/** What must hold of the key's current version, decided inside the transaction: of N racing writers exactly one wins. */
export type WriteCondition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'differs'; readonly etag: string }
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
  /** JSON: grants; left out: its owner has full control, and nobody else anything. */
  readonly acl?: string | undefined;
  /** Left out: the bucket's owner. */
  readonly ownerId?: string | undefined;
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
  /** What it is to a document, where it is one's key. */
  readonly documentChange?: DocumentChangeType | undefined;
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
  /** Whether versions of this key are kept. */
  readonly versioning: Versioning;
  readonly is_drive: number;
}

/** A key whose bucket exists and whose condition holds; only {@link openPlace} makes one. */
export interface Place {
  readonly target: WriteTarget;
  readonly bucket: BucketRow;
  /** Undefined where there is nothing, or a delete marker. */
  readonly current: CurrentRow | undefined;
}

/** A place whose owner has been charged for what is to be there; only {@link chargePlace} makes one. */
export interface ChargedPlace extends Place {
  readonly way: Way;
}

/** What a write lets go of: "the null version is overwritten". */
export interface Way {
  readonly freed: readonly HeldVersion[];
  /** Of the null version among the older ones, which goes. */
  readonly nullRank?: number | undefined;
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
  encryption, storage_class, acl`;

// Statements are looked up by their text: one that is put together each time is hashed each time.
const FIND_CURRENT = `SELECT seq, ${HELD_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ?`;
const REPLACE_ALL = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');
const PUT_CURRENT = `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (bucket_id, key) DO UPDATE SET seq = excluded.seq, ${REPLACE_ALL}`;
const ARCHIVE_CURRENT = `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, ${VERSION_COLUMNS})
  SELECT bucket_id, key, -seq, 0, ${VERSION_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ?`;

/** First step of every write: the bucket is still there, and the condition holds of what is current now. */
export async function openPlace(tx: Tx, target: WriteTarget): Promise<Place> {
  const bucket = await findBucketOf(tx, target);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const current = await tx.get<CurrentRow>(FIND_CURRENT, target.bucketId, target.key);
  if (target.condition !== undefined) checkCondition(target.condition, current);
  return { target, bucket, current };
}

/** Of a drive's buckets only some keys have versions. */
async function findBucketOf(tx: Tx, { bucketId, key }: WriteTarget): Promise<BucketRow | undefined> {
  const bucket = await tx.get<BucketRow>(
    'SELECT name, account_id, versioning, is_drive FROM buckets WHERE id = ?',
    bucketId,
  );
  return bucket?.is_drive === 1 ? { ...bucket, versioning: versioningOf(bucket, key) } : bucket;
}

function checkCondition(condition: WriteCondition, current: CurrentRow | undefined): void {
  if (condition.kind === 'absent') {
    if (current !== undefined) throw new Failure('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
    return;
  }
  if (condition.kind === 'differs') {
    if (current?.etag === condition.etag)
      throw new Failure('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
    return;
  }
  if (current === undefined) throw new Failure('NoSuchKey');
  if (condition.kind === 'match' && condition.etag !== current.etag) {
    throw new Failure('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
}

/**
 * Second step of every write, and the first that writes: the bucket's owner is charged for so many bytes more, in the
 * place of what goes. Throws `QuotaExceeded`; `AccessDenied` where what would go is locked.
 */
export async function chargePlace(tx: Tx, place: Place, newBytes: number): Promise<ChargedPlace> {
  const { target, bucket, current } = place;
  const way = await findWay(tx, place);
  await addUsage(tx, {
    accountId: bucket.account_id,
    objectCount: 1 - way.freed.length,
    logicalBytes: newBytes - totalBytes(way.freed),
  });
  return { target, bucket, current, way };
}

/**
 * Last step of every write: the new version becomes current and is logged. What was current before is kept as an older
 * version, or replaced where the bucket keeps none.
 */
export async function putVersion(tx: Tx, place: ChargedPlace, version: NewVersion): Promise<CommittedObject> {
  const { target, way } = place;
  await makeWay(tx, place, way);
  const { seq, versionId } = await logVersion(tx, place, version);
  await insertCurrent(tx, { place, version, seq, versionId });
  await releaseFreed(tx, way, target.at);
  return { seq, versionId, etag: version.etag, lastModified: target.at };
}

/**
 * Hides the key behind a delete marker, which is its newest version from then on, and returns the marker's id. Without
 * versions there is nothing to hide: not for such buckets.
 */
export async function putDeleteMarker(tx: Tx, place: Place): Promise<string> {
  const { target, bucket, current } = place;
  const way = await findWay(tx, place);
  await makeWay(tx, place, way);
  if (current !== undefined) {
    await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', target.bucketId, target.key);
    if (bucket.is_drive === 1) await forgetPath(tx, { bucketId: target.bucketId, path: target.key });
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
  await forget(tx, { ownerId: bucket.account_id, at: target.at, freed: way.freed });
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
  await releaseFreed(tx, { freed }, at);
  await addUsage(tx, { accountId: ownerId, objectCount: -freed.length, logicalBytes: -totalBytes(freed) });
}

/** What {@link makeWay} lets go of. Throws `AccessDenied` where it is locked. */
export async function findWay(tx: Tx, { target, bucket, current }: Place): Promise<Way> {
  if (bucket.versioning === null) return current === undefined ? NOTHING_GOES : { freed: [current] };
  if (bucket.versioning === 'Enabled') return NOTHING_GOES;
  if (current?.version_id !== NULL_VERSION) return findNullVersion(tx, target);
  requireUnlocked(current, { at: target.at });
  return { freed: [current] };
}

const NOTHING_GOES: Way = { freed: [] };

/**
 * Moves the current version among the older ones, unless it goes, and removes the null version from those. What goes is
 * still to be released, and the row that it has in `objects` is for the caller to replace.
 */
export async function makeWay(tx: Tx, { target, bucket, current }: Place, { freed, nullRank }: Way): Promise<void> {
  const { bucketId, key } = target;
  const isKept = bucket.versioning !== null && current !== undefined && current !== freed[0];
  if (isKept) await tx.run(ARCHIVE_CURRENT, bucketId, key);
  if (nullRank === undefined) return;
  await tx.run('DELETE FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?', bucketId, key, nullRank);
}

/** The null version among the older ones. A delete marker has nothing to let go of. */
async function findNullVersion(tx: Tx, { bucketId, key, at }: WriteTarget): Promise<Way> {
  const row = await tx.get<HeldVersion & { rank: number; is_delete_marker: number }>(
    `SELECT rank, is_delete_marker, ${HELD_COLUMNS} FROM versions
     WHERE bucket_id = ? AND key = ? AND version_id = 'null'`,
    bucketId,
    key,
  );
  if (row === undefined) return NOTHING_GOES;
  requireUnlocked(row, { at });
  return { freed: row.is_delete_marker === 1 ? [] : [row], nullRank: row.rank };
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
    documentChange: target.documentChange,
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
    properties.ownerId ?? bucket.account_id,
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
    properties.acl ?? null,
  );
}

function defaultRetention(
  { defaultRetention: period }: VersionProperties,
  { at }: WriteTarget,
): StoredRetention | undefined {
  return period === undefined ? undefined : retentionFrom(period, at);
}

/** Releases what versions were made of that are gone since then (ISO time). */
export async function releaseFreed(tx: Tx, { freed }: Pick<Way, 'freed'>, at: string): Promise<void> {
  for (const row of freed) await releaseContents(tx, row, Date.parse(at));
}

async function releaseContents(tx: Tx, row: Pick<HeldVersion, 'blob_id' | 'part_set'>, nowMs: number): Promise<void> {
  if (row.blob_id !== null) await releaseBlob(tx, row.blob_id, nowMs);
  if (row.part_set !== null) await releasePartSet(tx, row.part_set, nowMs);
}

export function totalBytes(rows: readonly HeldVersion[]): number {
  return rows.reduce((sum, row) => sum + row.size_bytes, 0);
}
