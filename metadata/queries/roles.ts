import type { MaybePromise, Tx } from '../tx.ts';
import { listHolders } from './grants.ts';

export interface GrantRoleRow {
  readonly id: string;
  readonly name: string;
  readonly owner_id: string;
  /** Its name. */
  readonly owner: string;
  readonly created_at: string;
}

/** That somebody is in a role: once a grantor. */
export interface RoleMemberRow {
  readonly id: number;
  readonly role_id: string;
  readonly role: string;
  /** 'user:<id>' or 'role:<id>'. */
  readonly grantee: string;
  readonly grantee_name: string | null;
  readonly grantor: string;
  readonly grantor_name: string | null;
  readonly with_option: 0 | 1;
  readonly created_at: string;
}

export interface RoleFilter {
  /** Those that this account owns or is in; undefined: all. */
  readonly seenBy?: string | undefined;
  /** Behind this name. */
  readonly after?: string | undefined;
  readonly limit: number;
}

const ROLE = `SELECT r.id, r.name, r.owner_id, a.name AS owner, r.created_at
  FROM roles r JOIN accounts a ON a.id = r.owner_id`;
const MEMBER = `SELECT g.id, g.role_id, r.name AS role, g.grantee, COALESCE(ga.name, gr.name) AS grantee_name,
    g.grantor, COALESCE(oa.name, orr.name) AS grantor_name, g.with_option, g.created_at
  FROM role_members g JOIN roles r ON r.id = g.role_id
  LEFT JOIN accounts ga ON ga.id = substr(g.grantee, 6) LEFT JOIN roles gr ON gr.id = substr(g.grantee, 6)
  LEFT JOIN accounts oa ON oa.id = substr(g.grantor, 6) LEFT JOIN roles orr ON orr.id = substr(g.grantor, 6)`;

/** Roles by name. */
export async function listRoles(tx: Tx, { seenBy, after = '', limit }: RoleFilter): Promise<GrantRoleRow[]> {
  if (seenBy === undefined)
    return tx.all<GrantRoleRow>(`${ROLE} WHERE r.name > ? ORDER BY r.name LIMIT ?`, after, limit);
  const holders = (await listHolders(tx, `user:${seenBy}`)).slice(1).map((holder) => holder.slice('role:'.length));
  const marks = holders.map(() => '?').join(', ');
  const sql = `${ROLE} WHERE r.name > ? AND (r.owner_id = ? OR r.id IN (${marks})) ORDER BY r.name LIMIT ?`;
  return tx.all<GrantRoleRow>(sql, after, seenBy, ...holders, limit);
}

export function findRole(tx: Tx, name: string): MaybePromise<GrantRoleRow | undefined> {
  return tx.get<GrantRoleRow>(`${ROLE} WHERE r.name = ?`, name);
}

export function listRoleMembers(tx: Tx, roleId: string): MaybePromise<RoleMemberRow[]> {
  return tx.all<RoleMemberRow>(`${MEMBER} WHERE g.role_id = ? ORDER BY g.id`, roleId);
}

/** Who is in roles by the leave of somebody. */
export function listMembersBy(tx: Tx, grantor: string): MaybePromise<RoleMemberRow[]> {
  return tx.all<RoleMemberRow>(`${MEMBER} WHERE g.grantor = ?`, grantor);
}

/** Which roles somebody is in by itself. */
export function listMembershipsOf(tx: Tx, grantee: string): MaybePromise<RoleMemberRow[]> {
  return tx.all<RoleMemberRow>(`${MEMBER} WHERE g.grantee = ?`, grantee);
}
