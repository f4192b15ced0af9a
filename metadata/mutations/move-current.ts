import type { Tx } from '../tx.ts';
import { keepsTime } from '../versioning.ts';
import { retainBlob } from './blobs.ts';
import { sharePartSet } from './objects.ts';
import { type Place, putDeleteMarker, VERSION_COLUMNS } from './versions.ts';

/** A key that has a current version. */
export interface TakenPlace extends Place {
  readonly current: NonNullable<Place['current']>;
}

/** The current version of one key on its way to another, which has none any more. */
export interface CurrentMove {
  readonly source: TakenPlace;
  /** The new key. */
  readonly key: string;
  /** What becomes of what is written there. */
  readonly destination: Place;
  /** The event that makes it current there, and what it is called there. */
  readonly seq: number;
  readonly versionId: string;
  /** The id of a part set of its own, used when it has parts and its source keeps them. */
  readonly newPartSet: string;
}

/**
 * Moves the row. What is said of it is kept: "RenameObject preserves all object metadata properties, including [...] last
 * modified date". But where there are versions that is the time of the move, by which lifecycle rules tell since when
 * the version below it is not current any more; and where a drive's files expire, for it would be gone at once.
 */
export async function moveCurrent(tx: Tx, { source, destination, key, seq, versionId }: CurrentMove): Promise<void> {
  const { target } = source;
  await tx.run(
    `UPDATE objects SET key = ?, seq = ?, version_id = ?, last_modified = coalesce(?, last_modified)
     WHERE bucket_id = ? AND key = ?`,
    key,
    seq,
    versionId,
    keepsTime(destination.bucket, key) ? null : target.at,
    target.bucketId,
    target.key,
  );
  // An older version must not come to light: that would be another object under the old key.
  const newest = await tx.get<{ is_delete_marker: number }>(
    'SELECT is_delete_marker FROM versions WHERE bucket_id = ? AND key = ? ORDER BY rank LIMIT 1',
    target.bucketId,
    target.key,
  );
  if (newest?.is_delete_marker === 0) await putDeleteMarker(tx, { ...source, current: undefined });
}

/** What is not the same of two versions that share their contents. */
const OWN_COLUMNS = new Set(['version_id', 'last_modified', 'part_set']);
const SHARED_COLUMNS = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => (OWN_COLUMNS.has(column) ? '?' : column))
  .join(', ');
const SHARE_CURRENT = `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
  SELECT bucket_id, ?, CAST(? AS BIGINT), ${SHARED_COLUMNS} FROM objects WHERE bucket_id = ? AND key = ?`;

/** Makes a version of the same contents, with all that is said of them, and hides the source behind a delete marker. */
export async function shareCurrent(tx: Tx, { source, key, seq, versionId, newPartSet }: CurrentMove): Promise<void> {
  const { current, target } = source;
  const { blob_id: blobId, part_set: partSet } = current;
  if (blobId !== null) await retainBlob(tx, blobId);
  if (partSet !== null) await sharePartSet(tx, { from: partSet, to: newPartSet, keepChecksums: true });
  await tx.run(
    SHARE_CURRENT,
    key,
    seq,
    versionId,
    target.at,
    partSet === null ? null : newPartSet,
    target.bucketId,
    target.key,
  );
  await putDeleteMarker(tx, source);
}
