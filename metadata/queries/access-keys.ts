import type { MaybePromise, Tx } from '../tx.ts';
import { ACCOUNT_COLUMNS, type AccountRow } from './accounts.ts';

export interface CredentialRow extends AccountRow {
  readonly access_key: string;
  readonly wrapped_secret: string;
}

/** An access key with its account: what a signature is verified against. */
export function findCredential(tx: Tx, accessKey: string): MaybePromise<CredentialRow | undefined> {
  return tx.get<CredentialRow>(
    `SELECT k.access_key, k.wrapped_secret, ${ACCOUNT_COLUMNS}
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
