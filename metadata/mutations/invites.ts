import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { AccountRole } from './accounts.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { requireAdmin } from './may-administer.ts';

export interface CreateInvite {
  readonly id: string;
  /** SHA-256, hex. */
  readonly tokenHash: string;
  /** Whom it is for, in lower case; absent: whoever has it. */
  readonly email?: string;
  readonly role: Exclude<AccountRole, 'root'>;
  readonly createdBy: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly audit: AuditEntry;
}

/** Throws `AccessDenied` for who is no admin any more. */
export async function createInvite(tx: Tx, input: CreateInvite): Promise<void> {
  await requireAdmin(tx, input.audit.actorId);
  await tx.run(
    `INSERT INTO invites (id, token_hash, email, role, created_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    input.id,
    input.tokenHash,
    input.email ?? null,
    input.role,
    input.createdBy,
    input.at,
    input.expiresAt,
  );
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchInvite`; `AccessDenied` for who is no admin any more. An account that was registered with it stays. */
export async function deleteInvite(tx: Tx, input: { id: string; audit: AuditEntry }): Promise<void> {
  await requireAdmin(tx, input.audit.actorId);
  const removed = await tx.run('DELETE FROM invites WHERE id = ?', input.id);
  if (removed === 0) throw new Failure('NoSuchInvite');
  await appendAudit(tx, input.audit);
}

/** Throws `InvalidInvite` for one that is used, revoked or too old, or of somebody who is no admin any more. */
export async function requireInvite(tx: Tx, input: { tokenHash: string; at: string }): Promise<void> {
  const invite = await tx.get(
    `SELECT i.id FROM invites i JOIN accounts a ON a.id = i.created_by
     WHERE i.token_hash = ? AND i.used_at IS NULL AND i.expires_at > ?
       AND a.status = 'active' AND a.role IN ('root', 'admin')`,
    input.tokenHash,
    input.at,
  );
  if (invite === undefined) throw new Failure('InvalidInvite', undefined, { Field: '/invite' });
}

/** Of one that `requireInvite` let pass. */
export async function useInvite(tx: Tx, input: { tokenHash: string; accountId: string; at: string }): Promise<void> {
  await tx.run(
    'UPDATE invites SET used_by = ?, used_at = ? WHERE token_hash = ?',
    input.accountId,
    input.at,
    input.tokenHash,
  );
}
