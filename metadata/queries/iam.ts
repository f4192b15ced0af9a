import type { MaybePromise, Tx } from '../tx.ts';
import { ACCOUNT_COLUMNS, type AccountRow } from './accounts.ts';

/** A number that grows with every change to policies and to who holds them; 0: none was ever made. */
export function findIamVersion(tx: Tx): MaybePromise<{ readonly version: number } | undefined> {
  return tx.get<{ version: number }>('SELECT version FROM iam_version WHERE id = 1');
}

/** A policy of an account. */
export interface IdentityPolicyRow {
  readonly name: string;
  /** JSON. */
  readonly document: string;
  /** Of the group that it comes by. */
  readonly group_name: string | null;
}

/** All policies of an account: its own and those of its groups, inline and attached. */
export function listIdentityPolicies(tx: Tx, accountId: string): MaybePromise<IdentityPolicyRow[]> {
  return tx.all<IdentityPolicyRow>(
    `SELECT name, document, NULL AS group_name FROM iam_inline_policies WHERE holder_id = ?
     UNION ALL SELECT p.name, p.document, NULL FROM iam_attachments t JOIN iam_policies p ON p.id = t.policy_id
       WHERE t.holder_id = ?
     UNION ALL SELECT i.name, i.document, g.name FROM iam_group_members m JOIN iam_groups g ON g.id = m.group_id
       JOIN iam_inline_policies i ON i.holder_id = g.id WHERE m.account_id = ?
     UNION ALL SELECT p.name, p.document, g.name FROM iam_group_members m JOIN iam_groups g ON g.id = m.group_id
       JOIN iam_attachments t ON t.holder_id = g.id JOIN iam_policies p ON p.id = t.policy_id WHERE m.account_id = ?`,
    accountId,
    accountId,
    accountId,
    accountId,
  );
}

export interface InlinePolicyRow {
  readonly name: string;
  readonly document: string;
}

/** By name. */
export function listInlinePolicies(tx: Tx, holderId: string): MaybePromise<InlinePolicyRow[]> {
  return tx.all<InlinePolicyRow>(
    'SELECT name, document FROM iam_inline_policies WHERE holder_id = ? ORDER BY name',
    holderId,
  );
}

export interface ManagedPolicyRow {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly document: string;
  readonly created_at: string;
  readonly attachment_count: number;
}

const MANAGED = `SELECT p.id, p.name, p.path, p.description, p.document, p.created_at,
    (SELECT COUNT(*) FROM iam_attachments t WHERE t.policy_id = p.id) AS attachment_count
  FROM iam_policies p`;

export function findManagedPolicy(tx: Tx, name: string): MaybePromise<ManagedPolicyRow | undefined> {
  return tx.get<ManagedPolicyRow>(`${MANAGED} WHERE p.name = ?`, name);
}

/** A page of rows in the order of their names, that begins behind one. */
export interface NamePage {
  readonly after: string;
  readonly limit: number;
}

/** @param page.onlyAttached those that somebody holds */
export function pageManagedPolicies(
  tx: Tx,
  { after, limit, onlyAttached, pathPrefix }: NamePage & { onlyAttached: boolean; pathPrefix: string },
): MaybePromise<ManagedPolicyRow[]> {
  const attached = onlyAttached ? 'AND EXISTS (SELECT 1 FROM iam_attachments t WHERE t.policy_id = p.id)' : '';
  return tx.all<ManagedPolicyRow>(
    `${MANAGED} WHERE p.name > ? AND substr(p.path, 1, length(?)) = ? ${attached} ORDER BY p.name LIMIT ?`,
    after,
    pathPrefix,
    pathPrefix,
    limit,
  );
}

/** Attached to an account or a group, by name. */
export function listAttachedPolicies(tx: Tx, holderId: string): MaybePromise<ManagedPolicyRow[]> {
  return tx.all<ManagedPolicyRow>(
    `${MANAGED} WHERE p.id IN (SELECT policy_id FROM iam_attachments WHERE holder_id = ?) ORDER BY p.name`,
    holderId,
  );
}

