import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { requireAccount } from './accounts.ts';
import { appendAudit } from './audit.ts';
import { type IamChange, raiseIamVersion, requireAuthority, requireBelow, requireRoom } from './iam-authority.ts';

const MAX_GROUPS = 10;

export interface CreateGroup extends IamChange {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly at: string;
}

/** Throws `EntityAlreadyExists`, `AccessDenied`. */
export async function createGroup(tx: Tx, input: CreateGroup): Promise<void> {
  await requireAuthority(tx, input);
  const { id, name, path, at } = input;
  const existing = await tx.get('SELECT id FROM iam_groups WHERE lower(name) = lower(?)', name);
  if (existing !== undefined) throw new Failure('EntityAlreadyExists', `Group with name ${name} already exists.`);
  await tx.run('INSERT INTO iam_groups (id, name, path, created_at) VALUES (?, ?, ?, ?)', id, name, path, at);
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchEntity`, `DeleteConflict` while it has members or policies, `AccessDenied`. */
export async function deleteGroup(tx: Tx, input: IamChange & { readonly groupId: string }): Promise<void> {
  await requireAuthority(tx, input);
  const { groupId } = input;
  const held = await tx.get(
    `SELECT 1 FROM iam_group_members WHERE group_id = ?
     UNION ALL SELECT 1 FROM iam_attachments WHERE holder_id = ?
     UNION ALL SELECT 1 FROM iam_inline_policies WHERE holder_id = ? LIMIT 1`,
    groupId,
    groupId,
    groupId,
  );
  if (held !== undefined) {
    throw new Failure('DeleteConflict', 'Cannot delete entity, must remove users from group and policies first.');
  }
  const gone = await tx.run('DELETE FROM iam_groups WHERE id = ?', groupId);
  if (gone === 0) throw new Failure('NoSuchEntity', 'There is no such group.');
  await appendAudit(tx, input.audit);
}

export interface GroupMember extends IamChange {
  readonly groupId: string;
  readonly accountId: string;
}

/** Does nothing where it is one. Throws `NoSuchEntity`, `NoSuchAccount`, `LimitExceeded`, `AccessDenied`. */
export async function addGroupMember(tx: Tx, input: GroupMember): Promise<void> {
  await requireMember(tx, input);
  const { groupId, accountId } = input;
  const sql = 'SELECT group_id FROM iam_group_members WHERE group_id = ? AND account_id = ?';
  if ((await tx.get(sql, groupId, accountId)) !== undefined) return;
  await requireRoom(tx, {
    sql: 'SELECT COUNT(*) AS count FROM iam_group_members WHERE account_id = ?',
    id: accountId,
    most: MAX_GROUPS,
    what: 'groups of a user',
  });
  await tx.run('INSERT INTO iam_group_members (group_id, account_id) VALUES (?, ?)', groupId, accountId);
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchEntity` where it is none, `AccessDenied`. */
export async function removeGroupMember(tx: Tx, input: GroupMember): Promise<void> {
  await requireMember(tx, input);
  const { groupId, accountId } = input;
  const gone = await tx.run('DELETE FROM iam_group_members WHERE group_id = ? AND account_id = ?', groupId, accountId);
  if (gone === 0) throw new Failure('NoSuchEntity', 'The user is not in the group.');
  await raiseIamVersion(tx);
  await appendAudit(tx, input.audit);
}

async function requireMember(tx: Tx, input: GroupMember): Promise<void> {
  await requireAuthority(tx, input);
  const { role } = await requireAccount(tx, input.accountId);
  requireBelow(role, input);
  const group = await tx.get('SELECT id FROM iam_groups WHERE id = ?', input.groupId);
  if (group === undefined) throw new Failure('NoSuchEntity', 'There is no such group.');
}
