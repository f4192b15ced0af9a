import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';

/** What a share is about, without what it says. */
interface SharedPlace {
  readonly bucketId: number;
  readonly path: string;
}

/** All that was passed on from a share, and what was passed on from that. Its placeholder is the id. */
const BELOW = `WITH RECURSIVE below (id) AS (
    SELECT id FROM shares WHERE parent_id = ? UNION ALL SELECT s.id FROM shares s JOIN below b ON s.parent_id = b.id)`;

/** Ends what was passed on from a share. */
export async function forgetBelow(tx: Tx, id: string): Promise<void> {
  await tx.run('DELETE FROM shares WHERE parent_id = ?', id);
}

/** Lets what was passed on from a share have no more than that has. */
export async function narrowBelow(
  tx: Tx,
  { id, mayWrite, expiresAt }: { readonly id: string; readonly mayWrite: boolean; readonly expiresAt: string | null },
): Promise<void> {
  if (!mayWrite) {
    await tx.run(`${BELOW} UPDATE shares SET may_write = 0 WHERE may_write = 1 AND id IN (SELECT id FROM below)`, id);
  }
  if (expiresAt === null) return;
  await tx.run(
    `${BELOW} UPDATE shares SET expires_at = ?
     WHERE (expires_at IS NULL OR expires_at > ?) AND id IN (SELECT id FROM below)`,
    id,
    expiresAt,
    expiresAt,
  );
}

/**
 * Sets right what was moved: who owns the place now needs no share of it, and what hung on a share that did not come along
 * is the owner's from then on, as what the owner before gave.
 */
export async function settleShares(tx: Tx, place: SharedPlace): Promise<void> {
  const moved = within(place);
  if ((await tx.get(`SELECT id FROM shares WHERE ${WITHIN} LIMIT 1`, ...moved)) === undefined) return;
  await tx.run(
    `UPDATE shares SET parent_id = NULL WHERE ${WITHIN} AND parent_id IS NOT NULL AND NOT EXISTS
       (SELECT 1 FROM shares p WHERE p.id = shares.parent_id AND p.bucket_id = shares.bucket_id
          AND p.grantee_id <> (SELECT account_id FROM buckets WHERE id = shares.bucket_id)
          AND (p.path = shares.path OR (p.path LIKE '%/' AND substr(shares.path, 1, length(p.path)) = p.path)))`,
    ...moved,
  );
  await tx.run(
    `DELETE FROM shares WHERE ${WITHIN} AND grantee_id = (SELECT account_id FROM buckets WHERE id = bucket_id)`,
    ...moved,
  );
  // Of several to the same account the owner keeps one: what allows most, then the oldest.
  await tx.run(
    `DELETE FROM shares WHERE ${WITHIN} AND parent_id IS NULL AND EXISTS
       (SELECT 1 FROM shares other WHERE other.bucket_id = shares.bucket_id AND other.path = shares.path
          AND other.grantee_id = shares.grantee_id AND other.parent_id IS NULL
          AND (other.may_write > shares.may_write OR (other.may_write = shares.may_write AND other.id < shares.id)))`,
    ...moved,
  );
  await tx.run(
    `UPDATE shares SET grantor_id = (SELECT account_id FROM buckets WHERE id = bucket_id)
     WHERE ${WITHIN} AND parent_id IS NULL`,
    ...moved,
  );
}

const WITHIN = 'bucket_id = ? AND path >= ? AND path < ?';

/** A folder and what is in it, or a file alone. */
function within({ bucketId, path }: SharedPlace): [bucketId: number, start: string, end: string] {
  const end = path.endsWith('/') ? prefixEnd(path) : undefined;
  return [bucketId, path, end ?? `${path}\0`];
}
