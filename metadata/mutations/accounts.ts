import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

export type AccountRole = 'root' | 'member';
export type AccountStatus = 'active' | 'disabled';

export interface CreateAccount {
  readonly id: string;
  /** 64 hex digits: S3's name of an owner. */
  readonly canonicalId: string;
  readonly name: string;
  readonly displayName: string;
  readonly role: AccountRole;
  readonly at: string;
}

/** Throws `AccountExists` when the name is taken. */
export async function createAccount(tx: Tx, input: CreateAccount): Promise<void> {
  const existing = await tx.get('SELECT id FROM accounts WHERE name = ?', input.name);
  if (existing !== undefined) throw new Failure('AccountExists', `An account named '${input.name}' exists.`);
  await tx.run(
    `INSERT INTO accounts (id, canonical_id, name, display_name, role, status, created_at)
     VALUES (?, ?, ?, ?, ?, 'active', ?)`,
    input.id,
    input.canonicalId,
    input.name,
    input.displayName,
    input.role,
    input.at,
  );
  await tx.run('INSERT INTO usage (account_id, object_count, logical_bytes) VALUES (?, 0, 0)', input.id);
}

/** Throws `NoSuchAccount`. */
export async function setAccountStatus(tx: Tx, input: { name: string; status: AccountStatus }): Promise<void> {
  const changed = await tx.run('UPDATE accounts SET status = ? WHERE name = ?', input.status, input.name);
  if (changed === 0) throw new Failure('NoSuchAccount', `There is no account named '${input.name}'.`);
}

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

/** Gives an account a bucket prefix; several accounts may share one. Throws `ClaimExists`. */
export async function addClaim(tx: Tx, input: { prefix: string; accountId: string; at: string }): Promise<void> {
  const existing = await tx.get(
    'SELECT prefix FROM claims WHERE prefix = ? AND account_id = ?',
    input.prefix,
    input.accountId,
  );
  if (existing !== undefined) throw new Failure('ClaimExists', `The account has claimed '${input.prefix}' already.`);
  await tx.run(
    'INSERT INTO claims (prefix, account_id, created_at) VALUES (?, ?, ?)',
    input.prefix,
    input.accountId,
    input.at,
  );
}

/** Throws `NoSuchClaim`. */
export async function removeClaim(tx: Tx, input: { prefix: string; accountId: string }): Promise<void> {
  const removed = await tx.run('DELETE FROM claims WHERE prefix = ? AND account_id = ?', input.prefix, input.accountId);
  if (removed === 0) throw new Failure('NoSuchClaim', `The account has no claim on '${input.prefix}'.`);
}
