import type { MaybePromise, Tx } from '../tx.ts';

/** What is too old to be of use: rows from before `before` (ISO time), the oldest first and at most `limit`. */
export interface Expired {
  readonly before: string;
  readonly limit: number;
}

/** Removes mailed tokens that expired before a time; resolves to how many went. */
export async function removeExpiredOneTimeTokens(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'one_time_tokens', id: 'token_hash', time: 'expires_at', ...input });
}

/** Removes log-ins at a provider that nobody came back from before a time; resolves to how many went. */
export async function removeExpiredOauthStates(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'oauth_states', id: 'state_hash', time: 'expires_at', ...input });
}

/** Removes invites that expired before a time, used or not; resolves to how many went. */
export async function removeExpiredInvites(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'invites', id: 'id', time: 'expires_at', ...input });
}

/** Removes offers of ownership that ended before a time; resolves to how many went. */
export async function removeExpiredTransfers(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'transfers', id: 'id', time: 'expires_at', ...input });
}

/** Removes codes that were sent before a time: no limit counts them any more. Resolves to how many went. */
export async function removeOldSmsCodes(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'sms_codes', id: 'id', time: 'sent_at', ...input });
}

/** Forgets replies to requests from before a time; resolves to how many went. */
export async function forgetIdempotencyKeys(tx: Tx, input: Expired): Promise<number> {
  return tx.run(
    `DELETE FROM idempotency_keys WHERE (scope, key) IN
       (SELECT scope, key FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)`,
    input.before,
    input.limit,
  );
}

/** Removes shares that ended before a time; resolves to how many went, those that were passed on from them not counted. */
export async function removeExpiredShares(tx: Tx, input: Expired): Promise<number> {
  return remove(tx, { table: 'shares', id: 'id', time: 'expires_at', ...input });
}

interface Removal extends Expired {
  readonly table: 'one_time_tokens' | 'oauth_states' | 'invites' | 'sms_codes' | 'transfers' | 'shares';
  /** The columns that name a row, and that say how old it is. */
  readonly id: 'token_hash' | 'state_hash' | 'id';
  readonly time: 'expires_at' | 'sent_at';
}

function remove(tx: Tx, { table, id, time, before, limit }: Removal): MaybePromise<number> {
  return tx.run(
    `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} FROM ${table} WHERE ${time} < ? ORDER BY ${time} LIMIT ?)`,
    before,
    limit,
  );
}
