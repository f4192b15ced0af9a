import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { type CreateAccount, createAccount } from './accounts.ts';
import { appendAudit } from './audit.ts';
import { type IamChange, raiseIamVersion, requireAuthority } from './iam-authority.ts';
import { HELD, requireNothingLeft } from './iam-users.ts';
import { deleteAccount } from './profiles.ts';

/** Who may take a role on. */
export interface TrustPolicy {
  /** JSON. */
  readonly trustPolicy: string;
  /** JSON: the ids of the accounts that it names, by their names. */
  readonly principals: string;
}

export interface CreateRole extends IamChange, TrustPolicy {
  /** What the role acts as. */
  readonly account: Omit<CreateAccount, 'audit'>;
  readonly name: string;
  readonly path: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
}

/** Throws `AccountExists`, `AccessDenied`. */
export async function createRole(tx: Tx, input: CreateRole): Promise<void> {
  await requireAuthority(tx, input);
  const { account, audit, name, path, description = null, trustPolicy, principals, maxSessionSeconds } = input;
  await createAccount(tx, { ...account, audit });
  await tx.run(
    `INSERT INTO iam_roles (account_id, name, path, description, trust_policy, principals, max_session_seconds, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    account.id,
    name,
    path,
    description,
    trustPolicy,
    principals,
    maxSessionSeconds,
    account.at,
  );
}

/** Throws `NoSuchEntity`, `AccessDenied`. */
export async function setTrustPolicy(tx: Tx, input: IamChange & TrustPolicy & { roleId: string }): Promise<void> {
  await requireAuthority(tx, input);
  const { trustPolicy, principals, roleId } = input;
  const sql = 'UPDATE iam_roles SET trust_policy = ?, principals = ? WHERE account_id = ?';
  const changed = await tx.run(sql, trustPolicy, principals, roleId);
  if (changed === 0) throw new Failure('NoSuchEntity', 'There is no such role.');
  await appendAudit(tx, input.audit);
}

/** Ends the sessions of it, too. Throws `NoSuchEntity`, `DeleteConflict` while it has policies or buckets, `AccessDenied`. */
export async function deleteRole(tx: Tx, input: IamChange & { readonly roleId: string }): Promise<void> {
  await requireAuthority(tx, input);
  const { roleId, audit } = input;
  const role = await tx.get('SELECT name FROM iam_roles WHERE account_id = ?', roleId);
  if (role === undefined) throw new Failure('NoSuchEntity', 'There is no such role.');
  await requireNothingLeft(tx, roleId, HELD);
  await tx.run('DELETE FROM iam_roles WHERE account_id = ?', roleId);
  await deleteAccount(tx, { accountId: roleId, audit });
  await raiseIamVersion(tx);
}
