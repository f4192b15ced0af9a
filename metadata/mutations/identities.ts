import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';

/** Who somebody is at a provider. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** At the provider, in lower case. */
  readonly email?: string;
}

export interface LinkIdentity extends Identity {
  readonly accountId: string;
  /** In which it was asked for. */
  readonly sessionId: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Makes an identity a way into an account; nothing when it is one already. Throws `InvalidToken` when the session has
 * ended, and `IdentityTaken` when it is linked to another account, or the account to somebody else at that provider.
 */
export async function linkIdentity(tx: Tx, input: LinkIdentity): Promise<void> {
  await requireSession(tx, input);
  const linked = await findLinked(tx, input);
  if (linked?.account_id === input.accountId) return touchIdentity(tx, input);
  if (linked !== undefined) throw new Failure('IdentityTaken');
  if (await hasIdentityAt(tx, input)) {
    throw new Failure(
      'IdentityTaken',
      'The account is linked to another identity at that provider: unlink that first.',
    );
  }
  await insertIdentity(tx, input);
  await appendAudit(tx, input.audit);
}

async function requireSession(tx: Tx, { sessionId, accountId, at }: LinkIdentity): Promise<void> {
  const session = await tx.get(
    `SELECT s.id FROM sessions s JOIN accounts a ON a.id = s.account_id
     WHERE s.id = ? AND s.account_id = ? AND s.expires_at > ? AND a.status = 'active'`,
    sessionId,
    accountId,
    at,
  );
  if (session === undefined) throw new Failure('InvalidToken', 'The session that asked for it has ended.');
}

export interface UnlinkIdentity {
  readonly accountId: string;
  readonly provider: string;
  /** Where one can log in now: an identity elsewhere is no way in until its provider is set up again. */
  readonly providers: readonly string[];
  readonly audit: AuditEntry;
}

/** Throws `NoSuchIdentity`, and `LastWayIn` for an account that has no password and no other identity to log in with. */
export async function unlinkIdentity(tx: Tx, input: UnlinkIdentity): Promise<void> {
  const { accountId, provider } = input;
  if (!(await hasIdentityAt(tx, input))) throw new Failure('NoSuchIdentity');
  if (!(await hasOtherWayIn(tx, input)))
    throw new Failure('LastWayIn', 'Set a password or link another provider first.');
  await tx.run('DELETE FROM identities WHERE account_id = ? AND provider = ?', accountId, provider);
  await appendAudit(tx, input.audit);
}

async function hasOtherWayIn(tx: Tx, { accountId, provider, providers }: UnlinkIdentity): Promise<boolean> {
  const sql = 'SELECT id FROM accounts WHERE id = ? AND password_hash IS NOT NULL';
  if ((await tx.get(sql, accountId)) !== undefined) return true;
  const linked = await tx.all<{ provider: string }>('SELECT provider FROM identities WHERE account_id = ?', accountId);
  return linked.some((other) => other.provider !== provider && providers.includes(other.provider));
}

/** Whose identity it is, and whether that account may log in. */
export function findLinked(tx: Tx, { issuer, subject }: Identity) {
  return tx.get<{ readonly account_id: string; readonly status: string }>(
    `SELECT i.account_id, a.status FROM identities i JOIN accounts a ON a.id = i.account_id
     WHERE i.issuer = ? AND i.subject = ?`,
    issuer,
    subject,
  );
}

/** Whether the account is somebody at that provider. */
export async function hasIdentityAt(tx: Tx, input: { accountId: string; provider: string }): Promise<boolean> {
  const row = await tx.get(
    'SELECT subject FROM identities WHERE account_id = ? AND provider = ?',
    input.accountId,
    input.provider,
  );
  return row !== undefined;
}

/** Remembers when it was used, and the e-mail that it has by now. */
export async function touchIdentity(tx: Tx, input: Identity & { readonly at: string }): Promise<void> {
  await tx.run(
    'UPDATE identities SET last_used_at = ?, email = ? WHERE issuer = ? AND subject = ?',
    input.at,
    input.email ?? null,
    input.issuer,
    input.subject,
  );
}

export async function insertIdentity(
  tx: Tx,
  input: Identity & { readonly accountId: string; readonly at: string },
): Promise<void> {
  await tx.run(
    `INSERT INTO identities (issuer, subject, account_id, provider, email, linked_at, last_used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    input.issuer,
    input.subject,
    input.accountId,
    input.provider,
    input.email ?? null,
    input.at,
    input.at,
  );
}
