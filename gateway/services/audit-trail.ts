import type { AccountRow, AuditRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';

/** Which part of the audit trail somebody wants to see. */
export interface AuditSearch {
  /** About this account or by it; absent: all that the asker may see. */
  readonly accountId?: string | undefined;
  readonly type?: string | undefined;
  /** Times of RFC 3339: at or after the one, before the other. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Entries below this number, at most `limit`. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** Reads the audit trail, the newest entries first. */
export class AuditTrail {
  readonly #metadata: Metadata;

  constructor({ metadata }: { readonly metadata: Metadata }) {
    this.#metadata = metadata;
  }

  /**
   * An account sees what it did and what was done to it; who oversees sees all.
   * @throws Failure `AccessDenied` for what is about another account; `InvalidArgument` for a time that is none
   */
  async list(asker: AccountRow, search: AuditSearch): Promise<AuditRow[]> {
    const isOverseer = asker.role !== 'member';
    const accountId = search.accountId ?? (isOverseer ? undefined : asker.id);
    if (!isOverseer && accountId !== asker.id) {
      throw new Failure('AccessDenied', 'Only admins and auditors see the entries of others.');
    }
    const rows = await this.#metadata.queries.listAudit({
      accountId,
      type: search.type,
      since: readTime(search.since, 'since'),
      until: readTime(search.until, 'until'),
      before: search.before,
      limit: search.limit,
    });
    return isOverseer ? rows : rows.map((row) => withoutPlaceOfOthers(row, asker));
  }
}

/** Where an admin was who changed an account is not for that account to know. */
function withoutPlaceOfOthers(row: AuditRow, asker: AccountRow): AuditRow {
  const isOfOther = row.actor_id !== null && row.actor_id !== asker.id;
  return isOfOther ? { ...row, address: null, user_agent: null } : row;
}

function readTime(text: string | undefined, field: string): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Failure('InvalidArgument', 'That is not a time.', { Field: field });
  return time.toISOString();
}
