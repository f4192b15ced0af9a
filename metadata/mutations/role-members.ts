import type { GrantRole, RevokeRole } from '../dcl.ts';
import { nameWords } from '../dcl.ts';
import { Failure } from '../failure.ts';
import { listHolders } from '../queries/grants.ts';
import { listRoleMembers, type RoleMemberRow } from '../queries/roles.ts';
import type { Tx } from '../tx.ts';
import type { AuditEntry } from './audit.ts';
import { logMembers } from './grant-log.ts';
import { dependents, findHolder, type Grantor, isOwner, memberWords, requireRole } from './grant-names.ts';
import { isCircular, unsupported } from './grant-support.ts';
import type { GrantTerms } from './grants.ts';

/** Resolves to how many are in a role that were not, or have the admin option now. Throws `AccessDenied`, `CircularGrant`. */
export async function grantRoles(tx: Tx, statement: GrantRole, terms: GrantTerms): Promise<number> {
  let changed = 0;
  for (const name of new Set(statement.roles)) {
    const role = await requireRole(tx, name);
    const as = await requireRoleGrantor(tx, { ...role, name }, terms.grantor);
    for (const grantee of await membersOf(tx, statement)) {
      await requireNoCircle(tx, { role: role.id, grantee });
      const member = { ...role, grantee, as, withOption: statement.withOption };
      if (await addMember(tx, member, terms)) changed += 1;
    }
  }
  return changed;
}

interface NewMember {
  /** Of the role. */
  readonly id: string;
  readonly owner: string;
  readonly grantee: string;
  readonly as: string;
  readonly withOption: boolean;
}

async function addMember(tx: Tx, given: NewMember, { at, audit }: GrantTerms): Promise<boolean> {
  const { id, owner, grantee, as, withOption } = given;
  const links = await listRoleMembers(tx, id);
  const isSame = (row: RoleMemberRow) => row.grantee === grantee && row.grantor === as;
  const existing = links.find(isSame);
  if (existing !== undefined && (existing.with_option === 1 || !withOption)) return false;
  if (withOption && isCircular({ links, owner, grantor: as, grantee })) {
    throw new Failure('CircularGrant', 'The admin option cannot be granted back to who it comes from.');
  }
  await tx.run(
    `INSERT INTO role_members (role_id, grantee, grantor, with_option, created_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (grantee, role_id, grantor) DO UPDATE SET with_option = excluded.with_option`,
    ...[id, grantee, as, withOption ? 1 : 0, at],
  );
  await logMembers(tx, audit, { type: 'role.granted', rows: (await listRoleMembers(tx, id)).filter(isSame) });
  return true;
}

/** Resolves to how many memberships went or lost the option. Throws `AccessDenied`, `GrantsDepend`. */
export async function revokeRoles(tx: Tx, statement: RevokeRole, { grantor, audit }: GrantTerms): Promise<number> {
  const { optionOnly } = statement;
  const grantees = new Set(await membersOf(tx, statement));
  const hanging: RoleMemberRow[] = [];
  const lost: RoleMemberRow[] = [];
  for (const name of new Set(statement.roles)) {
    const role = await requireRole(tx, name);
    await requireRoleGrantor(tx, { ...role, name }, grantor);
    const revokers = new Set(isOwner(grantor, role.owner) ? [role.owner, ...grantor.holders] : grantor.holders);
    const links = await listRoleMembers(tx, role.id);
    const isHit = (row: RoleMemberRow) =>
      grantees.has(row.grantee) && revokers.has(row.grantor) && (!optionOnly || row.with_option === 1);
    const left = optionOnly
      ? links.map((row) => (isHit(row) ? { ...row, with_option: 0 as const } : row))
      : links.filter((row) => !isHit(row));
    lost.push(...links.filter(isHit));
    hanging.push(...unsupported(left, role.owner));
  }
  if (hanging.length > 0 && !statement.cascade) throw dependents(hanging.map(memberWords));
  const sql = optionOnly ? 'UPDATE role_members SET with_option = 0' : 'DELETE FROM role_members';
  for (const { id } of lost) await tx.run(`${sql} WHERE id = ?`, id);
  await logMembers(tx, audit, { type: 'role.revoked', rows: lost });
  await removeMembers(tx, hanging, audit);
  return lost.length + hanging.length;
}

export async function removeMembers(tx: Tx, rows: readonly RoleMemberRow[], audit: AuditEntry): Promise<void> {
  for (const { id } of rows) await tx.run('DELETE FROM role_members WHERE id = ?', id);
  await logMembers(tx, audit, { type: 'role.revoked', rows });
}

/** By whose right somebody lets others into a role: its owner's, or of who has the admin option. */
async function requireRoleGrantor(
  tx: Tx,
  role: { readonly id: string; readonly owner: string; readonly name: string },
  grantor: Grantor,
): Promise<string> {
  if (!grantor.isAuditor) {
    if (isOwner(grantor, role.owner)) return role.owner;
    const options = (await listRoleMembers(tx, role.id)).filter(({ with_option }) => with_option === 1);
    const holder = grantor.holders.find((each) => options.some(({ grantee }) => grantee === each));
    if (holder !== undefined) return holder;
  }
  throw new Failure('AccessDenied', `You may not grant or revoke the role ${nameWords(role.name)}.`);
}

async function membersOf(tx: Tx, { grantees }: GrantRole | RevokeRole): Promise<string[]> {
  const holders: string[] = [];
  for (const grantee of grantees) holders.push(await findHolder(tx, grantee));
  if (holders.includes('public')) throw new Failure('InvalidRequest', 'PUBLIC cannot be in a role.');
  return [...new Set(holders)];
}

/** Throws `CircularGrant` where a role would be in itself, also through others. */
async function requireNoCircle(tx: Tx, { role, grantee }: { role: string; grantee: string }): Promise<void> {
  const isInItself = grantee === `role:${role}` || (await isIn(tx, `role:${role}`, grantee));
  if (isInItself) throw new Failure('CircularGrant', 'A role cannot be in itself, also not through others.');
}

async function isIn(tx: Tx, holder: string, role: string): Promise<boolean> {
  if (!role.startsWith('role:')) return false;
  return (await listHolders(tx, holder)).includes(role);
}
