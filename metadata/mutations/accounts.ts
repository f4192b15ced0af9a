import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { insertClaims, requireFreePrefixes } from './free-prefixes.ts';
import { raiseEpoch } from './sessions.ts';

/** Root is the first admin, and cannot be demoted, disabled or removed. */
export type AccountRole = 'root' | 'admin' | 'member' | 'auditor';
export type AccountStatus = 'active' | 'disabled';

export interface CreateAccount {
  readonly id: string;
  /** 64 hex digits: S3's name of an owner. */
  readonly canonicalId: string;
  readonly name: string;
  readonly displayName: string;
  readonly role: AccountRole;
  /** In lower case. */
  readonly email?: string | undefined;
  /** ISO time; absent: not verified. */
  readonly emailVerifiedAt?: string | undefined;
  /** Of argon2id, as a PHC string. */
  readonly passwordHash?: string | undefined;
  /** Bucket prefixes that it begins with, where they are free. */
  readonly claims?: readonly string[] | undefined;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Throws `AccountExists` when the name is taken, in whatever case, and `EmailTaken`. A name that is another account's
 * e-mail is taken as well: log-ins go by either. Throws as `requireFreePrefixes`, too: an account whose claims are refused is not made.
 */
export async function createAccount(tx: Tx, input: CreateAccount): Promise<void> {
  const { name, email = null, claims = [] } = input;
  await requireFreeName(tx, name);
  if (email !== null) await requireFreeEmail(tx, { email, accountId: input.id });
  await requireFreePrefixes(tx, { prefixes: claims, accountId: input.id });
  await tx.run(
    `INSERT INTO accounts (id, canonical_id, name, display_name, role, status, created_at, email, email_verified_at,
       password_hash, password_changed_at)
     VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)`,
    input.id,
    input.canonicalId,
    name,
    input.displayName,
    input.role,
    input.at,
    email,
    input.emailVerifiedAt ?? null,
    input.passwordHash ?? null,
    input.passwordHash === undefined ? null : input.at,
  );
  await tx.run('INSERT INTO usage (account_id, object_count, logical_bytes) VALUES (?, 0, 0)', input.id);
  await appendAudit(tx, input.audit);
  const audit: AuditEntry = { ...input.audit, type: 'claim.added', detail: {} };
  await insertClaims(tx, { prefixes: claims, accountId: input.id, at: input.at, audit });
}

/** Throws `AccountExists` when an account has the name, in whatever case, or has it as its e-mail. */
export async function requireFreeName(tx: Tx, name: string): Promise<void> {
  const existing =
    (await tx.get('SELECT id FROM accounts WHERE lower(name) = lower(?)', name)) ??
    (await tx.get('SELECT id FROM accounts WHERE email = lower(?)', name));
  if (existing !== undefined) {
    throw new Failure('AccountExists', `An account named '${name}' exists.`, { Field: '/name' });
  }
}

/** Throws `EmailTaken` when another account has the e-mail (lower case), or has it as its name. */
export async function requireFreeEmail(tx: Tx, { email, accountId }: { email: string; accountId: string }) {
  const other =
    (await tx.get('SELECT id FROM accounts WHERE email = ? AND id <> ?', email, accountId)) ??
    (await tx.get('SELECT id FROM accounts WHERE lower(name) = ? AND id <> ?', email, accountId));
  if (other !== undefined) throw new Failure('EmailTaken', undefined, { Field: '/email' });
}

export interface SetAccountStatus {
  readonly accountId: string;
  readonly status: AccountStatus;
  readonly audit: AuditEntry;
}

/** Disabling ends every session, too. Throws `NoSuchAccount`; `InvalidRequest` for root. */
export async function setAccountStatus(tx: Tx, input: SetAccountStatus): Promise<void> {
  const { role } = await requireAccount(tx, input.accountId);
  if (role === 'root') throw new Failure('InvalidRequest', 'The root account cannot be disabled.');
  await tx.run('UPDATE accounts SET status = ? WHERE id = ?', input.status, input.accountId);
  if (input.status === 'disabled') await raiseEpoch(tx, input.accountId);
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchAccount`. */
export async function requireAccount(
  tx: Tx,
  id: string,
): Promise<{ readonly name: string; readonly role: AccountRole; readonly epoch: number }> {
  const account = await tx.get<{ name: string; role: AccountRole; epoch: number }>(
    'SELECT name, role, epoch FROM accounts WHERE id = ?',
    id,
  );
  if (account === undefined) throw new Failure('NoSuchAccount', 'There is no such account.');
  return account;
}

export interface SetPassword {
  readonly accountId: string;
  /** Of argon2id, as a PHC string. */
  readonly passwordHash: string;
  /** Of the session that asks: what it has shown before counts no more than its tokens once another was first. */
  readonly epoch?: number;
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Ends every session, too. Throws `NoSuchAccount`; `InvalidToken` where the epoch was raised meanwhile. */
export async function setPassword(tx: Tx, input: SetPassword): Promise<void> {
  const { epoch } = await requireAccount(tx, input.accountId);
  if (input.epoch !== undefined && input.epoch !== epoch) throw new Failure('InvalidToken', 'The session has ended.');
  await replacePassword(tx, input);
  await appendAudit(tx, input.audit);
}

/**
 * Nothing that somebody began with the old password goes on: sessions, resets, and the change to an e-mail that would
 * let them in again.
 */
export async function replacePassword(
  tx: Tx,
  { accountId, passwordHash, at }: Omit<SetPassword, 'audit' | 'epoch'>,
): Promise<void> {
  await tx.run(
    `DELETE FROM one_time_tokens WHERE account_id = ? AND (purpose = 'reset-password'
       OR email = (SELECT pending_email FROM accounts WHERE id = ?))`,
    accountId,
    accountId,
  );
  await tx.run(
    'UPDATE accounts SET password_hash = ?, password_changed_at = ?, pending_email = NULL WHERE id = ?',
    passwordHash,
    at,
    accountId,
  );
  await raiseEpoch(tx, accountId);
}

/** Puts the same password under newer parameters in the place of its old hash; nothing when that was changed since. */
export async function rehashPassword(
  tx: Tx,
  input: { accountId: string; oldHash: string; newHash: string },
): Promise<void> {
  await tx.run(
    'UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?',
    input.newHash,
    input.accountId,
    input.oldHash,
  );
}
