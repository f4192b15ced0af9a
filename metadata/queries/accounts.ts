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
}

const ACCOUNT = 'a.id, a.canonical_id, a.name, a.display_name, a.role, a.status, a.created_at';

export function findAccount(tx: Tx, name: string): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT} FROM accounts a WHERE a.name = ?`, name);
}

export function findAccountById(tx: Tx, id: string): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT} FROM accounts a WHERE a.id = ?`, id);
}

export function findRootAccount(tx: Tx): MaybePromise<AccountRow | undefined> {
  return tx.get<AccountRow>(`SELECT ${ACCOUNT} FROM accounts a WHERE a.role = 'root'`);
}

export interface AccountUsageRow extends AccountRow {
  readonly object_count: number;
  readonly logical_bytes: number;
}

/** All accounts with what they store, by name. */
export function listAccounts(tx: Tx): MaybePromise<AccountUsageRow[]> {
  return tx.all<AccountUsageRow>(
    `SELECT ${ACCOUNT}, u.object_count, u.logical_bytes
     FROM accounts a JOIN usage u ON u.account_id = a.id ORDER BY a.name`,
  );
}

export interface CredentialRow extends AccountRow {
  readonly access_key: string;
  readonly wrapped_secret: string;
}

/** An access key with its account: what a signature is verified against. */
export function findCredential(tx: Tx, accessKey: string): MaybePromise<CredentialRow | undefined> {
  return tx.get<CredentialRow>(
    `SELECT k.access_key, k.wrapped_secret, ${ACCOUNT}
     FROM access_keys k JOIN accounts a ON a.id = k.account_id WHERE k.access_key = ?`,
    accessKey,
  );
}

export interface AccessKeyRow {
  readonly access_key: string;
  readonly account: string;
  readonly created_at: string;
}

/** Access keys of one account, or of all. Never the secrets. */
export function listAccessKeys(tx: Tx, accountName: string | undefined): MaybePromise<AccessKeyRow[]> {
  const select = `SELECT k.access_key, a.name AS account, k.created_at
    FROM access_keys k JOIN accounts a ON a.id = k.account_id`;
  if (accountName === undefined) return tx.all<AccessKeyRow>(`${select} ORDER BY a.name, k.access_key`);
  return tx.all<AccessKeyRow>(`${select} WHERE a.name = ? ORDER BY k.access_key`, accountName);
}

export interface ClaimRow {
  readonly prefix: string;
  readonly account: string;
  readonly created_at: string;
}

export function listClaims(tx: Tx): MaybePromise<ClaimRow[]> {
  return tx.all<ClaimRow>(
    `SELECT c.prefix, a.name AS account, c.created_at
     FROM claims c JOIN accounts a ON a.id = c.account_id ORDER BY c.prefix, a.name`,
  );
}
