import type { Tx } from '../tx.ts';
import { NULL_VERSION, seqOfVersionId } from '../version-id.ts';
import { type ListPage, type ListRange, walk } from './walk.ts';

/**
 * key, last_modified, etag, size_bytes, checksum_algorithm, checksum_type, storage_class, version_id, is_delete_marker,
 * is_latest, tags, and rank (minus its seq) last, so that the walk can continue within a key.
 */
export type ListedVersion = readonly [
  string,
  string,
  string,
  number,
  string | null,
  string | null,
  string | null,
  string,
  number,
  number,
  string | null,
  number,
];

export interface VersionRange extends ListRange {
  /** Within the key `position.after`: versions older than this one. */
  readonly afterVersionId?: string | undefined;
  /** The same by the rank, which tells the place of a version that is there no more. */
  readonly afterRank?: number | undefined;
}

/** Older than every version. */
const AFTER_ALL = Number.MAX_SAFE_INTEGER;

const COLUMNS = 'key, last_modified, etag, size_bytes, checksum_algorithm, checksum_type, storage_class, version_id';

/** Of all older versions only a delete marker can be the latest: where nothing newer is in either table. */
const IS_LATEST_MARKER = `CASE is_delete_marker WHEN 0 THEN 0 ELSE
  NOT EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = v.bucket_id AND o.key = v.key) AND
  NOT EXISTS (SELECT 1 FROM versions n WHERE n.bucket_id = v.bucket_id AND n.key = v.key AND n.rank < v.rank) END`;

/**
 * One page of a bucket's versions and delete markers: by key, and the newest of each key first. The two tables are read
 * side by side, each in its own order.
 */
export async function listVersions(tx: Tx, range: VersionRange): Promise<ListPage<ListedVersion>> {
  let afterRank = range.afterRank ?? (await findRank(tx, range));
  return walk(range, async (bounds) => {
    const rank = bounds.inclusive ? -AFTER_ALL : (afterRank ?? AFTER_ALL);
    const before = bounds.end === undefined ? '' : 'AND key < ?';
    const rows = await tx.rows<ListedVersion>(
      `SELECT ${COLUMNS}, 0 AS is_delete_marker, 1 AS is_latest, tags, -seq AS rank FROM objects
       WHERE bucket_id = ? AND key >= ? AND (key > ? OR -seq > ?) ${before}
       UNION ALL
       SELECT ${COLUMNS}, is_delete_marker, ${IS_LATEST_MARKER} AS is_latest, tags, rank FROM versions v
       WHERE bucket_id = ? AND (key, rank) > (?, ?) ${before}
       ORDER BY key, rank LIMIT ?`,
      range.bucketId,
      bounds.start,
      bounds.start,
      rank,
      ...bounds.rest.slice(0, -1),
      range.bucketId,
      bounds.start,
      rank,
      ...bounds.rest,
    );
    afterRank = rows.at(-1)?.[11];
    return rows;
  });
}

/** Where the listing of a key goes on. A null version that is gone meanwhile: with the newest, rather than leave any out. */
async function findRank(tx: Tx, { bucketId, position, afterVersionId }: VersionRange): Promise<number | undefined> {
  if (position === undefined || afterVersionId === undefined) return undefined;
  const seq = seqOfVersionId(afterVersionId);
  if (seq !== undefined) return -seq;
  if (afterVersionId !== NULL_VERSION) return undefined;
  const row = await tx.get<{ rank: number }>(
    `SELECT -seq AS rank FROM objects WHERE bucket_id = ? AND key = ? AND version_id = 'null'
     UNION ALL SELECT rank FROM versions WHERE bucket_id = ? AND key = ? AND version_id = 'null'`,
    bucketId,
    position.after,
    bucketId,
    position.after,
  );
  return row?.rank ?? -AFTER_ALL;
}
