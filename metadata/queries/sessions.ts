import type { MaybePromise, Tx } from '../tx.ts';
import { ACCOUNT_COLUMNS, type AccountRow } from './accounts.ts';

export interface SessionRow {
  readonly id: string;
  readonly account_id: string;
  readonly methods: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly address: string | null;
  readonly user_agent: string | null;
}

/** A session with its account: what an access token is checked against. */
export interface SessionAccountRow extends AccountRow {
  readonly session_methods: string;
  readonly session_created_at: string;
  /** That of its beginning, as long as it was not refreshed. */
  readonly session_last_used_at: string;
  readonly session_expires_at: string;
}

/** The account whose session it is; undefined for a session that has ended. Its time may be over. */
export function findSessionAccount(tx: Tx, sessionId: string): MaybePromise<SessionAccountRow | undefined> {
  return tx.get<SessionAccountRow>(
    `SELECT ${ACCOUNT_COLUMNS}, s.methods AS session_methods, s.created_at AS session_created_at, s.last_used_at AS session_last_used_at,
            s.expires_at AS session_expires_at
     FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = ?`,
    sessionId,
  );
}

const SESSION_COLUMNS = 'id, account_id, methods, created_at, last_used_at, expires_at, address, user_agent';

/** A page of an account's sessions that have not ended at a time (ISO), the newest first, that begins below an id. */
export function listSessions(
  tx: Tx,
  page: {
    readonly accountId: string;
    readonly at: string;
    readonly before: string | undefined;
    readonly limit: number;
  },
): MaybePromise<SessionRow[]> {
  return tx.all<SessionRow>(
    `SELECT ${SESSION_COLUMNS}
     FROM sessions WHERE account_id = ? AND id < ? AND expires_at > ? ORDER BY id DESC LIMIT ?`,
    page.accountId,
    page.before ?? '~', // behind every id
    page.at,
    page.limit,
  );
}

/** A session of an account that has not ended at a time (ISO). */
export function findSession(
  tx: Tx,
  session: { readonly id: string; readonly accountId: string; readonly at: string },
): MaybePromise<SessionRow | undefined> {
  return tx.get<SessionRow>(
    `SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ? AND account_id = ? AND expires_at > ?`,
    session.id,
    session.accountId,
    session.at,
  );
}

/** The id of the session that a refresh token (SHA-256, hex) belongs to, used or not. */
export async function findSessionOfToken(tx: Tx, tokenHash: string): Promise<string | undefined> {
  const row = await tx.get<{ id: string }>(
    'SELECT session_id AS id FROM refresh_tokens WHERE token_hash = ?',
    tokenHash,
  );
  return row?.id;
}
