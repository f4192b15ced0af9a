import { foldersOf } from '../folders.ts';
import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';
import { settleShares } from './share-upkeep.ts';

/** A key of a drive, or a folder's prefix, which ends with '/'. */
export interface PathInDrive {
  readonly bucketId: number;
  readonly path: string;
}

/** The tables whose rows lead to a path of a drive. */
const LEADING = ['shares', 'links', 'transfers'] as const;

/**
 * Forgets who else was led to a key, and to the folders that it was in, where nothing is left there. For drives, after
 * the object is gone.
 */
export async function forgetPath(tx: Tx, { bucketId, path: key }: PathInDrive): Promise<void> {
  for (const path of await findLedTo(tx, { bucketId, paths: [key, ...foldersOf(key)] })) {
    if (!(await isThere(tx, { bucketId, path }))) await forgetLeads(tx, { bucketId, path });
  }
}

async function findLedTo(
  tx: Tx,
  { bucketId, paths }: { bucketId: number; paths: readonly string[] },
): Promise<string[]> {
  const marks = paths.map(() => '?').join(', ');
  const found = new Set<string>();
  for (const table of LEADING) {
    const rows = await tx.rows<[string]>(
      `SELECT DISTINCT path FROM ${table} WHERE bucket_id = ? AND path IN (${marks})`,
      bucketId,
      ...paths,
    );
    for (const [path] of rows) found.add(path);
  }
  return [...found];
}

/** Whether there is a file of that key, or anything in a folder. */
export async function isThere(tx: Tx, { bucketId, path }: PathInDrive): Promise<boolean> {
  const end = path.endsWith('/') ? prefixEnd(path) : undefined;
  const row =
    end === undefined
      ? await tx.get('SELECT key FROM objects WHERE bucket_id = ? AND key = ?', bucketId, path)
      : await tx.get(
          'SELECT key FROM objects WHERE bucket_id = ? AND key >= ? AND key < ? LIMIT 1',
          bucketId,
          path,
          end,
        );
  return row !== undefined;
}

/** Forgets all that leads to a path, and to what is in it where it is a folder. */
export async function forgetLeads(tx: Tx, { bucketId, path }: PathInDrive): Promise<void> {
  for (const table of LEADING) {
    await tx.run(`DELETE FROM ${table} WHERE bucket_id = ? AND path = ?`, bucketId, path);
    const end = path.endsWith('/') ? prefixEnd(path) : undefined;
    if (end === undefined) continue;
    await tx.run(`DELETE FROM ${table} WHERE bucket_id = ? AND path > ? AND path < ?`, bucketId, path, end);
  }
}

/** Forgets all that leads into a bucket. */
export async function forgetDrive(tx: Tx, bucketId: number): Promise<void> {
  for (const table of [...LEADING, 'trash', 'drives'])
    await tx.run(`DELETE FROM ${table} WHERE bucket_id = ?`, bucketId);
}

export interface LeadMove {
  readonly from: PathInDrive;
  /** A folder where `from` is one. */
  readonly to: PathInDrive;
}

/**
 * Leads to a new path what led to the old one, and to what is in it where it is a folder. What leads there already stays:
 * of two shares by the same account to the same one, the one of the destination. Shares are then as the destination's owner
 * would have given them. Links and offers are their maker's word: they do not go along to another's drive.
 */
export async function moveLeads(tx: Tx, { from, to }: LeadMove): Promise<void> {
  await dropDoubled(tx, { from, to });
  if (from.bucketId !== to.bucketId) {
    for (const table of ['links', 'transfers']) {
      await tx.run(`DELETE FROM ${table} WHERE bucket_id = ? AND path >= ? AND path < ?`, ...within(from));
    }
  }
  for (const table of LEADING) {
    await tx.run(
      `UPDATE ${table} SET bucket_id = ?, path = ? || substr(path, length(?) + 1)
       WHERE bucket_id = ? AND path >= ? AND path < ?`,
      to.bucketId,
      to.path,
      from.path,
      ...within(from),
    );
  }
  // What is put aside on its way is still to arrive.
  if (!to.path.startsWith('.trash/')) await settleShares(tx, to);
}

/** A folder and what is in it, or a file alone. */
function within({ bucketId, path }: PathInDrive): [bucketId: number, start: string, end: string] {
  const end = path.endsWith('/') ? prefixEnd(path) : undefined;
  return [bucketId, path, end ?? `${path}\0`];
}

async function dropDoubled(tx: Tx, { from, to }: LeadMove): Promise<void> {
  await tx.run(
    `DELETE FROM shares WHERE bucket_id = ? AND path >= ? AND path < ? AND EXISTS
       (SELECT 1 FROM shares there WHERE there.bucket_id = ? AND there.path = ? || substr(shares.path, length(?) + 1)
          AND there.grantee_id = shares.grantee_id AND there.grantor_id = shares.grantor_id)`,
    ...within(from),
    to.bucketId,
    to.path,
    from.path,
  );
  await tx.run(
    `DELETE FROM transfers WHERE bucket_id = ? AND path >= ? AND path < ? AND EXISTS
       (SELECT 1 FROM transfers there WHERE there.bucket_id = ?
          AND there.path = ? || substr(transfers.path, length(?) + 1))`,
    ...within(from),
    to.bucketId,
    to.path,
    from.path,
  );
}
