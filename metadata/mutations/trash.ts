import { Failure } from '../failure.ts';
import { findTrash, type TrashRow } from '../queries/trash.ts';
import type { Tx } from '../tx.ts';
import { isThere } from './drive-paths.ts';
import { hideTree } from './hide-tree.ts';
import { carryOut, openMove, requireApart, requireShortKeys } from './move-tree.ts';
import type { Doer } from './tree-events.ts';
import { openTree, type TreePlace } from './tree-range.ts';
import { measureTree } from './tree-size.ts';
import { unhideTree } from './unhide-tree.ts';
import { openPlace, type WriteCondition } from './versions.ts';

export interface PutIntoTrash extends Doer {
  /** Ordered by time. */
  readonly id: string;
  readonly bucketId: number;
  readonly path: string;
  /** Of a file. */
  readonly condition?: WriteCondition | undefined;
}

/**
 * Puts a file or folder of a drive into its trash: below `.trash/`, or, where versions are kept, behind delete markers. What
 * leads there is forgotten. Throws `NoSuchBucket`, `NoSuchKey`, `FolderTooLarge`, `AccessDenied` where a lock forbids it,
 * `PreconditionFailed`.
 */
export async function putIntoTrash(tx: Tx, input: PutIntoTrash): Promise<TrashRow> {
  const { bucketId, path: key, condition } = input;
  const from = await openTree(tx, input);
  if (condition !== undefined) await openPlace(tx, { ...input, bucketId, key, condition });
  const row = from.versioning === 'Enabled' ? await hide(tx, from, input) : await takeAway(tx, from, input);
  await tx.run(
    `INSERT INTO trash (id, bucket_id, path, place, first_seq, last_seq, file_count, size_bytes, deleted_by, deleted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.bucket_id,
    row.path,
    row.place,
    row.first_seq,
    row.last_seq,
    row.file_count,
    row.size_bytes,
    row.deleted_by,
    row.deleted_at,
  );
  return row;
}

async function hide(tx: Tx, from: TreePlace, input: PutIntoTrash): Promise<TrashRow> {
  const { fileCount, sizeBytes } = await measureTree(tx, from, input.at);
  const { after, last } = await hideTree(tx, from, input);
  const markers = { place: null, first_seq: after + 1, last_seq: last };
  return { ...rowOf(input), ...markers, file_count: fileCount, size_bytes: sizeBytes };
}

async function takeAway(tx: Tx, from: TreePlace, input: PutIntoTrash): Promise<TrashRow> {
  const { id, path, bucketId } = input;
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  const place = `.trash/${id}/${path.slice(bare.lastIndexOf('/') + 1)}`;
  const move = await openMove(tx, { ...input, from, to: { bucketId, path: place }, leads: 'forget' });
  await carryOut(tx, move);
  const { fileCount, sizeBytes } = move.size;
  return { ...rowOf(input), place, first_seq: null, last_seq: null, file_count: fileCount, size_bytes: sizeBytes };
}

function rowOf({ id, bucketId, path, accountId, at }: PutIntoTrash) {
  return { id, bucket_id: bucketId, path, deleted_by: accountId, deleted_at: at };
}

export interface RestoreTrash extends Doer {
  readonly bucketId: number;
  readonly id: string;
  /** Left out: where it was. */
  readonly to?: string | undefined;
  /** Replace what is there. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Takes something out of the trash again; resolves to its path. Throws `NoSuchTrash`, also where nothing of it is left;
 * `FileExists`, `InvalidPath`, `InvalidRequest`, `FolderTooLarge`, `QuotaExceeded`, `AccessDenied` for what is locked.
 */
export async function restoreTrash(tx: Tx, input: RestoreTrash): Promise<{ readonly path: string }> {
  const row = await findTrash(tx, input);
  if (row === undefined) throw new Failure('NoSuchTrash');
  const path = input.to ?? row.path;
  const to = { bucketId: input.bucketId, path };
  if (row.place === null) await unhide(tx, { ...row, to: await openTree(tx, to) }, input);
  else await bringBack(tx, { place: row.place, path }, input);
  await tx.run('DELETE FROM trash WHERE id = ?', input.id);
  return { path };
}

async function unhide(tx: Tx, row: TrashRow & { readonly to: TreePlace }, input: RestoreTrash): Promise<void> {
  const { bucket_id: bucketId, path, first_seq: firstSeq, last_seq: lastSeq, to } = row;
  if (firstSeq === null || lastSeq === null) throw new Error('What is nowhere else in the trash is hidden.');
  const place = await openTree(tx, { bucketId, path });
  if (to.path !== path) requireApart({ from: place, to });
  const { overwrite = false } = input;
  await unhideTree(tx, { place, firstSeq, lastSeq, to, overwrite, doer: input });
}

async function bringBack(
  tx: Tx,
  { place, path }: { readonly place: string; readonly path: string },
  { bucketId, ...input }: RestoreTrash,
): Promise<void> {
  const from = { bucketId, path: place };
  if (!(await isThere(tx, from))) throw new Failure('NoSuchTrash');
  const move = await openMove(tx, { ...input, from, to: { bucketId, path }, leads: 'forget' });
  requireShortKeys(move);
  await carryOut(tx, move);
}
