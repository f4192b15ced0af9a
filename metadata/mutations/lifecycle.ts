import type { Tx } from '../tx.ts';
import { deleteVersion } from './delete-version.ts';
import { deleteObject } from './objects.ts';

/** Who does what lifecycle rules ask for, in the log of events: no account. */
export const LIFECYCLE = 'lifecycle';

/**
 * A version, or a delete marker, as it was when the rules were read for it. What is done with it is done only if it still
 * is so, and resolves to whether it was done.
 */
export interface JudgedVersion {
  readonly bucketId: number;
  readonly key: string;
  /** The event that made it. */
  readonly seq: number;
  /** JSON, as the rules have seen them: a change of the tags may change what is due. */
  readonly tags: string | null;
  /** ISO time. */
  readonly at: string;
}

/** Deletes the current version as DeleteObject does. Throws `AccessDenied` where a lock forbids it. */
export async function expireCurrent(tx: Tx, judged: JudgedVersion): Promise<boolean> {
  const { bucketId, key, seq, tags, at } = judged;
  const current = await tx.get<TagsRow>(
    'SELECT tags FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?',
    bucketId,
    key,
    seq,
  );
  if (current === undefined || current.tags !== tags) return false;
  return (await deleteObject(tx, { bucketId, key, seq, at, accountId: LIFECYCLE })).existed;
}

export interface DeleteNoncurrent extends JudgedVersion {
  /** How many newer noncurrent versions there must be, delete markers not counted. */
  readonly newerVersions: number;
}

/** Deletes an older version, or a delete marker that hides nothing, for good. Throws `AccessDenied` for a locked one. */
export async function deleteNoncurrent(tx: Tx, judged: DeleteNoncurrent): Promise<boolean> {
  const version = await findOlder(tx, judged);
  if (version === undefined || version.tags !== judged.tags) return false;
  if (version.is_delete_marker === 1 && !(await hasNewer(tx, judged))) return false;
  if (!(await isBelow(tx, judged))) return false;
  return deleteForGood(tx, judged, version.version_id);
}

/** Deletes a delete marker which is all that is left of its key. */
export async function removeExpiredMarker(tx: Tx, judged: JudgedVersion): Promise<boolean> {
  const marker = await findOlder(tx, judged);
  if (marker?.is_delete_marker !== 1 || (await hasOthers(tx, judged))) return false;
  return deleteForGood(tx, judged, marker.version_id);
}

interface TagsRow {
  readonly tags: string | null;
}

interface OlderRow extends TagsRow {
  readonly version_id: string;
  readonly is_delete_marker: number;
}

function findOlder(tx: Tx, { bucketId, key, seq }: JudgedVersion) {
  return tx.get<OlderRow>(
    'SELECT version_id, is_delete_marker, tags FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?',
    bucketId,
    key,
    -seq,
  );
}

async function hasNewer(tx: Tx, { bucketId, key, seq }: JudgedVersion): Promise<boolean> {
  const newer = await tx.get(
    `SELECT key FROM objects WHERE bucket_id = ? AND key = ?
     UNION ALL SELECT key FROM versions WHERE bucket_id = ? AND key = ? AND rank < ? LIMIT 1`,
    bucketId,
    key,
    bucketId,
    key,
    -seq,
  );
  return newer !== undefined;
}

async function hasOthers(tx: Tx, { bucketId, key, seq }: JudgedVersion): Promise<boolean> {
  const other = await tx.get(
    `SELECT key FROM objects WHERE bucket_id = ? AND key = ?
     UNION ALL SELECT key FROM versions WHERE bucket_id = ? AND key = ? AND rank <> ? LIMIT 1`,
    bucketId,
    key,
    bucketId,
    key,
    -seq,
  );
  return other !== undefined;
}

/** Whether there are as many newer noncurrent versions as the rule keeps: somebody may have deleted some of them. */
async function isBelow(tx: Tx, { bucketId, key, seq, newerVersions }: DeleteNoncurrent): Promise<boolean> {
  if (newerVersions === 0) return true;
  const newer = await tx.rows(
    'SELECT rank FROM versions WHERE bucket_id = ? AND key = ? AND rank < ? AND is_delete_marker = 0 LIMIT ?',
    bucketId,
    key,
    -seq,
    newerVersions,
  );
  return newer.length === newerVersions;
}

async function deleteForGood(tx: Tx, { bucketId, key, at }: JudgedVersion, versionId: string): Promise<boolean> {
  return (await deleteVersion(tx, { bucketId, key, versionId, at, accountId: LIFECYCLE })).existed;
}
