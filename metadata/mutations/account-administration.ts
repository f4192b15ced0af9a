import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AccountChanges, type AccountEdit, editsOf } from './account-edits.ts';
import { requireFreeEmail, type SetPassword, setPassword } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { type AdministeredAccount, requireAdministered, requireAnother } from './may-administer.ts';
import { deleteAccount } from './profiles.ts';
import { removeAllFactors } from './second-factors.ts';
import { endSessions, raiseEpoch } from './sessions.ts';

const EMAIL_EDITS: ReadonlySet<AuditEntry['type']> = new Set(['email.changed', 'email.verified']);

export interface ChangeAccount {
  readonly accountId: string;
  readonly changes: AccountChanges;
  /** A name that nobody has, for who loses an e-mail that is its name. */
  readonly spareName: string;
  /** Of an entry for each change: its type and detail say what was and what is. */
  readonly audit: AuditEntry;
}

/**
 * Changes an account for an admin. Another role, and disabling, end every session. Throws `NoSuchAccount`,
 * `AccessDenied`, `EmailTaken`, `InvalidArgument`.
 */
export async function changeAccount(tx: Tx, { accountId, changes, spareName, audit }: ChangeAccount): Promise<void> {
  const { actorId } = audit;
  const account = await requireAdministered(tx, { accountId, actorId });
  const edits = editsOf(account, changes, { at: audit.at, spareName });
  for (const edit of edits) requireAllowed(edit, { account, actorId });
  const { email } = changes;
  if (email != null && email !== account.email) await requireFreeEmail(tx, { email, accountId });

  for (const { sql, values } of edits) await tx.run(sql, ...values, accountId);
  if (edits.some(({ raisesEpoch }) => raisesEpoch)) await raiseEpoch(tx, accountId);
  // What was mailed to the old address proves nothing any more.
  if (edits.some(({ type }) => type === 'email.changed')) await forgetMailedTokens(tx, accountId);
  for (const { type, detail } of edits) await appendAudit(tx, { ...audit, type, detail });
}

function requireAllowed(
  { type, detail, raisesEpoch }: AccountEdit,
  { account, actorId }: { account: AdministeredAccount; actorId: string | null },
): void {
  const isLocked = type === 'account.role-changed' || type === 'account.disabled' || type === 'account.enabled';
  if (account.role === 'root' && isLocked) {
    throw new Failure('AccessDenied', 'The root account keeps its role, and cannot be disabled.');
  }
  if (raisesEpoch) {
    requireAnother(
      { accountId: account.id, actorId },
      'Nobody changes the role of its own account, or disables that: another admin must.',
    );
  }
  // Who has the verified e-mail has the password, by a reset: a session alone may not come by either.
  if (EMAIL_EDITS.has(type) || detail.field === 'email_verified') {
    requireAnother({ accountId: account.id, actorId }, 'Change your own e-mail with your password, at /accounts/me.');
  }
}

async function forgetMailedTokens(tx: Tx, accountId: string): Promise<void> {
  await tx.run('DELETE FROM one_time_tokens WHERE account_id = ?', accountId);
}

/** Sets the password of another account, and ends its sessions. Throws `NoSuchAccount`, `AccessDenied`. */
export async function setPasswordOf(tx: Tx, input: SetPassword): Promise<void> {
  await requireOther(tx, input, 'Change your own password with the old one, at /accounts/me/password.');
  await setPassword(tx, input);
}

/** Ends every session of an account, and raises its epoch. Throws `NoSuchAccount`, `AccessDenied`. */
export async function endSessionsOf(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  await requireAdministered(tx, { accountId: input.accountId, actorId: input.audit.actorId });
  await endSessions(tx, input);
}

/** As `removeAllFactors`, for an admin. Throws `NoSuchAccount`, `NoSuchFactor`, `AccessDenied`. */
export async function removeFactorsOf(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  await requireOther(tx, input, 'Remove your own second factors at /accounts/me/factors.');
  await removeAllFactors(tx, input);
}

/** As `deleteAccount`, for an admin. Throws `NoSuchAccount`, `AccountNotEmpty`, `AccessDenied`. */
export async function deleteAccountOf(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  await requireOther(tx, input, 'Delete your own account with your password, at /accounts/me.');
  await deleteAccount(tx, input);
}

async function requireOther(
  tx: Tx,
  { accountId, audit }: { accountId: string; audit: AuditEntry },
  message: string,
): Promise<void> {
  const administration = { accountId, actorId: audit.actorId };
  await requireAdministered(tx, administration);
  requireAnother(administration, message);
}
