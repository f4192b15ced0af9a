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
  readonly session_expires_at: string;
}

/** The account whose session it is; undefined for a session that has ended. Its time may be over. */
export function findSessionAccount(tx: Tx, sessionId: string): MaybePromise<SessionAccountRow | undefined> {
  return tx.get<SessionAccountRow>(
    `SELECT ${ACCOUNT_COLUMNS}, s.methods AS session_methods, s.created_at AS session_created_at,
            s.expires_at AS session_expires_at
     FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.id = ?`,
    sessionId,
  );
}

/** A page of an account's sessions, the newest first, that begins below an id. */
export function listSessions(
  tx: Tx,
  page: { readonly accountId: string; readonly before: string | undefined; readonly limit: number },
): MaybePromise<SessionRow[]> {
  return tx.all<SessionRow>(
    `SELECT id, account_id, methods, created_at, last_used_at, expires_at, address, user_agent
     FROM sessions WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    page.accountId,
    page.before ?? '~', // behind every id
    page.limit,
  );
}
