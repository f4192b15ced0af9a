import { type Grant, type Privilege, type PrivilegeTerms, privilegesOn, type Revoke, targetWords } from '../dcl.ts';
import { Failure } from '../failure.ts';
import {
  findGrant,
  type GrantLinkRow,
  type GrantRow,
  listGrantLinks,
  listGrantOptions,
  listGrantsAt,
} from '../queries/grants.ts';
import type { Tx } from '../tx.ts';
import type { AuditEntry } from './audit.ts';
import { logGrants } from './grant-log.ts';
import {
  dependents,
  type FoundTarget,
  findHolder,
  findTarget,
  type Grantor,
  grantWords,
  isOwner,
} from './grant-names.ts';
import { covers, isCircular, unsupported } from './grant-support.ts';

/** Who does something, and what the audit trail says of it. */
export interface GrantTerms {
  readonly grantor: Grantor;
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Resolves to how many grants there are more, or have the option now. Throws as `grantable`; `CircularGrant`. */
export async function grantPrivileges(tx: Tx, statement: Grant, terms: GrantTerms): Promise<number> {
  const target = await findTarget(tx, statement.target, terms.grantor);
  const rights = await grantable(tx, statement, { target, grantor: terms.grantor });
  const grantees = await holdersOf(tx, statement);
  let changed = 0;
  for (const { privilege, as } of rights) {
    for (const grantee of grantees) {
      const row = { target, privilege, grantee, as, withOption: statement.withOption };
      if (await addGrant(tx, row, terms)) changed += 1;
    }
  }
  return changed;
}

interface NewGrant {
  readonly target: FoundTarget;
  readonly privilege: Privilege;
  readonly grantee: string;
  /** The grantor that it is recorded by. */
  readonly as: string;
  readonly withOption: boolean;
}

/** What was granted before stays, the option too. Resolves to whether anything is new. */
async function addGrant(tx: Tx, given: NewGrant, { at, audit }: GrantTerms): Promise<boolean> {
  const { target, privilege, grantee, as, withOption } = given;
  const key = [grantee, target.bucketId, target.kind, target.path, privilege, as] as const;
  const existing = await tx.get<{ with_option: number }>(`SELECT with_option FROM grants WHERE ${SAME}`, ...key);
  if (existing !== undefined && (existing.with_option === 1 || !withOption)) return false;
  if (withOption) await requireStraight(tx, given);
  await tx.run(
    `INSERT INTO grants (grantee, bucket_id, kind, path, privilege, grantor, with_option, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (grantee, bucket_id, kind, path, privilege, grantor) DO UPDATE SET with_option = excluded.with_option`,
    ...key,
    withOption ? 1 : 0,
    at,
  );
  const made = await tx.get<{ id: number }>(`SELECT id FROM grants WHERE ${SAME}`, ...key);
  const row = await findGrant(tx, made?.id ?? 0);
  await logGrants(tx, audit, { type: 'grant.given', rows: row === undefined ? [] : [row] });
  return true;
}

const SAME = 'grantee = ? AND bucket_id = ? AND kind = ? AND path = ? AND privilege = ? AND grantor = ?';

/** Throws `CircularGrant`; `InvalidRequest` for an option of everybody. */
async function requireStraight(tx: Tx, { target, privilege, grantee, as: grantor }: NewGrant): Promise<void> {
  if (grantee === 'public') throw new Failure('InvalidRequest', 'PUBLIC cannot have a grant option.');
  const { owner } = target;
  if (grantor === owner) return;
  // From who has granted nothing nothing comes: as a rule that is known without looking at all the others.
  const sql = 'SELECT id FROM grants WHERE grantor = ? AND bucket_id = ? AND privilege = ? AND with_option = 1 LIMIT 1';
  if ((await tx.get(sql, grantee, target.bucketId, privilege)) === undefined) return;
  const links = await listGrantOptions(tx, target.bucketId, privilege);
  const suffices = (option: GrantLinkRow) => covers(option, target);
  if (isCircular({ links, owner, grantor, grantee, carries: covers, suffices })) {
    throw new Failure('CircularGrant', 'The grant option cannot be granted back to who it comes from.');
  }
}

/** Resolves to how many went or lost the option. Throws as `grantable`; `GrantsDepend`. */
export async function revokePrivileges(tx: Tx, statement: Revoke, terms: GrantTerms): Promise<number> {
  const { grantor, audit } = terms;
  const { optionOnly } = statement;
  const target = await findTarget(tx, statement.target, terms.grantor);
  const rights = await grantable(tx, statement, { target, grantor });
  const grantees = await holdersOf(tx, statement);
  const revokers = new Set(isOwner(grantor, target.owner) ? [target.owner, ...grantor.holders] : grantor.holders);
  const lost: GrantRow[] = [];
  const hanging: GrantRow[] = [];
  for (const { privilege } of rights) {
    const given = await listGiven(tx, grantees, { ...target, privilege });
    const hit = given.filter((row) => revokers.has(row.grantor) && (!optionOnly || row.with_option === 1));
    lost.push(...hit);
    hanging.push(...(await listHanging(tx, hit, { target, privilege, optionOnly })));
  }
  if (hanging.length > 0 && !statement.cascade) throw dependents(hanging.map(grantWords));
  const sql = optionOnly ? 'UPDATE grants SET with_option = 0' : 'DELETE FROM grants';
  for (const { id } of lost) await tx.run(`${sql} WHERE id = ?`, id);
  await logGrants(tx, audit, { type: 'grant.revoked', rows: lost });
  await removeGrants(tx, hanging, audit);
  return lost.length + hanging.length;
}

async function listGiven(
  tx: Tx,
  grantees: readonly string[],
  place: FoundTarget & { privilege: Privilege },
): Promise<GrantRow[]> {
  const rows: GrantRow[] = [];
  for (const grantee of grantees) rows.push(...(await listGrantsAt(tx, grantee, place)));
  return rows;
}

interface Loss {
  readonly target: FoundTarget;
  readonly privilege: Privilege;
  /** The privileges themselves stay. */
  readonly optionOnly: boolean;
}

/** What nothing holds any more once some are gone, or have no option. */
async function listHanging(
  tx: Tx,
  hit: readonly GrantRow[],
  { target, privilege, optionOnly }: Loss,
): Promise<GrantRow[]> {
  if (hit.every(({ with_option }) => with_option === 0)) return [];
  const links = await listGrantLinks(tx, target.bucketId, privilege);
  const gone = new Set(hit.map(({ id }) => id));
  const left = optionOnly
    ? links.map((row) => (gone.has(row.id) ? { ...row, with_option: 0 as const } : row))
    : links.filter(({ id }) => !gone.has(id));
  return findGrants(tx, unsupported(left, target.owner, covers));
}

/** Grants with all names. */
export async function findGrants(tx: Tx, links: readonly { readonly id: number }[]): Promise<GrantRow[]> {
  const rows: GrantRow[] = [];
  for (const { id } of links) {
    const row = await findGrant(tx, id);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

export async function removeGrants(tx: Tx, rows: readonly GrantRow[], audit: AuditEntry): Promise<void> {
  for (const { id } of rows) await tx.run('DELETE FROM grants WHERE id = ?', id);
  await logGrants(tx, audit, { type: 'grant.revoked', rows });
}

async function holdersOf(tx: Tx, { grantees }: PrivilegeTerms): Promise<string[]> {
  const holders: string[] = [];
  for (const grantee of grantees) holders.push(await findHolder(tx, grantee));
  return [...new Set(holders)];
}

interface Right {
  readonly privilege: Privilege;
  /** By whose right. */
  readonly as: string;
}

/**
 * The privileges of a statement and by whose right they are granted: ALL stands for those that one may grant. Throws
 * `AccessDenied` where one may not.
 */
async function grantable(
  tx: Tx,
  { privileges, target: named }: PrivilegeTerms,
  { target, grantor }: { target: FoundTarget; grantor: Grantor },
): Promise<Right[]> {
  const wanted = privileges === 'ALL' ? privilegesOn(named) : [...new Set(privileges)];
  const rights: Right[] = [];
  for (const privilege of wanted) {
    const as = await rightfulGrantor(tx, privilege, { target, grantor });
    if (as !== undefined) rights.push({ privilege, as });
    else if (privileges !== 'ALL') throw notGrantable(privilege, named);
  }
  if (rights.length === 0) throw notGrantable('anything', named);
  return rights;
}

function notGrantable(what: string, target: PrivilegeTerms['target']): Failure {
  return new Failure('AccessDenied', `You may not grant or revoke ${what} on ${targetWords(target)}.`);
}

/** The owner; else the account, and then the first of its roles, that holds the grant option on it or around it. */
async function rightfulGrantor(
  tx: Tx,
  privilege: Privilege,
  { target, grantor }: { target: FoundTarget; grantor: Grantor },
): Promise<string | undefined> {
  if (grantor.isAuditor) return undefined;
  if (isOwner(grantor, target.owner)) return target.owner;
  for (const holder of grantor.holders) {
    const options = await tx.all<Pick<GrantRow, 'kind' | 'path'>>(
      'SELECT kind, path FROM grants WHERE grantee = ? AND bucket_id = ? AND privilege = ? AND with_option = 1',
      holder,
      target.bucketId,
      privilege,
    );
    if (options.some((option) => covers(option, target))) return holder;
  }
  return undefined;
}
