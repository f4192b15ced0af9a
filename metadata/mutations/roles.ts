import type { CreateRole, DropRole } from '../dcl.ts';
import { nameWords } from '../dcl.ts';
import { Failure } from '../failure.ts';
import { listGrantLinks, listGrantsBy, listGrantsTo } from '../queries/grants.ts';
import { findRole, listMembersBy, listMembershipsOf, listRoleMembers } from '../queries/roles.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { raiseGrantsVersion } from './grant-log.ts';
import { dependents, findRoot, grantWords, isOwner, memberWords } from './grant-names.ts';
import { covers, unsupported } from './grant-support.ts';
import { findGrants, type GrantTerms, removeGrants } from './grants.ts';
import { removeMembers } from './role-members.ts';

const ROLE_NAME = /^[A-Za-z0-9._@+-]{1,64}$/;

/** Whoever makes a role owns it; root those of the operator. Throws `RoleExists`, `InvalidRequest`, `AccessDenied`. */
export async function createRole(tx: Tx, { role }: CreateRole, terms: GrantTerms & { id: string }): Promise<number> {
  const { grantor, at, audit, id } = terms;
  if (grantor.isAuditor) throw new Failure('AccessDenied', 'Auditors write nothing.');
  if (!ROLE_NAME.test(role)) {
    throw new Failure('InvalidRequest', 'The name of a role has up to 64 letters, digits and ._@+- and no other.');
  }
  const existing = await tx.get<{ name: string }>('SELECT name FROM roles WHERE lower(name) = lower(?)', role);
  if (existing !== undefined) throw new Failure('RoleExists', `There is a role named '${existing.name}'.`);
  const owner = grantor.accountId ?? (await findRoot(tx)).slice('user:'.length);
  await tx.run('INSERT INTO roles (id, name, owner_id, created_at) VALUES (?, ?, ?, ?)', id, role, owner, at);
  await appendAudit(tx, { ...audit, type: 'role.created', accountId: owner, detail: { role } });
  return 1;
}

/** Throws `NoSuchRole`, `AccessDenied`; `GrantsDepend` while it holds, gives or is given something. */
export async function dropRole(tx: Tx, statement: DropRole, { grantor, audit }: GrantTerms): Promise<number> {
  const { role: name, ifExists, cascade } = statement;
  const role = await findRole(tx, name);
  if (role === undefined) {
    if (ifExists) return 0;
    throw new Failure('NoSuchRole', `There is no role named '${name}'.`);
  }
  if (grantor.isAuditor || !isOwner(grantor, `user:${role.owner_id}`)) {
    throw new Failure('AccessDenied', `You may not drop the role ${nameWords(name)}.`);
  }
  if (!cascade) await requireUnused(tx, role.id);
  await removeMembers(tx, await listRoleMembers(tx, role.id), audit);
  await forgetHolder(tx, `role:${role.id}`, audit);
  await tx.run('DELETE FROM roles WHERE id = ?', role.id);
  await appendAudit(tx, { ...audit, type: 'role.dropped', accountId: role.owner_id, detail: { role: name } });
  return 1;
}

async function requireUnused(tx: Tx, roleId: string): Promise<void> {
  const self = `role:${roleId}`;
  const members = [
    ...(await listRoleMembers(tx, roleId)),
    ...(await listMembershipsOf(tx, self)),
    ...(await listMembersBy(tx, self)),
  ];
  const grants = [...(await listGrantsTo(tx, self)), ...(await listGrantsBy(tx, self))];
  const uses = [...grants.map(grantWords), ...members.map(memberWords)];
  if (uses.length > 0) throw dependents(uses);
}

/** Takes everything from somebody that is no more, with what hangs on it. */
export async function forgetHolder(tx: Tx, holder: string, audit: AuditEntry): Promise<void> {
  const grants = once([...(await listGrantsTo(tx, holder)), ...(await listGrantsBy(tx, holder))]);
  const members = once([...(await listMembershipsOf(tx, holder)), ...(await listMembersBy(tx, holder))]);
  await removeGrants(tx, grants, audit);
  await removeMembers(tx, members, audit);
  const places = new Map(
    grants.map(({ bucket_id, privilege }) => [`${bucket_id} ${privilege}`, { bucket_id, privilege }]),
  );
  for (const { bucket_id, privilege } of places.values()) {
    const links = await listGrantLinks(tx, bucket_id, privilege);
    const hanging = unsupported(links, await ownerOf(tx, bucket_id), covers);
    await removeGrants(tx, await findGrants(tx, hanging), audit);
  }
  for (const { role_id, role } of new Map(members.map((row) => [row.role_id, row])).values()) {
    const owner = (await findRole(tx, role))?.owner_id;
    await removeMembers(tx, unsupported(await listRoleMembers(tx, role_id), `user:${owner}`), audit);
  }
}

/** Who grants to itself is on both sides. */
function once<Row extends { readonly id: number }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

async function ownerOf(tx: Tx, bucketId: number): Promise<string> {
  if (bucketId === 0) return findRoot(tx);
  const bucket = await tx.get<{ account_id: string }>('SELECT account_id FROM buckets WHERE id = ?', bucketId);
  return `user:${bucket?.account_id}`;
}

/** Before an account goes: what it held and gave goes along; the roles that it made are root's from then on. */
export async function forgetAccountGrants(tx: Tx, accountId: string, audit: AuditEntry): Promise<void> {
  const self = `user:${accountId}`;
  const owned = await tx.get('SELECT id FROM roles WHERE owner_id = ? LIMIT 1', accountId);
  if (owned !== undefined) await giveRolesToRoot(tx, accountId);
  await forgetHolder(tx, self, audit);
}

async function giveRolesToRoot(tx: Tx, accountId: string): Promise<void> {
  const root = await findRoot(tx);
  await tx.run(
    `UPDATE OR REPLACE role_members SET grantor = ?
     WHERE grantor = ? AND role_id IN (SELECT id FROM roles WHERE owner_id = ?)`,
    root,
    `user:${accountId}`,
    accountId,
  );
  await tx.run('UPDATE roles SET owner_id = ? WHERE owner_id = ?', root.slice('user:'.length), accountId);
  await raiseGrantsVersion(tx);
}

/** Before a bucket goes: one that is made by its name later has none of its grants. */
export async function forgetBucketGrants(tx: Tx, bucketId: number): Promise<void> {
  const removed = await tx.run('DELETE FROM grants WHERE bucket_id = ?', bucketId);
  if (removed > 0) await raiseGrantsVersion(tx);
}
