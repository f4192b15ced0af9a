import type { Tx } from '../tx.ts';
import type { Doer } from './tree-events.ts';
import { addUsage } from './usage.ts';
import { findWay, logVersion, makeWay, openPlace, releaseFreed, totalBytes, VERSION_COLUMNS } from './versions.ts';

/** An older version that becomes the current one of a key of the same bucket, under its own key or another one. */
export interface PullUp extends Doer {
  readonly bucketId: number;
  readonly key: string;
  /** Of the older version. */
  readonly rank: number;
  readonly newKey: string;
}

const PULLED_COLUMNS = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => (column === 'version_id' || column === 'last_modified' ? '?' : column))
  .join(', ');

/** Moves the row. What is current under the key is overwritten. Throws `AccessDenied` where that is locked. */
export async function pullUp(tx: Tx, { bucketId, key, rank, newKey, accountId, at }: PullUp): Promise<void> {
  const place = await openPlace(tx, { bucketId, key: newKey, accountId, at });
  const way = await findWay(tx, place);
  const freed = { objectCount: -way.freed.length, logicalBytes: -totalBytes(way.freed) };
  await addUsage(tx, { accountId: place.bucket.account_id, ...freed });
  await makeWay(tx, place, way);
  await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', bucketId, newKey);
  const { etag, size_bytes: sizeBytes } = (await tx.get<{ etag: string; size_bytes: number }>(
    'SELECT etag, size_bytes FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?',
    bucketId,
    key,
    rank,
  )) as { etag: string; size_bytes: number }; // the caller has found it in this transaction
  const { seq, versionId } = await logVersion(tx, place, { type: 'object.renamed', sizeBytes, etag });
  await tx.run('UPDATE events SET source_key = ? WHERE seq = ?', key, seq);
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
     SELECT bucket_id, ?, CAST(? AS BIGINT), ${PULLED_COLUMNS} FROM versions
     WHERE bucket_id = ? AND key = ? AND rank = ?`,
    newKey,
    seq,
    versionId,
    at,
    bucketId,
    key,
    rank,
  );
  await tx.run('DELETE FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?', bucketId, key, rank);
  await releaseFreed(tx, way, at);
}
