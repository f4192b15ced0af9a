import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { AccountRole } from './accounts.ts';
import type { AuditEntry } from './audit.ts';
import { requireAdmin } from './may-administer.ts';

/** Who changes users, groups, roles and policies. */
export interface IamChange {
  /** A policy has allowed it to who is no admin. */
  readonly isDelegated?: boolean;
  readonly audit: AuditEntry;
}

/** Throws `AccessDenied` for who is no admin any more, and was not allowed it by a policy. */
export async function requireAuthority(tx: Tx, { isDelegated, audit }: IamChange): Promise<void> {
  if (isDelegated !== true) await requireAdmin(tx, audit.actorId);
}

/**
 * As {@link requireAuthority}, over what an account or a group is allowed. Nobody becomes an admin by a policy: whom a
 * policy alone allows it leaves admins be. Throws `AccessDenied`, `NoSuchEntity` where neither is there.
 */
export async function requireHolder(tx: Tx, change: IamChange & { readonly holderId: string }): Promise<void> {
  await requireAuthority(tx, change);
  const { holderId } = change;
  const account = await tx.get<{ role: AccountRole }>('SELECT role FROM accounts WHERE id = ?', holderId);
  if (account !== undefined) return requireBelow(account.role, change);
  const group = await tx.get('SELECT id FROM iam_groups WHERE id = ?', holderId);
  if (group === undefined) throw new Failure('NoSuchEntity', 'It is gone.');
  await requireMembersBelow(tx, change);
}

/** What a group is allowed and refused, its members are. */
async function requireMembersBelow(
  tx: Tx,
  { holderId, isDelegated }: IamChange & { readonly holderId: string },
): Promise<void> {
  if (isDelegated !== true) return;
  const members = await tx.all<{ role: AccountRole }>(
    'SELECT a.role FROM iam_group_members m JOIN accounts a ON a.id = m.account_id WHERE m.group_id = ?',
    holderId,
  );
  for (const { role } of members) requireBelow(role, { isDelegated });
}

/** Throws `AccessDenied` where a policy alone would allow it to do something to an admin. */
export function requireBelow(role: AccountRole, { isDelegated }: Pick<IamChange, 'isDelegated'>): void {
  if (isDelegated !== true || (role !== 'root' && role !== 'admin')) return;
  throw new Failure('AccessDenied', 'Only admins do that to admins.');
}

/** What was remembered of policies is read again. */
export async function raiseIamVersion(tx: Tx): Promise<void> {
  await tx.run('UPDATE iam_version SET version = version + 1 WHERE id = 1');
}

export interface Limit {
  readonly sql: string;
  readonly id: string;
  readonly most: number;
  readonly what: string;
}

/** Throws `LimitExceeded` where as many are there. @param sql counts them, as `count`, of an id */
export async function requireRoom(tx: Tx, { sql, id, most, what }: Limit): Promise<void> {
  const found = await tx.get<{ count: number }>(sql, id);
  if ((found?.count ?? 0) >= most) throw new Failure('LimitExceeded', `Cannot exceed quota for ${what}: ${most}`);
}
