import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { pullUp } from './pull-up.ts';
import type { Doer } from './tree-events.ts';
import { rangeOf, rebased, type TreePlace } from './tree-range.ts';
import { VERSION_COLUMNS } from './versions.ts';

/** What was hidden behind delete markers, and where it is to be. */
export interface UnhideTree {
  readonly place: TreePlace;
  /** The events that the markers were made by. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** In the same bucket. */
  readonly to: TreePlace;
  readonly overwrite: boolean;
  readonly doer: Doer;
}

/** The condition that a version `m` is one of the markers; takes {@link markerValues}. */
const IS_MARKER = `m.bucket_id = ? AND m.key >= ? AND m.key < ? AND m.rank >= ? AND m.rank <= ?
  AND m.is_delete_marker = 1`;
/** The version `h` that the marker `m` hides. */
const HIDDEN = `versions h ON h.bucket_id = m.bucket_id AND h.key = m.key AND h.is_delete_marker = 0 AND h.rank =
  (SELECT min(x.rank) FROM versions x WHERE x.bucket_id = m.bucket_id AND x.key = m.key AND x.rank > m.rank)`;
/** The object `o` has come to light since the marker `m` was to go: it is older. */
const IS_UNCOVERED = `EXISTS
  (SELECT 1 FROM objects o WHERE o.bucket_id = m.bucket_id AND o.key = m.key AND -o.seq > m.rank)`;

function markerValues({ place, firstSeq, lastSeq }: UnhideTree): [...ReturnType<typeof rangeOf>, number, number] {
  return [...rangeOf(place), -lastSeq, -firstSeq];
}

/**
 * Brings back what is hidden: as it was, or, where other versions have come since, and at another path, as a new version.
 * Throws `NoSuchTrash` where nothing of it is left; `FileExists`.
 */
export async function unhideTree(tx: Tx, unhide: UnhideTree): Promise<void> {
  const { place, to, overwrite } = unhide;
  const hidden = await tx.get(
    `SELECT h.key FROM versions m JOIN ${HIDDEN} WHERE ${IS_MARKER}`,
    ...markerValues(unhide),
  );
  if (hidden === undefined) throw new Failure('NoSuchTrash');
  if (!overwrite) await requireFree(tx, unhide);
  if (place.path === to.path) await uncover(tx, unhide);
  await pullAllUp(tx, unhide);
}

async function requireFree(tx: Tx, unhide: UnhideTree): Promise<void> {
  const { place, to } = unhide;
  const taken = await tx.get<{ key: string }>(
    `SELECT o.key FROM versions m CROSS JOIN objects o
     WHERE ${IS_MARKER} AND o.bucket_id = m.bucket_id AND o.key = ${rebased('m.key')} LIMIT 1`,
    ...markerValues(unhide),
    to.path,
    place.path,
  );
  if (taken !== undefined) throw new Failure('FileExists', `There is a '${taken.key}' already.`, { Key: taken.key });
}

/** Removes the markers that are the newest of their keys: what is below them is current again. */
async function uncover(tx: Tx, unhide: UnhideTree): Promise<void> {
  const { place, doer } = unhide;
  const values = markerValues(unhide);
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
     SELECT h.bucket_id, h.key, -h.rank, ${HIDDEN_COLUMNS} FROM versions m JOIN ${HIDDEN} WHERE ${IS_MARKER}
       AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = m.bucket_id AND o.key = m.key)
       AND NOT EXISTS
         (SELECT 1 FROM versions n WHERE n.bucket_id = m.bucket_id AND n.key = m.key AND n.rank < m.rank)`,
    ...values,
  );
  await tx.run(
    `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag)
     SELECT ?, 'object.deleted', ?, ?, key, version_id, 0, '' FROM versions m WHERE ${IS_MARKER} AND ${IS_UNCOVERED}
     ORDER BY key`,
    doer.at,
    doer.accountId,
    place.bucketName,
    ...values,
  );
  await tx.run(`DELETE FROM versions AS m WHERE ${IS_MARKER} AND ${IS_UNCOVERED}`, ...values);
  await tx.run(
    `DELETE FROM versions AS h WHERE h.bucket_id = ? AND h.key >= ? AND h.key < ? AND EXISTS
       (SELECT 1 FROM objects o WHERE o.bucket_id = h.bucket_id AND o.key = h.key AND o.seq = -h.rank)`,
    ...rangeOf(place),
  );
}

const HIDDEN_COLUMNS = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => `h.${column}`)
  .join(', ');

/** One by one: there are few of them. */
async function pullAllUp(tx: Tx, unhide: UnhideTree): Promise<void> {
  const { place, to, doer } = unhide;
  const hidden = await tx.all<{ key: string; rank: number; marker_rank: number }>(
    `SELECT h.key, h.rank, m.rank AS marker_rank FROM versions m JOIN ${HIDDEN} WHERE ${IS_MARKER} ORDER BY h.key`,
    ...markerValues(unhide),
  );
  for (const { key, rank, marker_rank: markerRank } of hidden) {
    const newKey = to.path + key.slice(place.path.length);
    await pullUp(tx, { bucketId: to.bucketId, key, rank, newKey, ...doer });
    await dropLoneMarker(tx, { bucketId: place.bucketId, key, rank: markerRank });
  }
}

/** A marker that hides nothing any more. */
async function dropLoneMarker(
  tx: Tx,
  { bucketId, key, rank }: { readonly bucketId: number; readonly key: string; readonly rank: number },
): Promise<void> {
  await tx.run(
    `DELETE FROM versions AS m WHERE m.bucket_id = ? AND m.key = ? AND m.rank = ? AND NOT EXISTS
       (SELECT 1 FROM versions n WHERE n.bucket_id = m.bucket_id AND n.key = m.key AND n.rank <> m.rank)
     AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = m.bucket_id AND o.key = m.key)`,
    bucketId,
    key,
    rank,
  );
}
