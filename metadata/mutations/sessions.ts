import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';

export interface CreateSession {
  readonly id: string;
  readonly accountId: string;
  /** How it was proven who it is: 'password totp'. */
  readonly methods: string;
  /** The account's epoch when that was proven. */
  readonly epoch: number;
  /** SHA-256 of the first refresh token, hex. */
  readonly tokenHash: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly audit: AuditEntry;
}

/**
 * Begins a session. Throws `InvalidCredentials` when the account was disabled, removed, or had its epoch raised since it
 * was proven who asks.
 */
export async function createSession(tx: Tx, input: CreateSession): Promise<void> {
  if (!(await isCurrent(tx, input))) throw new Failure('InvalidCredentials');
  await tx.run(
    `INSERT INTO sessions (id, account_id, methods, created_at, last_used_at, expires_at, address, user_agent)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    input.id,
    input.accountId,
    input.methods,
    input.at,
    input.at,
    input.expiresAt,
    input.audit.address,
    input.audit.userAgent,
  );
  await insertToken(tx, input.tokenHash, { sessionId: input.id, at: input.at });
  await tx.run('UPDATE accounts SET last_login_at = ? WHERE id = ?', input.at, input.accountId);
  await appendAudit(tx, input.audit);
}

export interface RefreshSession {
  /** SHA-256, hex: of the token that is presented, and of the one that replaces it. */
  readonly tokenHash: string;
  readonly nextTokenHash: string;
  readonly at: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What became of a refresh token. */
export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly sessionId: string; readonly accountId: string }
  | { readonly kind: 'reused'; readonly accountId: string }
  | { readonly kind: 'unknown' };

/**
 * Exchanges a refresh token for the next one. A token that was exchanged before ends its session with all its tokens:
 * either the client or a thief holds a copy ("Refresh Token Rotation", RFC 9700 section 4.14.2).
 */
export async function refreshSession(tx: Tx, input: RefreshSession): Promise<RefreshOutcome> {
  const token = await tx.get<RefreshTokenRow>(
    `SELECT t.session_id, t.used_at, s.account_id, s.expires_at, a.status
     FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN accounts a ON a.id = s.account_id
     WHERE t.token_hash = ?`,
    input.tokenHash,
  );
  if (token === undefined || token.expires_at <= input.at || token.status !== 'active') return { kind: 'unknown' };
  if (token.used_at !== null) return endReused(tx, input, token);
  await tx.run('UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ?', input.at, input.tokenHash);
  await insertToken(tx, input.nextTokenHash, { sessionId: token.session_id, at: input.at });
  await tx.run('UPDATE sessions SET last_used_at = ? WHERE id = ?', input.at, token.session_id);
  return { kind: 'refreshed', sessionId: token.session_id, accountId: token.account_id };
}

interface RefreshTokenRow {
  readonly session_id: string;
  readonly used_at: string | null;
  readonly account_id: string;
  readonly expires_at: string;
  readonly status: string;
}

async function endReused(tx: Tx, input: RefreshSession, token: RefreshTokenRow): Promise<RefreshOutcome> {
  await tx.run('DELETE FROM sessions WHERE id = ?', token.session_id);
  await appendAudit(tx, {
    at: input.at,
    type: 'session.reused',
    accountId: token.account_id,
    actorId: null,
    address: input.address,
    userAgent: input.userAgent,
    detail: { session: token.session_id },
  });
  return { kind: 'reused', accountId: token.account_id };
}

async function insertToken(tx: Tx, tokenHash: string, token: { sessionId: string; at: string }): Promise<void> {
  await tx.run(
    'INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES (?, ?, ?)',
    tokenHash,
    token.sessionId,
    token.at,
  );
}

/** Ends a session of an account, with all its tokens. Throws `NoSuchSession`. */
export async function endSession(tx: Tx, input: { id: string; accountId: string; audit: AuditEntry }): Promise<void> {
  const removed = await tx.run('DELETE FROM sessions WHERE id = ? AND account_id = ?', input.id, input.accountId);
  if (removed === 0) throw new Failure('NoSuchSession');
  await appendAudit(tx, input.audit);
}

/** Ends every session of an account and raises its epoch: no token that was made before counts any more. */
export async function endSessions(tx: Tx, input: { accountId: string; audit: AuditEntry }): Promise<void> {
  await raiseEpoch(tx, input.accountId);
  await appendAudit(tx, input.audit);
}

/** Whether an account that was proven to be who asks is still that: neither disabled nor removed, and of the same epoch. */
async function isCurrent(tx: Tx, { accountId, epoch }: { accountId: string; epoch: number }): Promise<boolean> {
  const sql = "SELECT id FROM accounts WHERE id = ? AND epoch = ? AND status = 'active'";
  return (await tx.get(sql, accountId, epoch)) !== undefined;
}

/** For mutations that outlast the session in which they are asked for. Throws `InvalidToken`. */
export async function requireCurrent(tx: Tx, proven: { accountId: string; epoch: number }): Promise<void> {
  if (!(await isCurrent(tx, proven))) throw new Failure('InvalidToken', 'The session has ended.');
}

/** For mutations after which nobody may go on as before. */
export async function raiseEpoch(tx: Tx, accountId: string): Promise<void> {
  await tx.run('UPDATE accounts SET epoch = epoch + 1 WHERE id = ?', accountId);
  await tx.run('DELETE FROM sessions WHERE account_id = ?', accountId);
}

/**
 * Removes sessions that expired before a time (ISO), with the refresh tokens of each, of which a long session has
 * thousands: at most `limit` rows a table. Resolves to how many rows went: when less than `limit`, none is left.
 */
export async function removeExpiredSessions(tx: Tx, input: { before: string; limit: number }): Promise<number> {
  const tokens = await tx.run(
    `DELETE FROM refresh_tokens WHERE token_hash IN
       (SELECT t.token_hash FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id WHERE s.expires_at < ? LIMIT ?)`,
    input.before,
    input.limit,
  );
  if (tokens === input.limit) return tokens;
  return (
    tokens +
    (await tx.run(
      'DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)',
      input.before,
      input.limit,
    ))
  );
}
