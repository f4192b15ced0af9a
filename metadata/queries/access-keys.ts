import type { MaybePromise, Tx } from '../tx.ts';
import { ACCOUNT_COLUMNS, type AccountRow } from './accounts.ts';

export interface CredentialRow extends AccountRow {
  readonly access_key: string;
  readonly wrapped_secret: string;
  /** ISO time; null: never. */
  readonly key_expires_at: string | null;
  /** JSON; null: the key may do what its account may. */
  readonly key_policy: string | null;
  readonly key_status: 'active' | 'inactive';
}

/** An access key with its account: what a signature is verified against. */
export function findCredential(tx: Tx, accessKey: string): MaybePromise<CredentialRow | undefined> {
  return tx.get<CredentialRow>(
    `SELECT k.access_key, k.wrapped_secret, k.expires_at AS key_expires_at, k.policy AS key_policy,
       k.status AS key_status, ${ACCOUNT_COLUMNS}
     FROM access_keys k JOIN accounts a ON a.id = k.account_id WHERE k.access_key = ?`,
    accessKey,
  );
}

/** An access key without its secret. */
export interface AccessKeyRow {
  readonly access_key: string;
  readonly account_id: string;
  /** Its name. */
  readonly account: string;
  readonly name: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly expires_at: string | null;
  /** JSON. */
  readonly policy: string | null;
  readonly status: 'active' | 'inactive';
}

const ACCESS_KEY = `SELECT k.access_key, k.account_id, a.name AS account, k.name, k.created_at, k.last_used_at,
    k.expires_at, k.policy, k.status
  FROM access_keys k JOIN accounts a ON a.id = k.account_id`;

export function findAccessKey(tx: Tx, accessKey: string): MaybePromise<AccessKeyRow | undefined> {
  return tx.get<AccessKeyRow>(`${ACCESS_KEY} WHERE k.access_key = ?`, accessKey);
}

/** The name of some access key; undefined where there is none. */
export async function findAnyAccessKey(tx: Tx): Promise<string | undefined> {
  return (await tx.get<{ access_key: string }>('SELECT access_key FROM access_keys LIMIT 1'))?.access_key;
}

/** Access keys of one account, or of all. */
export function listAccessKeys(tx: Tx, accountName: string | undefined): MaybePromise<AccessKeyRow[]> {
  if (accountName === undefined) return tx.all<AccessKeyRow>(`${ACCESS_KEY} ORDER BY a.name, k.access_key`);
  return tx.all<AccessKeyRow>(`${ACCESS_KEY} WHERE a.name = ? ORDER BY k.access_key`, accountName);
}

/** A page of an account's keys, in their order, that begins behind one. */
export function pageAccessKeys(
  tx: Tx,
  page: { readonly accountId: string; readonly after: string | undefined; readonly limit: number },
): MaybePromise<AccessKeyRow[]> {
  return tx.all<AccessKeyRow>(
    `${ACCESS_KEY} WHERE k.account_id = ? AND k.access_key > ? ORDER BY k.access_key LIMIT ?`,
    page.accountId,
    page.after ?? '',
    page.limit,
  );
}
