import type { AuditType } from '../mutations/audit.ts';
import type { MaybePromise, Tx, Value } from '../tx.ts';

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

/** Which part of the trail. */
export interface AuditPage {
  /** About this account, or by it; undefined: all. */
  readonly accountId: string | undefined;
  readonly type: string | undefined;
  /** ISO times, of four-digit years: at or after the one, before the other. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** Below this number. */
  readonly before: number | undefined;
  readonly limit: number;
}

/**
 * Entries are numbered as they are committed and timed shortly before. This is more than what lies between, and than
 * what a clock is set back by, so that an entry is never looked for in the wrong place.
 */
const DISORDER_MS = 60_000;
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Entries of the audit trail, the newest first. */
export async function listAudit(tx: Tx, page: AuditPage): Promise<AuditRow[]> {
  const { accountId, limit } = page;
  const where = await conditionsOf(tx, page);
  const columns = 'seq, at, type, account_id, actor_id, address, user_agent, detail';
  if (accountId === undefined) {
    const sql = `SELECT ${columns} FROM audit_entries WHERE ${where.sql} ORDER BY seq DESC LIMIT ?`;
    return tx.all<AuditRow>(sql, ...where.values, limit);
  }
  // Each half walks an index of its own, in order, and stops at the limit.
  const half = (column: string) =>
    `SELECT seq FROM (SELECT seq FROM audit_entries WHERE ${column} = ? AND ${where.sql} ORDER BY seq DESC LIMIT ?) AS ${column}s`;
  const own: Value[] = [accountId, ...where.values, limit];
  return tx.all<AuditRow>(
    `SELECT ${columns} FROM audit_entries WHERE seq IN (${half('account_id')} UNION ${half('actor_id')})
     ORDER BY seq DESC LIMIT ?`,
    ...own,
    ...own,
    limit,
  );
}

interface Conditions {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** The conditions of a page. A time bounds the numbers too, for by those the indexes are ordered. */
async function conditionsOf(tx: Tx, { accountId, type, since, until, before }: AuditPage): Promise<Conditions> {
  const found: [sql: string, value: Value][] = [['seq < ?', before ?? Number.MAX_SAFE_INTEGER]];
  // So written that the index by type is of no use where that of an account is the shorter way.
  if (type !== undefined) found.push([accountId === undefined ? 'type = ?' : `type || '' = ?`, type]);
  if (since !== undefined) {
    found.push(['at >= ?', since], ['seq >= ?', await seqAt(tx, shifted(since, -DISORDER_MS))]);
  }
  if (until !== undefined) {
    found.push(['at < ?', until], ['seq < ?', await seqAt(tx, shifted(until, DISORDER_MS))]);
  }
  return { sql: found.map(([sql]) => sql).join(' AND '), values: found.map(([, value]) => value) };
}

/** A time beyond the last that sorts as text is as good as that one. */
function shifted(time: string, milliseconds: number): string {
  return new Date(Math.max(0, Math.min(Date.parse(time) + milliseconds, LAST_TIME))).toISOString();
}

/** The number that the first entry at or after a time has or would have: found by halves, in the order of numbers. */
async function seqAt(tx: Tx, time: string): Promise<number> {
  const ends = await tx.get<{ first: number | null; last: number | null }>(
    'SELECT (SELECT min(seq) FROM audit_entries) AS first, (SELECT max(seq) FROM audit_entries) AS last',
  );
  let low = ends?.first ?? 0;
  let high = (ends?.last ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await entryFrom(tx, middle);
    if (row === undefined || row.at >= time) high = middle;
    else low = row.seq + 1;
  }
  return low;
}

function entryFrom(tx: Tx, seq: number): MaybePromise<{ readonly seq: number; readonly at: string } | undefined> {
  return tx.get('SELECT seq, at FROM audit_entries WHERE seq >= ? ORDER BY seq LIMIT 1', seq);
}
