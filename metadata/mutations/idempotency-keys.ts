import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';

/** The name that a client gave a request: within its scope it is of this request and no other. */
export interface IdempotencyKey {
  readonly scope: string;
  readonly key: string;
}

export interface ReserveIdempotencyKey extends IdempotencyKey {
  /** Of the request. */
  readonly fingerprint: string;
  /** ISO times: of now; before which a request still under way has been given up, and a reply is forgotten. */
  readonly at: string;
  readonly abandonedBefore: string;
  readonly forgottenBefore: string;
}

interface KeyRow {
  readonly fingerprint: string;
  readonly sealed: string | null;
  readonly created_at: string;
}

/**
 * Takes a key for a request that is to be done; resolves to the sealed reply instead where it was done before, null where
 * it is to be done now. Throws `IdempotencyParameterMismatch` when another request has the key, and `IdempotencyKeyInUse`
 * while the same one is under way.
 */
export async function reserveIdempotencyKey(tx: Tx, input: ReserveIdempotencyKey): Promise<string | null> {
  const { scope, key, fingerprint, at } = input;
  const row = await tx.get<KeyRow>(
    'SELECT fingerprint, sealed, created_at FROM idempotency_keys WHERE scope = ? AND key = ?',
    scope,
    key,
  );
  const lastsFrom = row?.sealed === null ? input.abandonedBefore : input.forgottenBefore;
  if (row !== undefined && row.created_at >= lastsFrom) return requireSame(row, fingerprint);
  await tx.run('DELETE FROM idempotency_keys WHERE scope = ? AND key = ?', scope, key);
  await tx.run(
    'INSERT INTO idempotency_keys (scope, key, fingerprint, created_at) VALUES (?, ?, ?, ?)',
    scope,
    key,
    fingerprint,
    at,
  );
  return null;
}

function requireSame({ fingerprint, sealed }: KeyRow, asked: string): string {
  if (fingerprint !== asked) throw new Failure('IdempotencyParameterMismatch');
  if (sealed === null) throw new Failure('IdempotencyKeyInUse', undefined, { RetryAfter: '1' });
  return sealed;
}

/** A key that was reserved at a time. */
export interface Reservation extends IdempotencyKey {
  readonly at: string;
}

/** Keeps the reply to the request that has the key, unless that was given up and another has it by now. */
export async function storeIdempotentReply(tx: Tx, input: Reservation & { readonly sealed: string }): Promise<void> {
  await tx.run(
    `UPDATE idempotency_keys SET sealed = ? WHERE scope = ? AND key = ? AND created_at = ? AND sealed IS NULL`,
    input.sealed,
    input.scope,
    input.key,
    input.at,
  );
}

/** Gives back the key of a request that came to nothing. */
export async function releaseIdempotencyKey(tx: Tx, input: Reservation): Promise<void> {
  await tx.run(
    'DELETE FROM idempotency_keys WHERE scope = ? AND key = ? AND created_at = ? AND sealed IS NULL',
    input.scope,
    input.key,
    input.at,
  );
}
