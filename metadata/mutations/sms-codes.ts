import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

export interface IssueSmsCode {
  readonly id: string;
  readonly accountId: string;
  /** E.164. */
  readonly phone: string;
  /** MAC by the master key. */
  readonly codeHash: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly limits: SmsLimits;
}

export interface SmsLimits {
  /** To a number, and for an account. */
  readonly perDay: number;
  /** Between two for an account. */
  readonly intervalMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Notes a code that is about to be sent; those before it count no more. Throws `TooManyAttempts` (detail `RetryAfter`,
 * seconds): what is counted is what was noted, so that requests at once are told so as well.
 */
export async function issueSmsCode(tx: Tx, input: IssueSmsCode): Promise<void> {
  await requireRoom(tx, input);
  await tx.run('UPDATE sms_codes SET used_at = ? WHERE account_id = ? AND used_at IS NULL', input.at, input.accountId);
  await tx.run(
    'INSERT INTO sms_codes (id, account_id, phone, code_hash, sent_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    input.id,
    input.accountId,
    input.phone,
    input.codeHash,
    input.at,
    input.expiresAt,
  );
}

async function requireRoom(tx: Tx, { accountId, phone, at, limits }: IssueSmsCode): Promise<void> {
  const since = new Date(Date.parse(at) - DAY_MS).toISOString();
  const ofAccount = await nthNewest(tx, { column: 'account_id', value: accountId, since, n: limits.perDay });
  const ofPhone = await nthNewest(tx, { column: 'phone', value: phone, since, n: limits.perDay });
  const last = await nthNewest(tx, { column: 'account_id', value: accountId, since, n: 1 });
  const freeAt = Math.max(ofAccount + DAY_MS, ofPhone + DAY_MS, last + limits.intervalMs);
  const seconds = Math.ceil((freeAt - Date.parse(at)) / 1000);
  if (seconds > 0)
    throw new Failure('TooManyAttempts', 'Too many messages were sent.', { RetryAfter: String(seconds) });
}

/** When the n-th newest was sent, in milliseconds: as long as that is within the day, no more than n are. */
async function nthNewest(
  tx: Tx,
  { column, value, since, n }: { column: 'account_id' | 'phone'; value: string; since: string; n: number },
): Promise<number> {
  const row = await tx.get<{ sent_at: string }>(
    `SELECT sent_at FROM sms_codes WHERE ${column} = ? AND sent_at > ? ORDER BY sent_at DESC LIMIT 1 OFFSET ?`,
    value,
    since,
    n - 1,
  );
  return row === undefined ? 0 : Date.parse(row.sent_at);
}

export interface UseSmsCode {
  readonly accountId: string;
  /** Where it must have been sent to. */
  readonly phone: string;
  readonly codeHash: string;
  readonly maxAttempts: number;
  readonly at: string;
}

/**
 * Resolves to whether it is the code that was sent last, in time, and not used. Each attempt is counted: a code that has
 * had its attempts is worth nothing, though it be right.
 */
export async function useSmsCode(tx: Tx, input: UseSmsCode): Promise<boolean> {
  const row = await tx.get<{ id: string; code_hash: string }>(
    `SELECT id, code_hash FROM sms_codes
     WHERE account_id = ? AND phone = ? AND used_at IS NULL AND expires_at > ? AND attempts < ?
     ORDER BY id DESC LIMIT 1`,
    input.accountId,
    input.phone,
    input.at,
    input.maxAttempts,
  );
  if (row === undefined) return false;
  // MACs: how long it takes to compare them tells nothing about a code.
  const isRight = row.code_hash === input.codeHash;
  await tx.run(
    'UPDATE sms_codes SET attempts = attempts + 1, used_at = ? WHERE id = ?',
    isRight ? input.at : null,
    row.id,
  );
  return isRight;
}
