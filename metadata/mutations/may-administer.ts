import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { AccountRole, AccountStatus } from './accounts.ts';

/** An account that may be changed, as it is now; only {@link requireAdministered} makes one. */
export interface AdministeredAccount {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly role: AccountRole;
  readonly status: AccountStatus;
  readonly second_factor: 'optional' | 'required';
  readonly email: string | null;
  readonly email_verified_at: string | null;
  readonly quota_bytes: number | null;
}

export interface Administration {
  readonly accountId: string;
  /** Null: the operator, who may do more than any admin. */
  readonly actorId: string | null;
}

/**
 * The account, for one that may administer it. Asked in the transaction: of two admins who demote each other, one was
 * demoted before it could. Throws `NoSuchAccount`; `AccessDenied` for who is no admin any more, and for root.
 */
export async function requireAdministered(
  tx: Tx,
  { accountId, actorId }: Administration,
): Promise<AdministeredAccount> {
  await requireAdmin(tx, actorId);
  const account = await tx.get<AdministeredAccount>(
    `SELECT a.id, a.name, a.display_name, a.role, a.status, a.second_factor, a.email, a.email_verified_at, u.quota_bytes
     FROM accounts a JOIN usage u ON u.account_id = a.id WHERE a.id = ?`,
    accountId,
  );
  if (account === undefined) throw new Failure('NoSuchAccount', 'There is no such account.');
  if (account.role === 'root' && actorId !== null && actorId !== accountId) {
    throw new Failure('AccessDenied', 'Nobody but root changes the root account.');
  }
  return account;
}

/** Throws `AccessDenied` for who is no admin any more. Null is the operator. */
export async function requireAdmin(tx: Tx, actorId: string | null): Promise<void> {
  if (actorId === null) return;
  const actor = await tx.get<{ role: AccountRole; status: AccountStatus }>(
    'SELECT role, status FROM accounts WHERE id = ?',
    actorId,
  );
  const isAdmin = actor?.role === 'root' || actor?.role === 'admin';
  if (!isAdmin || actor?.status !== 'active') throw new Failure('AccessDenied', 'Only admins may do that.');
}

/** Throws `AccessDenied` where an admin would do something to itself. */
export function requireAnother({ accountId, actorId }: Administration, message: string): void {
  if (actorId === accountId) throw new Failure('AccessDenied', message);
}
