import type { DclStatement, ShowGrants } from '../dcl.ts';
import { type GrantRow, listGrants } from '../queries/grants.ts';
import { type GrantRoleRow, listRoleMembers, listRoles, type RoleMemberRow } from '../queries/roles.ts';
import type { Tx } from '../tx.ts';
import type { AuditEntry } from './audit.ts';
import { findHolder, findTarget, type Grantor, requireGrantor } from './grant-names.ts';
import { type GrantTerms, grantPrivileges, revokePrivileges } from './grants.ts';
import { grantRoles, revokeRoles } from './role-members.ts';
import { createRole, dropRole } from './roles.ts';

export interface RunDcl {
  readonly statements: readonly DclStatement[];
  /** As many: of the roles that they make. */
  readonly ids: readonly string[];
  readonly at: string;
  /** Its actor is who grants and revokes; null: the operator, above all accounts. */
  readonly audit: AuditEntry;
}

/** What became of a statement. */
export type DclResult =
  | { readonly kind: 'done' /** How many rows came, went or have another option. */; readonly changed: number }
  | { readonly kind: 'grants'; readonly grants: readonly GrantRow[] }
  | {
      readonly kind: 'roles';
      readonly roles: readonly (GrantRoleRow & { readonly members: readonly RoleMemberRow[] })[];
    };

/** More than anybody reads: of all statements together, for nobody else writes meanwhile. */
const MAX_SHOWN = 10_000;

/**
 * Executes statements one after the other, all or none. Throws `NoSuchBucket`, `NoSuchAccount`, `NoSuchRole`, `RoleExists`,
 * `AccessDenied`, `InvalidRequest`, `CircularGrant`; `GrantsDepend` where RESTRICT refuses.
 */
export async function runDcl(tx: Tx, { statements, ids, at, audit }: RunDcl): Promise<DclResult[]> {
  const results: DclResult[] = [];
  let left = MAX_SHOWN;
  for (const [index, statement] of statements.entries()) {
    // Anew for each: the one before may have changed what one is.
    const grantor = await requireGrantor(tx, audit.actorId);
    const result = await execute(tx, statement, { grantor, at, audit, id: ids[index] ?? '', left });
    left -= shownIn(result);
    results.push(result);
  }
  return results;
}

function shownIn(result: DclResult): number {
  if (result.kind === 'grants') return result.grants.length;
  return result.kind === 'roles' ? result.roles.reduce((sum, { members }) => sum + 1 + members.length, 0) : 0;
}

interface StatementTerms extends GrantTerms {
  /** Of the role that it makes. */
  readonly id: string;
  /** How much may still be shown. */
  readonly left: number;
}

async function execute(tx: Tx, statement: DclStatement, terms: StatementTerms): Promise<DclResult> {
  switch (statement.kind) {
    case 'grant':
      return done(await grantPrivileges(tx, statement, terms));
    case 'revoke':
      return done(await revokePrivileges(tx, statement, terms));
    case 'grant-role':
      return done(await grantRoles(tx, statement, terms));
    case 'revoke-role':
      return done(await revokeRoles(tx, statement, terms));
    case 'create-role':
      return done(await createRole(tx, statement, terms));
    case 'drop-role':
      return done(await dropRole(tx, statement, terms));
    case 'show-grants':
      return { kind: 'grants', grants: await showGrants(tx, statement, terms) };
    case 'show-roles':
      return { kind: 'roles', roles: await showRoles(tx, terms) };
  }
}

function done(changed: number): DclResult {
  return { kind: 'done', changed };
}

/** All that there are for who oversees, else what one made, got or may change. */
async function showGrants(
  tx: Tx,
  { on, for: grantee }: ShowGrants,
  { grantor, left }: StatementTerms,
): Promise<GrantRow[]> {
  return listGrants(tx, {
    seenBy: seenBy(grantor),
    on: on === undefined ? undefined : await findTarget(tx, on, grantor),
    grantee: grantee === undefined ? undefined : await findHolder(tx, grantee),
    limit: Math.max(left, 0),
  });
}

async function showRoles(tx: Tx, { grantor, left }: StatementTerms) {
  const roles = await listRoles(tx, { seenBy: seenBy(grantor), limit: Math.max(left, 0) });
  const shown: (GrantRoleRow & { readonly members: readonly RoleMemberRow[] })[] = [];
  let room = left;
  for (const role of roles) {
    if (room <= 0) break;
    const members = await listRoleMembers(tx, role.id);
    shown.push({ ...role, members });
    room -= 1 + members.length;
  }
  return shown;
}

function seenBy({ accountId, isAdmin, isAuditor }: Grantor): string | undefined {
  return isAdmin || isAuditor ? undefined : (accountId ?? undefined);
}
