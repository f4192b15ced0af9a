import type { AuditType } from '../mutations/audit.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly type: AuditType;
  readonly account_id: string | null;
  readonly actor_id: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  /** JSON object of strings. */
  readonly detail: string;
}

/** Which part of the trail: of one account, or of all; the newest first, from below a number. */
export interface AuditPage {
  readonly accountId: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}

const COLUMNS = 'seq, at, type, account_id, actor_id, address, user_agent, detail';

export function listAudit(tx: Tx, { accountId, before, limit }: AuditPage): MaybePromise<AuditRow[]> {
  const last = before ?? Number.MAX_SAFE_INTEGER;
  if (accountId === undefined) {
    return tx.all<AuditRow>(
      `SELECT ${COLUMNS} FROM audit_entries WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
      last,
      limit,
    );
  }
  return tx.all<AuditRow>(
    `SELECT ${COLUMNS} FROM audit_entries WHERE account_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    accountId,
    last,
    limit,
  );
}
