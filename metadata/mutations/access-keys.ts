import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { requireAccount } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { requireBelow } from './iam-authority.ts';
import { requireAdministered } from './may-administer.ts';

export interface CreateAccessKey {
  readonly accessKey: string;
  readonly accountId: string;
  /** Sealed by the master key. */
  readonly wrappedSecret: string;
  readonly name?: string;
  /** ISO time; absent: never. */
  readonly expiresAt?: string;
  /** JSON; absent: it may do what the account may. */
  readonly policy?: string;
  /** Refused where the account has as many; absent: no limit. */
  readonly maxKeys?: number;
  readonly at: string;
  /** A policy has allowed it to who is no admin. */
  readonly isDelegated?: boolean;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchAccount`, `AccessKeyExists`, `TooManyAccessKeys`, `AccessDenied`. */
export async function createAccessKey(tx: Tx, input: CreateAccessKey): Promise<void> {
  const { accessKey, accountId } = input;
  await requireActor(tx, input);
  const existing = await tx.get('SELECT account_id FROM access_keys WHERE access_key = ?', accessKey);
  if (existing !== undefined) throw new Failure('AccessKeyExists', `The access key '${accessKey}' exists.`);
  if (input.maxKeys !== undefined) await requireRoom(tx, accountId, input.maxKeys);
  await tx.run(
    `INSERT INTO access_keys (access_key, account_id, wrapped_secret, created_at, name, expires_at, policy)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    accessKey,
    accountId,
    input.wrappedSecret,
    input.at,
    input.name ?? null,
    input.expiresAt ?? null,
    input.policy ?? null,
  );
  await appendAudit(tx, input.audit);
}

/** Keys are made and unmade by their account, or for it by an admin. */
async function requireActor(
  tx: Tx,
  { accountId, isDelegated = false, audit }: { accountId: string; isDelegated?: boolean; audit: AuditEntry },
): Promise<void> {
  const { actorId } = audit;
  if (actorId === accountId) await requireAccount(tx, accountId);
  else if (isDelegated) requireBelow((await requireAccount(tx, accountId)).role, { isDelegated });
  else await requireAdministered(tx, { accountId, actorId });
}

async function requireRoom(tx: Tx, accountId: string, maxKeys: number): Promise<void> {
  const found = await tx.get<{ count: number }>(
    'SELECT COUNT(*) AS count FROM access_keys WHERE account_id = ?',
    accountId,
  );
  if ((found?.count ?? 0) < maxKeys) return;
  throw new Failure('TooManyAccessKeys', `An account has at most ${maxKeys} access keys; delete one first.`);
}

/** What is absent stays as it is; null takes it away. */
export interface ChangeAccessKey {
  readonly accessKey: string;
  readonly accountId: string;
  readonly name?: string | null;
  /** ISO time. */
  readonly expiresAt?: string | null;
  /** JSON. */
  readonly policy?: string | null;
  /** An inactive key signs nothing. */
  readonly status?: 'active' | 'inactive';
  /** A policy has allowed it to who is no admin. */
  readonly isDelegated?: boolean;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchAccessKey`, also for the key of another account; `NoSuchAccount`, `AccessDenied`. */
export async function changeAccessKey(tx: Tx, input: ChangeAccessKey): Promise<void> {
  const { accessKey } = input;
  await requireActor(tx, input);
  await requireKey(tx, input);
  if (input.name !== undefined) {
    await tx.run('UPDATE access_keys SET name = ? WHERE access_key = ?', input.name, accessKey);
  }
  if (input.expiresAt !== undefined) {
    await tx.run('UPDATE access_keys SET expires_at = ? WHERE access_key = ?', input.expiresAt, accessKey);
  }
  if (input.policy !== undefined) {
    await tx.run('UPDATE access_keys SET policy = ? WHERE access_key = ?', input.policy, accessKey);
  }
  if (input.status !== undefined) {
    await tx.run('UPDATE access_keys SET status = ? WHERE access_key = ?', input.status, accessKey);
  }
  await appendAudit(tx, input.audit);
}

interface OwnedKey {
  readonly accessKey: string;
  readonly accountId: string;
}

async function requireKey(tx: Tx, { accessKey, accountId }: OwnedKey): Promise<void> {
  const sql = 'SELECT access_key FROM access_keys WHERE access_key = ? AND account_id = ?';
  const existing = await tx.get(sql, accessKey, accountId);
  if (existing === undefined) throw new Failure('NoSuchAccessKey', `There is no access key '${accessKey}'.`);
}

/** Throws `NoSuchAccessKey`, also for the key of another account; `NoSuchAccount`, `AccessDenied`. */
export async function deleteAccessKey(
  tx: Tx,
  input: OwnedKey & { readonly isDelegated?: boolean; readonly audit: AuditEntry },
): Promise<void> {
  await requireActor(tx, input);
  await requireKey(tx, input);
  await tx.run('DELETE FROM access_keys WHERE access_key = ?', input.accessKey);
  await appendAudit(tx, input.audit);
}

/** Remembers when keys were used (ISO times). Of several gateways the latest wins; keys that are gone do not matter. */
export async function recordKeyUses(
  tx: Tx,
  { uses }: { readonly uses: readonly { readonly accessKey: string; readonly at: string }[] },
): Promise<void> {
  for (const { accessKey, at } of uses) {
    await tx.run(
      'UPDATE access_keys SET last_used_at = ? WHERE access_key = ? AND (last_used_at IS NULL OR last_used_at < ?)',
      at,
      accessKey,
      at,
    );
  }
}
