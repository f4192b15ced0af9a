import { Failure } from '../failure.ts';
import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';

export interface NewClaim {
  readonly prefix: string;
  readonly accountId: string;
  readonly at: string;
  /** Gets the prefix added. */
  readonly audit: AuditEntry;
}

export interface NewClaims extends Omit<NewClaim, 'prefix'> {
  readonly prefixes: readonly string[];
}

/**
 * Throws `PrefixClaimed` for a prefix that is not free: another account's claim begins with it or begins it, or a bucket
 * of another account begins with it. Its details: `Prefix`, and `Over`, which is 'claims' or 'buckets'. Nothing is told
 * of whose they are.
 */
export async function requireFreePrefixes(
  tx: Tx,
  { prefixes, accountId }: { readonly prefixes: readonly string[]; readonly accountId: string },
): Promise<void> {
  for (const prefix of prefixes) {
    if (await isClaimedByOthers(tx, { prefix, accountId })) {
      const message = `'${prefix}' overlaps a claim of another account.`;
      throw new Failure('PrefixClaimed', message, { Prefix: prefix, Over: 'claims' });
    }
    const bucket = await tx.get(
      'SELECT name FROM buckets WHERE name >= ? AND name < ? AND account_id <> ? LIMIT 1',
      prefix,
      prefixLimit(prefix),
      accountId,
    );
    if (bucket === undefined) continue;
    const message = `'${prefix}' begins buckets of other accounts.`;
    throw new Failure('PrefixClaimed', message, { Prefix: prefix, Over: 'buckets' });
  }
}

async function isClaimedByOthers(
  tx: Tx,
  { prefix, accountId }: { readonly prefix: string; readonly accountId: string },
): Promise<boolean> {
  const shorter = Array.from(prefix, (_, index) => prefix.slice(0, index + 1));
  const overlapping =
    (await tx.get(
      'SELECT prefix FROM claims WHERE prefix >= ? AND prefix < ? AND account_id <> ? LIMIT 1',
      prefix,
      prefixLimit(prefix),
      accountId,
    )) ??
    (await tx.get(
      `SELECT prefix FROM claims WHERE prefix IN (${shorter.map(() => '?').join(', ')}) AND account_id <> ? LIMIT 1`,
      ...shorter,
      accountId,
    ));
  return overlapping !== undefined;
}

/** Inserts what has been found to be free. What the account has already stays as it is. */
export async function insertClaims(tx: Tx, { prefixes, ...claim }: NewClaims): Promise<void> {
  for (const prefix of prefixes) {
    const sql = 'SELECT prefix FROM claims WHERE prefix = ? AND account_id = ?';
    const existing = await tx.get(sql, prefix, claim.accountId);
    if (existing === undefined) await insertClaim(tx, { ...claim, prefix });
  }
}

export async function insertClaim(tx: Tx, { prefix, accountId, at, audit }: NewClaim): Promise<void> {
  await tx.run('INSERT INTO claims (prefix, account_id, created_at) VALUES (?, ?, ?)', prefix, accountId, at);
  await appendAudit(tx, { ...audit, detail: { ...audit.detail, prefix } });
}

/** What all names with a prefix are below. They are ASCII: something always is. */
export function prefixLimit(prefix: string): string {
  return prefixEnd(prefix) ?? '~';
}
