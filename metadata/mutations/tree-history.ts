import type { Tx } from '../tx.ts';
import { newVersionId } from '../version-id.ts';
import { appendEvent } from './events.ts';
import { type Doer, hideKeys } from './tree-events.ts';
import { IN_TREE, rangeOf, rebased, type TreePlace } from './tree-range.ts';

/** Where rows are, and where they are to be. */
export interface HistoryMove {
  readonly rows: TreePlace;
  readonly to: TreePlace;
}

const IS_CURRENT = 'EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = v.bucket_id AND o.key = v.key)';

/**
 * Moves the older versions of what is current in a tree. Of a key there is one version without a name at most: where there
 * would be two, these get names.
 */
export async function moveHistory(tx: Tx, { rows, to }: HistoryMove, doer: Doer): Promise<void> {
  await nameOlder(tx, { rows, to });
  await raiseOlder(tx, { rows, to }, doer);
  const owner = rows.ownerId === to.ownerId ? null : to.ownerId;
  await tx.run(
    `UPDATE versions AS v SET bucket_id = CAST(? AS BIGINT), key = ${rebased('key')},
       account_id = coalesce(CAST(? AS TEXT), account_id), acl = CASE WHEN CAST(? AS TEXT) IS NULL THEN acl END
     WHERE ${IN_TREE} AND ${IS_CURRENT}`,
    to.bucketId,
    to.path,
    rows.path,
    owner,
    owner,
    ...rangeOf(rows),
  );
}

interface NullVersion {
  readonly key: string;
  readonly rank: number;
}

async function nameOlder(tx: Tx, { rows, to }: HistoryMove): Promise<void> {
  const isTaken = `EXISTS (SELECT 1 FROM versions t WHERE t.bucket_id = CAST(? AS BIGINT) AND t.key = ${rebased('v.key')}
    AND t.version_id = 'null')`;
  const moving = await tx.all<NullVersion>(
    `SELECT key, rank FROM versions v WHERE ${IN_TREE} AND version_id = 'null' AND ${IS_CURRENT}
       AND (CAST(? AS TEXT) <> 'Enabled' OR ${isTaken})`,
    ...rangeOf(rows),
    to.versioning,
    to.bucketId,
    to.path,
    rows.path,
  );
  await nameAll(tx, rows, moving);
}

interface RaisedVersion extends NullVersion {
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly new_key: string;
}

/**
 * What was deleted where they come to is what is older than its delete marker: none of these is, whenever they were made.
 * Where there is such a marker they are ordered, and logged, as what has come since.
 */
async function raiseOlder(tx: Tx, { rows, to }: HistoryMove, { accountId, at }: Doer): Promise<void> {
  const raised = await tx.all<RaisedVersion>(
    `SELECT key, rank, version_id, size_bytes, etag, ${rebased('key')} AS new_key FROM versions v
     WHERE ${IN_TREE} AND ${IS_CURRENT} AND EXISTS (SELECT 1 FROM versions t WHERE t.bucket_id = CAST(? AS BIGINT)
       AND t.key = ${rebased('v.key')} AND t.is_delete_marker = 1) ORDER BY key, rank DESC`,
    to.path,
    rows.path,
    ...rangeOf(rows),
    to.bucketId,
    to.path,
    rows.path,
  );
  for (const { key, rank, new_key: newKey, version_id: versionId, size_bytes: sizeBytes, etag } of raised) {
    const version = { bucket: to.bucketName, key: newKey, versionId, sizeBytes, etag };
    const seq = await appendEvent(tx, { at, type: 'object.copied', accountId, ...version });
    await tx.run(
      'UPDATE versions SET rank = ? WHERE bucket_id = ? AND key = ? AND rank = ?',
      -seq,
      rows.bucketId,
      key,
      rank,
    );
  }
}

/** What comes to keys without a name leaves those that they have there already in peace: they get names. */
export async function nameOvertaken(tx: Tx, { rows, to }: HistoryMove): Promise<void> {
  if (to.versioning !== 'Suspended') return;
  const overtaken = await tx.all<NullVersion>(
    `SELECT key, rank FROM versions v WHERE ${IN_TREE} AND version_id = 'null' AND EXISTS
       (SELECT 1 FROM objects o WHERE o.bucket_id = CAST(? AS BIGINT) AND o.key = ${rebased('v.key')})`,
    ...rangeOf(to),
    rows.bucketId,
    rows.path,
    to.path,
  );
  await nameAll(tx, to, overtaken);
}

async function nameAll(tx: Tx, { bucketId }: TreePlace, versions: readonly NullVersion[]): Promise<void> {
  for (const { key, rank } of versions) {
    await tx.run(
      'UPDATE versions SET version_id = ? WHERE bucket_id = ? AND key = ? AND rank = ?',
      newVersionId(-rank),
      bucketId,
      key,
      rank,
    );
  }
}

/** "An older version must not come to light": keys that nothing is current of any more are hidden. */
export async function hideUncovered(tx: Tx, place: TreePlace, doer: Doer): Promise<void> {
  const select = `SELECT v.key FROM versions v WHERE ${IN_TREE} AND v.is_delete_marker = 0 AND NOT ${IS_CURRENT}
    AND NOT EXISTS (SELECT 1 FROM versions n WHERE n.bucket_id = v.bucket_id AND n.key = v.key AND n.rank < v.rank)`;
  await hideKeys(tx, { place, select, values: rangeOf(place), doer });
}
