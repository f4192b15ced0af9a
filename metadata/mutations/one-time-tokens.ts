import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { replacePassword } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { takeEmail } from './emails.ts';

/** What a mailed token is good for. */
export type TokenPurpose = 'verify-email' | 'reset-password';

export interface OneTimeToken {
  /** SHA-256, hex. */
  readonly tokenHash: string;
  readonly purpose: TokenPurpose;
  /** Where it is mailed to, in lower case. */
  readonly email: string;
  readonly expiresAt: string;
}

export interface AddOneTimeToken extends OneTimeToken {
  readonly accountId: string;
  readonly at: string;
  readonly audit?: AuditEntry;
}

/** Makes a token; older ones of the account for the same purpose are worth nothing any more. */
export async function addOneTimeToken(tx: Tx, input: AddOneTimeToken): Promise<void> {
  await tx.run('DELETE FROM one_time_tokens WHERE account_id = ? AND purpose = ?', input.accountId, input.purpose);
  await tx.run(
    `INSERT INTO one_time_tokens (token_hash, purpose, account_id, email, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    input.tokenHash,
    input.purpose,
    input.accountId,
    input.email,
    input.at,
    input.expiresAt,
  );
  if (input.audit !== undefined) await appendAudit(tx, input.audit);
}

interface Bearer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly email: string | null;
  readonly email_verified_at: string | null;
  readonly pending_email: string | null;
  readonly token_email: string;
}

/** Whose token it is. Throws `InvalidToken` for one that is unknown, spent or too old, or of a disabled account. */
async function requireBearer(tx: Tx, input: { tokenHash: string; purpose: TokenPurpose; at: string }): Promise<Bearer> {
  const bearer = await tx.get<Bearer>(
    `SELECT a.id, a.name, a.status, a.email, a.email_verified_at, a.pending_email, t.email AS token_email
     FROM one_time_tokens t JOIN accounts a ON a.id = t.account_id
     WHERE t.token_hash = ? AND t.purpose = ? AND t.expires_at > ?`,
    input.tokenHash,
    input.purpose,
    input.at,
  );
  if (bearer?.status !== 'active') throw invalidToken();
  return bearer;
}

function invalidToken(): Failure {
  return new Failure('InvalidToken', 'The token is wrong, was used, or is too old.', { Field: '/token' });
}

export interface VerifyEmail {
  /** SHA-256, hex. */
  readonly tokenHash: string;
  /** A name that nobody has, for who must give up one that is the e-mail. */
  readonly spareName: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/** What an e-mail replaced, where that was another and verified. */
export interface VerifiedEmail {
  readonly replaced: string | null;
}

/**
 * Takes a token as proof that its mailbox is the account's: what was pending becomes the e-mail. Nothing that was mailed
 * before counts any more. Throws `InvalidToken`, and `EmailTaken` when another account was first.
 */
export async function verifyEmail(tx: Tx, input: VerifyEmail): Promise<VerifiedEmail> {
  const { tokenHash, at } = input;
  const bearer = await requireBearer(tx, { tokenHash, purpose: 'verify-email', at });
  const { id: accountId, token_email: email } = bearer;
  if (email !== bearer.email && email !== bearer.pending_email) throw invalidToken();
  await takeEmail(tx, { accountId, email, spareName: input.spareName, at });
  // A name that was the e-mail stays so: the old one may come to be somebody else's.
  const name = bearer.name.toLowerCase() === bearer.email ? email : bearer.name;
  await tx.run(
    'UPDATE accounts SET email = ?, email_verified_at = ?, pending_email = NULL, name = ? WHERE id = ?',
    email,
    at,
    name,
    accountId,
  );
  await tx.run('DELETE FROM one_time_tokens WHERE account_id = ?', accountId);
  await appendAudit(tx, input.audit);
  return { replaced: bearer.email_verified_at === null || bearer.email === email ? null : bearer.email };
}

export interface ResetPassword {
  /** SHA-256, hex. */
  readonly tokenHash: string;
  /** Of argon2id, as a PHC string. */
  readonly passwordHash: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Takes a token as leave to set a password, as a password change does: every session ends. It shows as well that the
 * mailbox is the account's. Throws `InvalidToken`, also when the account has another e-mail by now.
 */
export async function resetPassword(tx: Tx, input: ResetPassword): Promise<void> {
  const { tokenHash, passwordHash, at } = input;
  const { id: accountId, email, token_email } = await requireBearer(tx, { tokenHash, purpose: 'reset-password', at });
  if (token_email !== email) throw invalidToken();
  await replacePassword(tx, { accountId, passwordHash, at });
  await tx.run('UPDATE accounts SET email_verified_at = ? WHERE id = ? AND email_verified_at IS NULL', at, accountId);
  await appendAudit(tx, input.audit);
}
