import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { requireAccount } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import {
  insertClaim,
  insertClaims,
  type NewClaim,
  type NewClaims,
  prefixLimit,
  requireFreePrefixes,
} from './free-prefixes.ts';
import { requireAdministered } from './may-administer.ts';

export interface AddClaim extends NewClaim {
  /** The buckets of others that begin with it stay; they just could not be made again. */
  readonly grandfather?: boolean;
}

/**
 * Gives an account a bucket prefix, for an admin; several accounts may share one. Throws `NoSuchAccount`, `AccessDenied`,
 * `ClaimExists`, and `ClaimConflict`, naming the first of them, when accounts have buckets that begin with it and would be
 * without a claim.
 */
export async function addClaim(tx: Tx, { grandfather = false, ...claim }: AddClaim): Promise<void> {
  const { prefix, accountId } = claim;
  await requireAdministered(tx, { accountId, actorId: claim.audit.actorId });
  const holders = await tx.all<{ account_id: string }>('SELECT account_id FROM claims WHERE prefix = ?', prefix);
  if (holders.some((holder) => holder.account_id === accountId)) {
    throw new Failure('ClaimExists', `The account has claimed '${prefix}' already.`);
  }
  // Where somebody has it, its buckets are ruled by that already.
  if (holders.length === 0 && !grandfather) await requireNoneWithout(tx, claim);
  await insertClaim(tx, claim);
}

const MAX_NAMED = 10;

/** Root is above claims: its buckets need none. */
async function requireNoneWithout(tx: Tx, { prefix, accountId }: NewClaim): Promise<void> {
  const buckets = await tx.all<{ name: string; account: string }>(
    `SELECT b.name, a.name AS account FROM buckets b JOIN accounts a ON a.id = b.account_id
     WHERE b.name >= ? AND b.name < ? AND b.account_id <> ? AND a.role <> 'root' ORDER BY b.name LIMIT ?`,
    prefix,
    prefixLimit(prefix),
    accountId,
    MAX_NAMED + 1,
  );
  if (buckets.length === 0) return;
  const named = buckets.slice(0, MAX_NAMED).map(({ name, account }) => `${name} (of ${account})`);
  const more = buckets.length > MAX_NAMED ? ', and more' : '';
  const message = `'${prefix}' begins buckets of accounts that would be without a claim: ${named.join(', ')}${more}.`;
  throw new Failure('ClaimConflict', message, { Prefix: prefix });
}

/**
 * Gives an account prefixes that are free, all of them or none; those that it has already stay as they are. Throws
 * `NoSuchAccount`; as `requireFreePrefixes`.
 */
export async function takeClaims(tx: Tx, input: NewClaims): Promise<void> {
  await requireAccount(tx, input.accountId);
  await requireFreePrefixes(tx, input);
  await insertClaims(tx, input);
}

export interface RemoveClaim {
  readonly prefix: string;
  readonly accountId: string;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchClaim`; `NoSuchAccount` and `AccessDenied` where an admin takes it away. */
export async function removeClaim(tx: Tx, { prefix, accountId, audit }: RemoveClaim): Promise<void> {
  if (audit.actorId !== accountId) await requireAdministered(tx, { accountId, actorId: audit.actorId });
  const removed = await tx.run('DELETE FROM claims WHERE prefix = ? AND account_id = ?', prefix, accountId);
  if (removed === 0) throw new Failure('NoSuchClaim', `The account has no claim on '${prefix}'.`);
  await appendAudit(tx, audit);
}
