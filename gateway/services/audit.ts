import type { AuditEntry, AuditType } from '../../metadata/index.ts';

/** Who does something, and from where, as far as it is known. */
export interface Actor {
  /** Null: nobody that has proven who it is. */
  readonly accountId: string | null;
  readonly address: string | null;
  /** In a client's own words, but not in more than is worth keeping. */
  readonly userAgent: string | null;
}

/** Who works at the machine itself: above all accounts. */
export const OPERATOR: Actor = { accountId: null, address: null, userAgent: 'gatehouse' };

/** An entry of the audit trail about an account, of now. */
export function auditEntry(
  actor: Actor,
  type: AuditType,
  { accountId, detail = {} }: { readonly accountId: string | null; readonly detail?: Readonly<Record<string, string>> },
): AuditEntry {
  return {
    at: new Date().toISOString(),
    type,
    accountId,
    actorId: actor.accountId,
    address: actor.address,
    userAgent: actor.userAgent,
    detail,
  };
}
