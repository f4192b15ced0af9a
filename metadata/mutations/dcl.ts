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

/** More than anybody reads. */
const MAX_SHOWN = 10_000;

/**
 * Executes statements one after the other, all or none. Throws `NoSuchBucket`, `NoSuchAccount`, `NoSuchRole`, `RoleExists`,
 * `AccessDenied`, `InvalidRequest`, `CircularGrant`; `GrantsDepend` where RESTRICT refuses.
 */
export async function runDcl(tx: Tx, { statements, ids, at, audit }: RunDcl): Promise<DclResult[]> {
  const results: DclResult[] = [];
  for (const [index, statement] of statements.entries()) {
    // Anew for each: the one before may have changed what one is.
    const grantor = await requireGrantor(tx, audit.actorId);
    results.push(await execute(tx, statement, { grantor, at, audit, id: ids[index] ?? '' }));
  }
  return results;
}

async function execute(tx: Tx, statement: DclStatement, terms: GrantTerms & { id: string }): Promise<DclResult> {
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
      return { kind: 'grants', grants: await showGrants(tx, statement, terms.grantor) };
    case 'show-roles':
      return { kind: 'roles', roles: await showRoles(tx, terms.grantor) };
  }
}

function done(changed: number): DclResult {
  return { kind: 'done', changed };
}

/** All that there are for who oversees, else what one made, got or may change. */
async function showGrants(tx: Tx, { on, for: grantee }: ShowGrants, grantor: Grantor): Promise<GrantRow[]> {
  return listGrants(tx, {
    seenBy: seenBy(grantor),
    on: on === undefined ? undefined : await findTarget(tx, on),
    grantee: grantee === undefined ? undefined : await findHolder(tx, grantee),
    limit: MAX_SHOWN,
  });
}

async function showRoles(tx: Tx, grantor: Grantor) {
  const roles = await listRoles(tx, { seenBy: seenBy(grantor), limit: MAX_SHOWN });
  const shown: (GrantRoleRow & { readonly members: readonly RoleMemberRow[] })[] = [];
  for (const role of roles) shown.push({ ...role, members: await listRoleMembers(tx, role.id) });
  return shown;
}

function seenBy({ accountId, isAdmin, isAuditor }: Grantor): string | undefined {
  return isAdmin || isAuditor ? undefined : (accountId ?? undefined);
}
