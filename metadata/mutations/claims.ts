import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

/** Gives an account a bucket prefix; several accounts may share one. Throws `ClaimExists`. */
export async function addClaim(tx: Tx, input: { prefix: string; accountId: string; at: string }): Promise<void> {
  const existing = await tx.get(
    'SELECT prefix FROM claims WHERE prefix = ? AND account_id = ?',
    input.prefix,
    input.accountId,
  );
  if (existing !== undefined) throw new Failure('ClaimExists', `The account has claimed '${input.prefix}' already.`);
  await tx.run(
    'INSERT INTO claims (prefix, account_id, created_at) VALUES (?, ?, ?)',
    input.prefix,
    input.accountId,
    input.at,
  );
}

/** Throws `NoSuchClaim`. */
export async function removeClaim(tx: Tx, input: { prefix: string; accountId: string }): Promise<void> {
  const removed = await tx.run('DELETE FROM claims WHERE prefix = ? AND account_id = ?', input.prefix, input.accountId);
  if (removed === 0) throw new Failure('NoSuchClaim', `The account has no claim on '${input.prefix}'.`);
}
