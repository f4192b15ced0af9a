import { prefixEnd } from '../key-order.ts';
import type { AccountRole, AccountStatus } from '../mutations/accounts.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface AccountRow {
  readonly id: string;
  readonly canonical_id: string;
  readonly name: string;
  readonly display_name: string;
  readonly role: AccountRole;
  readonly status: AccountStatus;
  readonly created_at: string;
  /** In every token; raising it ends all of them. */
  readonly epoch: number;
}

/** The columns of {@link AccountRow}, of accounts as `a`. */
export const ACCOUNT_COLUMNS = 'a.id, a.canonical_id, a.name, a.display_name, a.role, a.status, a.created_at, a.epoch';

export function findAccount(tx: Tx, name: string): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.name = ?`, name);
}

export function findAccountById(tx: Tx, id: string): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.id = ?`, id);
}

/** @param canonicalId S3's name of it */
export function findAccountByCanonicalId(tx: Tx, canonicalId: string): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.canonical_id = ?`, canonicalId);
}

export function findRootAccount(tx: Tx): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.role = 'root'`);
}

/** All that is known of an account beside its secrets. */
export interface ProfileRow extends AccountRow {
  readonly email: string | null;
  readonly email_verified_at: string | null;
  readonly pending_email: string | null;
  readonly second_factor: 'optional' | 'required';
  readonly last_login_at: string | null;
  readonly password_changed_at: string | null;
  /** Of argon2id, as a PHC string; null: no password. Never leaves the services. */
  readonly password_hash: string | null;
  readonly object_count: number;
  readonly logical_bytes: number;
  readonly quota_bytes: number | null;
}

const PROFILE = `SELECT ${ACCOUNT_COLUMNS}, a.email, a.email_verified_at, a.pending_email, a.second_factor,
    a.last_login_at, a.password_changed_at, a.password_hash, u.object_count, u.logical_bytes, u.quota_bytes
  FROM accounts a JOIN usage u ON u.account_id = a.id`;

export function findProfile(tx: Tx, id: string): MaybePromise<ProfileRow | undefined> {
  return tx.get<ProfileRow>(`${PROFILE} WHERE a.id = ?`, id);
}

/** Whom a log-in is about: the account of that name, else the one of that name in another case, else of that e-mail. */
export async function findLogin(tx: Tx, login: string): Promise<ProfileRow | undefined> {
  return (
    (await tx.get<ProfileRow>(`${PROFILE} WHERE a.name = ?`, login)) ??
    (await tx.get<ProfileRow>(`${PROFILE} WHERE lower(a.name) = lower(?) ORDER BY a.id LIMIT 1`, login)) ??
    (await tx.get<ProfileRow>(`${PROFILE} WHERE a.email = lower(?)`, login))
  );
}

/** Whose e-mail it is, in lower case. */
export function findProfileByEmail(tx: Tx, email: string): MaybePromise<ProfileRow | undefined> {
  return tx.get<ProfileRow>(`${PROFILE} WHERE a.email = ?`, email);
}

/** Which accounts; all where nothing is asked for. */
export interface AccountFilter {
  readonly role?: AccountRole | undefined;
  readonly status?: AccountStatus | undefined;
  /** What the name is, in whatever case. */
  readonly name?: string | undefined;
  /** What the name begins with, in whatever case. */
  readonly prefix?: string | undefined;
}

/** A page of accounts, by name in whatever case, that begins behind a name. */
export function listProfiles(
  tx: Tx,
  page: AccountFilter & { readonly after: string | undefined; readonly limit: number },
): MaybePromise<ProfileRow[]> {
  const { after, role, status, name, prefix } = page;
  const terms: [sql: string, ...values: (string | undefined)[]][] = [
    // An index leads to where the first of these two begins, and not to that of the second.
    ['lower(a.name) >= lower(?)', after],
    ['(lower(a.name), a.name) > (lower(?), ?)', after, after],
    ['a.role = ?', role],
    ['a.status = ?', status],
    ['lower(a.name) = lower(?)', name],
    ['lower(a.name) >= lower(?)', prefix],
    ['lower(a.name) < ?', prefix && prefixEnd(prefix.toLowerCase())],
  ];
  const asked = terms.filter(([, value]) => value !== undefined && value !== '');
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(([sql]) => sql).join(' AND ')}`;
  const values = asked.flatMap(([, ...given]) => given.filter((value) => value !== undefined));
  return tx.all<ProfileRow>(`${PROFILE} ${where} ORDER BY lower(a.name), a.name LIMIT ?`, ...values, page.limit);
}

export interface AccountUsageRow extends AccountRow {
  readonly email: string | null;
  readonly object_count: number;
  readonly logical_bytes: number;
  readonly quota_bytes: number | null;
}

/** All accounts with what they store, by name. */
export function listAccounts(tx: Tx): MaybePromise<AccountUsageRow[]> {
  return tx.all<AccountUsageRow>(
    `SELECT ${ACCOUNT_COLUMNS}, a.email, u.object_count, u.logical_bytes, u.quota_bytes
     FROM accounts a JOIN usage u ON u.account_id = a.id ORDER BY a.name`,
  );
}
