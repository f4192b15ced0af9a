import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

export interface CreateAccessKey {
  readonly accessKey: string;
  readonly accountId: string;
  /** Sealed by the master key. */
  readonly wrappedSecret: string;
  readonly at: string;
}

/** Throws `AccessKeyExists`. */
export async function createAccessKey(tx: Tx, input: CreateAccessKey): Promise<void> {
  const existing = await tx.get('SELECT account_id FROM access_keys WHERE access_key = ?', input.accessKey);
  if (existing !== undefined) throw new Failure('AccessKeyExists', `The access key '${input.accessKey}' exists.`);
  await tx.run(
    'INSERT INTO access_keys (access_key, account_id, wrapped_secret, created_at) VALUES (?, ?, ?, ?)',
    input.accessKey,
    input.accountId,
    input.wrappedSecret,
    input.at,
  );
}

/** Throws `NoSuchAccessKey`. */
export async function deleteAccessKey(tx: Tx, input: { accessKey: string }): Promise<void> {
  const removed = await tx.run('DELETE FROM access_keys WHERE access_key = ?', input.accessKey);
  if (removed === 0) throw new Failure('NoSuchAccessKey', `There is no access key '${input.accessKey}'.`);
}
