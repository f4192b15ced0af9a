import { Failure } from '../failure.ts';
import { listSharesHeld, type ShareRow } from '../queries/shares.ts';
import type { Tx } from '../tx.ts';

/** What a share allows beside reading, and for how long. */
export interface ShareTerms {
  readonly mayWrite: boolean;
  /** Pass it on. */
  readonly mayShare: boolean;
  /** ISO time; null: as late as may be. */
  readonly expiresAt: string | null;
}

export interface PassedShare extends ShareTerms {
  readonly bucketId: number;
  readonly path: string;
  readonly granteeId: string;
  /** Not the owner, who needs nobody's leave. */
  readonly grantorId: string;
  /** ISO time. */
  readonly at: string;
}

/**
 * The share that another is passed on from: of the same path or of a folder that it is in, no less than what is given,
 * and the one that lasts longest. Throws `NoSuchKey` to who has no part in it, `AccessDenied` for more than one may give,
 * `CircularGrant` where it would go back to who it comes from.
 */
export async function findParent(tx: Tx, passed: PassedShare): Promise<ShareRow> {
  const { bucketId, path, grantorId, granteeId, at: now } = passed;
  const held = await listSharesHeld(tx, { bucketId, path, granteeId: grantorId, now });
  if (held.length === 0) throw new Failure('NoSuchKey', 'There is no such file or folder.');
  const enough = held.filter((share) => suffices(share, passed)).sort(byLength);
  if (enough.length === 0) throw new Failure('AccessDenied', reasonOf(held));
  for (const share of enough) {
    if (!(await comesFrom(tx, share.id, granteeId))) return share;
  }
  throw new Failure('CircularGrant', 'They have it from whom you have it.', { Field: '/with' });
}

function suffices(held: ShareRow, { mayWrite, expiresAt }: PassedShare): boolean {
  if (held.may_share === 0 || (mayWrite && held.may_write === 0)) return false;
  return expiresAt === null || held.expires_at === null || expiresAt <= held.expires_at;
}

function byLength(left: ShareRow, right: ShareRow): number {
  if (left.expires_at === right.expires_at) return left.id < right.id ? -1 : 1;
  if (left.expires_at === null) return -1;
  return right.expires_at === null || left.expires_at < right.expires_at ? 1 : -1;
}

function reasonOf(held: readonly ShareRow[]): string {
  return held.some((share) => share.may_share === 1)
    ? 'You may pass on no more, and for no longer, than you have.'
    : 'You may not pass it on.';
}

/** Whether an account has had part in a share, from the owner down: passed on to it, each would hang on the other. */
async function comesFrom(tx: Tx, id: string, accountId: string): Promise<boolean> {
  const row = await tx.get(
    `WITH RECURSIVE chain (grantee_id, parent_id) AS (
       SELECT grantee_id, parent_id FROM shares WHERE id = ?
       UNION ALL SELECT p.grantee_id, p.parent_id FROM shares p JOIN chain c ON p.id = c.parent_id)
     SELECT grantee_id FROM chain WHERE grantee_id = ?`,
    id,
    accountId,
  );
  return row !== undefined;
}