export interface PolicyHolderRow {
  readonly kind: 'user' | 'group' | 'role';
  readonly id: string;
  readonly name: string;
}

/** Who a policy is attached to, by kind and name. */
export function listPolicyHolders(tx: Tx, policyId: string): MaybePromise<PolicyHolderRow[]> {
  return tx.all<PolicyHolderRow>(
    `SELECT CASE WHEN g.id IS NOT NULL THEN 'group' WHEN r.account_id IS NOT NULL THEN 'role' ELSE 'user' END AS kind,
       t.holder_id AS id, COALESCE(g.name, r.name, a.name) AS name
     FROM iam_attachments t LEFT JOIN iam_groups g ON g.id = t.holder_id
       LEFT JOIN iam_roles r ON r.account_id = t.holder_id LEFT JOIN accounts a ON a.id = t.holder_id
     WHERE t.policy_id = ? ORDER BY kind, name`,
    policyId,
  );
}

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly created_at: string;
}

export function findGroup(tx: Tx, name: string): MaybePromise<GroupRow | undefined> {
  return tx.get<GroupRow>('SELECT id, name, path, created_at FROM iam_groups WHERE name = ?', name);
}

export function pageGroups(
  tx: Tx,
  { after, limit, pathPrefix }: NamePage & { pathPrefix: string },
): MaybePromise<GroupRow[]> {
  return tx.all<GroupRow>(
    `SELECT id, name, path, created_at FROM iam_groups WHERE name > ? AND substr(path, 1, length(?)) = ?
     ORDER BY name LIMIT ?`,
    after,
    pathPrefix,
    pathPrefix,
    limit,
  );
}

export function listGroupsOf(tx: Tx, accountId: string): MaybePromise<GroupRow[]> {
  return tx.all<GroupRow>(
    `SELECT g.id, g.name, g.path, g.created_at FROM iam_groups g JOIN iam_group_members m ON m.group_id = g.id
     WHERE m.account_id = ? ORDER BY g.name`,
    accountId,
  );
}

export function pageGroupMembers(
  tx: Tx,
  { groupId, after, limit }: NamePage & { groupId: string },
): MaybePromise<AccountRow[]> {
  return tx.all<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts a JOIN iam_group_members m ON m.account_id = a.id
     WHERE m.group_id = ? AND a.name > ? ORDER BY a.name LIMIT ?`,
    groupId,
    after,
    limit,
  );
}

/** Accounts that are no roles, by name. */
export function pageUsers(tx: Tx, { after, limit }: NamePage): MaybePromise<AccountRow[]> {
  return tx.all<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.name > ?
       AND NOT EXISTS (SELECT 1 FROM iam_roles r WHERE r.account_id = a.id) ORDER BY a.name LIMIT ?`,
    after,
    limit,
  );
}

/** What a role is, and the account that it acts as. */
export interface RoleRow {
  readonly account_id: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly trust_policy: string;
  readonly principals: string;
  readonly max_session_seconds: number;
  readonly created_at: string;
}

const ROLE = `SELECT account_id, name, path, description, trust_policy, principals, max_session_seconds, created_at
  FROM iam_roles`;

export function findIamRole(tx: Tx, name: string): MaybePromise<RoleRow | undefined> {
  return tx.get<RoleRow>(`${ROLE} WHERE name = ?`, name);
}

export function findIamRoleById(tx: Tx, accountId: string): MaybePromise<RoleRow | undefined> {
  return tx.get<RoleRow>(`${ROLE} WHERE account_id = ?`, accountId);
}

export function pageIamRoles(
  tx: Tx,
  { after, limit, pathPrefix }: NamePage & { pathPrefix: string },
): MaybePromise<RoleRow[]> {
  return tx.all<RoleRow>(
    `${ROLE} WHERE name > ? AND substr(path, 1, length(?)) = ? ORDER BY name LIMIT ?`,
    after,
    pathPrefix,
    pathPrefix,
    limit,
  );
}
