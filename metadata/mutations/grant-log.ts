import type { GrantRow } from '../queries/grants.ts';
import type { RoleMemberRow } from '../queries/roles.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { grantWords, memberWords } from './grant-names.ts';

/** Tells what became of grants, and lets nobody go on with what was kept of them. */
export async function logGrants(
  tx: Tx,
  audit: AuditEntry,
  change: { readonly type: 'grant.given' | 'grant.revoked'; readonly rows: readonly GrantRow[] },
): Promise<void> {
  for (const row of change.rows) {
    const detail = { grant: grantWords(row), grant_option: row.with_option === 1 ? 'yes' : 'no' };
    await appendAudit(tx, { ...audit, type: change.type, accountId: accountOf(row.grantee), detail });
  }
  if (change.rows.length > 0) await raiseGrantsVersion(tx);
}

/** As `logGrants`, of who is in a role. */
export async function logMembers(
  tx: Tx,
  audit: AuditEntry,
  change: { readonly type: 'role.granted' | 'role.revoked'; readonly rows: readonly RoleMemberRow[] },
): Promise<void> {
  for (const row of change.rows) {
    const detail = { role: memberWords(row), admin_option: row.with_option === 1 ? 'yes' : 'no' };
    await appendAudit(tx, { ...audit, type: change.type, accountId: accountOf(row.grantee), detail });
  }
  if (change.rows.length > 0) await raiseGrantsVersion(tx);
}

function accountOf(holder: string): string | null {
  return holder.startsWith('user:') ? holder.slice('user:'.length) : null;
}

export async function raiseGrantsVersion(tx: Tx): Promise<void> {
  await tx.run('UPDATE grants_version SET version = version + 1 WHERE id = 1');
}
