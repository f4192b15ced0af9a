import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type CreateAccount, createAccount, requireAccount, requireFreeName } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { deleteBucket } from './buckets.ts';
import { requireUnproven, takeEmail } from './emails.ts';
import { requireInvite, useInvite } from './invites.ts';
import { requireAdmin } from './may-administer.ts';
import { addOneTimeToken, type OneTimeToken } from './one-time-tokens.ts';
import { forgetAccountGrants } from './roles.ts';

export interface RegisterAccount extends CreateAccount {
  /** SHA-256 of the invite that lets it be made, hex. */
  readonly inviteHash?: string;
  /** What is mailed to its e-mail. */
  readonly token?: OneTimeToken;
  /** A name that nobody has, for who must give up one that is the e-mail. */
  readonly spareName: string;
}

/**
 * Makes an account as `createAccount` does, uses up its invite, and keeps the token that is mailed to it. Throws as that
 * does, `InvalidInvite`, and `AccessDenied` for who makes it and is no admin any more. A verified e-mail is taken from
 * whoever only claimed it.
 */
export async function registerAccount(tx: Tx, input: RegisterAccount): Promise<void> {
  const { inviteHash, token, spareName, ...account } = input;
  const { id: accountId, email, at } = account;
  if (input.audit.type === 'account.created') await requireAdmin(tx, input.audit.actorId);
  if (inviteHash !== undefined) await requireInvite(tx, { tokenHash: inviteHash, at });
  const isProven = email !== undefined && account.emailVerifiedAt !== undefined;
  if (isProven) await requireUnproven(tx, { email, accountId });
  // Whose name is the e-mail of the same account loses it with that, in a moment.
  if (!isProven || account.name.toLowerCase() !== email) await requireFreeName(tx, account.name);
  if (isProven) await takeEmail(tx, { accountId, email, spareName, at });
  await createAccount(tx, account);
  if (inviteHash !== undefined) await useInvite(tx, { tokenHash: inviteHash, accountId, at });
  if (token !== undefined) await addOneTimeToken(tx, { ...token, accountId, at });
}

export interface UpdateProfile {
  readonly accountId: string;
  readonly displayName?: string;
  /** Of the new e-mail, which counts once that is verified; null: none is to come any more. */
  readonly token?: OneTimeToken | null;
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchAccount`, and `EmailTaken` for an e-mail that another account has shown to be its own. */
export async function updateProfile(tx: Tx, input: UpdateProfile): Promise<void> {
  const { accountId, displayName, token, at } = input;
  await requireAccount(tx, accountId);
  if (token) await requireUnproven(tx, { email: token.email, accountId });
  if (displayName !== undefined) {
    await tx.run('UPDATE accounts SET display_name = ? WHERE id = ?', displayName, accountId);
  }
  if (token !== undefined) {
    await tx.run('UPDATE accounts SET pending_email = ? WHERE id = ?', token?.email ?? null, accountId);
  }
  if (token) await addOneTimeToken(tx, { ...token, accountId, at });
  await appendAudit(tx, input.audit);
}

/**
 * Removes an account with all that is only its own; its lines of the audit trail stay. Throws `NoSuchAccount`,
 * `AccountNotEmpty` while it has buckets beside an empty drive, and `InvalidRequest` for root.
 */
export async function deleteAccount(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  const { accountId } = input;
  const { role } = await requireAccount(tx, accountId);
  if (role === 'root') throw new Failure('InvalidRequest', 'The root account cannot be deleted.');
  await deleteEmptyDrive(tx, { accountId, at: input.audit.at });
  const bucket = await tx.get('SELECT id FROM buckets WHERE account_id = ? LIMIT 1', accountId);
  if (bucket !== undefined)
    throw new Failure('AccountNotEmpty', 'The account has buckets, or files in its drive: delete those first.');
  await forgetAccountGrants(tx, accountId, input.audit);
  for (const table of OWN_TABLES) await tx.run(`DELETE FROM ${table} WHERE account_id = ?`, accountId);
  await tx.run('DELETE FROM iam_attachments WHERE holder_id = ?', accountId);
  await tx.run('DELETE FROM iam_inline_policies WHERE holder_id = ?', accountId);
  await tx.run('DELETE FROM accounts WHERE id = ?', accountId);
  await appendAudit(tx, input.audit);
}

/** It was made for the account, and there is nothing in it to be lost. */
async function deleteEmptyDrive(tx: Tx, { accountId, at }: { accountId: string; at: string }): Promise<void> {
  const drive = await tx.get<{ bucket_id: number }>('SELECT bucket_id FROM drives WHERE account_id = ?', accountId);
  if (drive === undefined) return;
  const isUsed =
    (await tx.get('SELECT key FROM objects WHERE bucket_id = ? LIMIT 1', drive.bucket_id)) ??
    (await tx.get('SELECT key FROM versions WHERE bucket_id = ? LIMIT 1', drive.bucket_id));
  if (isUsed === undefined) await deleteBucket(tx, { bucketId: drive.bucket_id, accountId, at });
}

const OWN_TABLES = [
  'access_keys',
  'claims',
  'client_tokens',
  'identities',
  'oauth_states',
  'one_time_tokens',
  'recovery_codes',
  'second_factors',
  'sessions',
  'sms_codes',
  'usage',
] as const;
