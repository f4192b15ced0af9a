import type { Tx } from '../tx.ts';

/** What can happen to an account, as the audit trail calls it. */
export type AuditType =
  | 'account.registered'
  | 'account.created'
  | 'account.changed'
  | 'account.disabled'
  | 'account.enabled'
  | 'account.deleted'
  | 'account.role-changed'
  | 'account.quota-changed'
  | 'password.changed'
  | 'password.reset-requested'
  | 'password.reset'
  | 'email.changed'
  | 'email.verified'
  | 'session.created'
  | 'session.refused'
  | 'session.reused'
  | 'session.ended'
  | 'session.all-ended'
  | 'factor.added'
  | 'factor.removed'
  | 'factor.refused'
  | 'recovery-codes.created'
  | 'recovery-code.used'
  | 'identity.linked'
  | 'identity.unlinked'
  | 'key.created'
  | 'key.changed'
  | 'key.deleted'
  | 'iam.changed'
  | 'claim.added'
  | 'claim.removed'
  | 'invite.created'
  | 'invite.revoked'
  | 'grant.given'
  | 'grant.revoked'
  | 'role.created'
  | 'role.dropped'
  | 'role.granted'
  | 'role.revoked'
  | 'share.created'
  | 'share.changed'
  | 'share.revoked'
  | 'link.created'
  | 'link.changed'
  | 'link.deleted'
  | 'transfer.offered'
  | 'transfer.accepted'
  | 'transfer.withdrawn'
  | 'database.created'
  | 'drive.created'
  | 'drive.changed'
  | 'signing-key.rotated';

/** A line of the audit trail. It never holds a secret. */
export interface AuditEntry {
  /** ISO time. */
  readonly at: string;
  readonly type: AuditType;
  /** Whom it is about; null: nobody that is known. */
  readonly accountId: string | null;
  /** Who did it; null: nobody that has proven who it is. */
  readonly actorId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

/** Appends to the audit trail, in the transaction of what it tells. */
export async function appendAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx.run(
    `INSERT INTO audit_entries (at, type, account_id, actor_id, address, user_agent, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    entry.at,
    entry.type,
    entry.accountId,
    entry.actorId,
    entry.address,
    entry.userAgent,
    JSON.stringify(entry.detail),
  );
}

/** Tells of what changed nothing else: a refused log-in. */
export async function recordAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  await appendAudit(tx, entry);
}

/**
 * Forgets entries older than `before` (ISO time), at most `limit`; resolves to how many went. Looks at no more than the
 * oldest `limit`, for the trail is in the order of time.
 */
export async function trimAudit(tx: Tx, input: { before: string; limit: number }): Promise<number> {
  return tx.run(
    `DELETE FROM audit_entries WHERE seq IN
       (SELECT seq FROM (SELECT seq, at FROM audit_entries ORDER BY seq LIMIT ?) AS oldest WHERE at < ?)`,
    input.limit,
    input.before,
  );
}
