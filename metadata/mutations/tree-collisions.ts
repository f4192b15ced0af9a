import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { NULL_VERSION } from '../version-id.ts';
import { requireUnlocked } from './lock.ts';
import { IN_TREE, rangeOf, rebased, type TreePlace } from './tree-range.ts';
import { HELD_COLUMNS, type HeldVersion, releaseFreed, totalBytes, VERSION_COLUMNS } from './versions.ts';

/** Two trees, of which the first is to be where the second is. */
export interface TreeEnds {
  readonly from: TreePlace;
  readonly to: TreePlace;
  /** Whether the first leaves its place: then nothing of it is in the way. */
  readonly leaves: boolean;
}

/** What is in the way, by what becomes of it. */
export interface Collisions {
  readonly freed: readonly Collision[];
  /** Kept as older versions. */
  readonly archived: readonly Collision[];
  readonly freedBytes: number;
}

interface Collision extends HeldVersion {
  readonly key: string;
}

const COLLIDING_COLUMNS = HELD_COLUMNS.split(', ')
  .map((column) => `t.${column}`)
  .join(', ');

/** Throws `FileExists` where something is in the way and may not be overwritten, `AccessDenied` where it is locked. */
export async function findCollisions(
  tx: Tx,
  { from, to, leaves }: TreeEnds,
  { overwrite, at }: { readonly overwrite: boolean; readonly at: string },
): Promise<Collisions> {
  const rows = await tx.all<Collision>(
    `SELECT t.key, ${COLLIDING_COLUMNS} FROM objects s CROSS JOIN objects t
     WHERE s.bucket_id = ? AND s.key >= ? AND s.key < ? AND t.bucket_id = ? AND t.key = ${rebased('s.key')}
       ${leaves ? 'AND NOT (t.bucket_id = ? AND t.key >= ? AND t.key < ?)' : ''} ORDER BY t.key LIMIT ?`,
    ...rangeOf(from),
    to.bucketId,
    to.path,
    from.path,
    ...(leaves ? rangeOf(from) : []),
    overwrite ? Number.MAX_SAFE_INTEGER : 1,
  );
  const [first] = rows;
  if (first !== undefined && !overwrite) {
    throw new Failure('FileExists', `There is a '${first.key}' already.`, { Key: first.key });
  }
  const freed = rows.filter((row) => isFreed(to, row));
  for (const row of freed) requireUnlocked(row, { at });
  return { freed, archived: rows.filter((row) => !isFreed(to, row)), freedBytes: totalBytes(freed) };
}

/** As with every write: "the null version is overwritten". */
function isFreed({ versioning }: TreePlace, { version_id: versionId }: Collision): boolean {
  return versioning === null || (versioning === 'Suspended' && versionId === NULL_VERSION);
}

const ARCHIVE = `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, ${VERSION_COLUMNS})
  SELECT bucket_id, key, -seq, 0, ${VERSION_COLUMNS} FROM objects`;

/** Clears the way. */
export async function clearCollisions(
  tx: Tx,
  { bucketId }: TreePlace,
  { collisions: { freed, archived }, at }: { readonly collisions: Collisions; readonly at: string },
): Promise<void> {
  for (const { key } of archived) await tx.run(`${ARCHIVE} WHERE bucket_id = ? AND key = ?`, bucketId, key);
  for (const { key } of [...freed, ...archived]) {
    await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', bucketId, key);
  }
  await releaseFreed(tx, { freed }, at);
}

/** Makes older versions of all that is current; the rows that they have in `objects` are for the caller to remove. */
export async function archiveTree(tx: Tx, place: TreePlace): Promise<void> {
  await tx.run(`${ARCHIVE} WHERE ${IN_TREE}`, ...rangeOf(place));
}
