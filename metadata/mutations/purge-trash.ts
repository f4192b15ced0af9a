import { Failure } from '../failure.ts';
import { findTrash, type TrashRow } from '../queries/trash.ts';
import type { Tx } from '../tx.ts';
import { deleteKey } from './delete-key.ts';
import { deleteVersion } from './delete-version.ts';
import type { Doer } from './tree-events.ts';
import { IN_TREE, rangeOf } from './tree-range.ts';

export interface PurgeTrash extends Doer {
  readonly bucketId: number;
  readonly id: string;
  /** How many keys at once: others wait for it. */
  readonly limit: number;
}

/**
 * Deletes something in the trash for good: so much of it at once. Resolves to whether there is more, and the row stays until
 * there is not. Throws `NoSuchTrash`; `AccessDenied` for what is locked.
 */
export async function purgeTrash(tx: Tx, input: PurgeTrash): Promise<{ readonly hasMore: boolean }> {
  const row = await findTrash(tx, input);
  if (row === undefined) throw new Failure('NoSuchTrash');
  const count =
    row.place === null ? await purgeHidden(tx, row, input) : await purgeTree(tx, { ...input, path: row.place });
  if (count === input.limit) return { hasMore: true };
  await tx.run('DELETE FROM trash WHERE id = ?', input.id);
  return { hasMore: false };
}

export interface PurgeTree extends Doer {
  readonly bucketId: number;
  readonly path: string;
  readonly limit: number;
}

/**
 * Deletes so many keys of a file or folder for good, with all their versions; resolves to how many. Throws `AccessDenied` for
 * what is locked.
 */
export async function purgeTree(tx: Tx, { bucketId, path, limit, accountId, at }: PurgeTree): Promise<number> {
  const keys = await tx.rows<[string]>(
    `SELECT key FROM objects WHERE ${IN_TREE} ORDER BY key LIMIT ?`,
    ...rangeOf({ bucketId, path }),
    limit,
  );
  for (const [key] of keys) await deleteKey(tx, { bucketId, key, accountId, at, isConfirmed: true });
  return keys.length;
}

interface Marker {
  readonly key: string;
  readonly rank: number;
}

async function purgeHidden(tx: Tx, row: TrashRow, { bucketId, limit, accountId, at }: PurgeTrash): Promise<number> {
  const markers = await tx.all<Marker>(
    `SELECT key, rank FROM versions WHERE ${IN_TREE} AND rank >= ? AND rank <= ? AND is_delete_marker = 1
     ORDER BY key LIMIT ?`,
    ...rangeOf({ bucketId, path: row.path }),
    -(row.last_seq ?? 0),
    -(row.first_seq ?? 0),
    limit,
  );
  for (const { key, rank } of markers) {
    // The marker comes last: what it hides must never come to light.
    const older = await tx.rows<[string]>(
      'SELECT version_id FROM versions WHERE bucket_id = ? AND key = ? AND rank >= ? ORDER BY rank DESC',
      bucketId,
      key,
      rank,
    );
    for (const [versionId] of older) await deleteVersion(tx, { bucketId, key, versionId, accountId, at });
  }
  return markers.length;
}
