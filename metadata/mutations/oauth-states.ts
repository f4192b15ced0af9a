import type { Tx } from '../tx.ts';

export interface CreateOauthState {
  /** SHA-256, hex. */
  readonly stateHash: string;
  readonly provider: string;
  /** What only we may know of it, sealed by the master key. */
  readonly sealed: string;
  /** Who links; absent: a log-in. */
  readonly accountId?: string;
  readonly at: string;
  readonly expiresAt: string;
}

/** Remembers a log-in that goes on at a provider. */
export async function createOauthState(tx: Tx, input: CreateOauthState): Promise<void> {
  await tx.run(
    `INSERT INTO oauth_states (state_hash, provider, sealed, account_id, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    input.stateHash,
    input.provider,
    input.sealed,
    input.accountId ?? null,
    input.at,
    input.expiresAt,
  );
}

/** A log-in that has come back from its provider. */
export interface TakenOauthState {
  readonly provider: string;
  readonly sealed: string;
  /** Who links; null: a log-in. */
  readonly account_id: string | null;
}

/** Takes a state, which works once; undefined for one that is unknown, taken, or too old. */
export async function takeOauthState(
  tx: Tx,
  input: { readonly stateHash: string; readonly at: string },
): Promise<TakenOauthState | undefined> {
  const row = await tx.get<TakenOauthState & { readonly expires_at: string }>(
    'SELECT provider, sealed, account_id, expires_at FROM oauth_states WHERE state_hash = ?',
    input.stateHash,
  );
  if (row === undefined) return undefined;
  await tx.run('DELETE FROM oauth_states WHERE state_hash = ?', input.stateHash);
  const { expires_at, ...taken } = row;
  return expires_at > input.at ? taken : undefined;
}
