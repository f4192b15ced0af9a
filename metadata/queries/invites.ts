import type { AccountRole } from '../mutations/accounts.ts';
import type { MaybePromise, Tx } from '../tx.ts';

/** An invite without its token. */
export interface InviteRow {
  readonly id: string;
  readonly email: string | null;
  readonly role: Exclude<AccountRole, 'root'>;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly used_by: string | null;
  readonly used_at: string | null;
}

const COLUMNS = 'id, email, role, created_by, created_at, expires_at, used_by, used_at';

/** The invite whose token has that SHA-256 (hex). It may be used or too old. */
export function findInvite(tx: Tx, tokenHash: string): MaybePromise<InviteRow | undefined> {
  return tx.get<InviteRow>(`SELECT ${COLUMNS} FROM invites WHERE token_hash = ?`, tokenHash);
}

/** A page of all invites, the newest first, that begins below an id. */
export function listInvites(
  tx: Tx,
  page: { readonly before: string | undefined; readonly limit: number },
): MaybePromise<InviteRow[]> {
  return tx.all<InviteRow>(
    `SELECT ${COLUMNS} FROM invites WHERE id < ? ORDER BY id DESC LIMIT ?`,
    page.before ?? '~', // behind every id
    page.limit,
  );
}
