import type { MaybePromise, Tx } from '../tx.ts';

export interface SigningKeyRow {
  readonly kid: string;
  readonly public_jwk: string;
  readonly wrapped_private: string;
  readonly created_at: string;
  readonly signs_from: string;
  /** Null: as long as it signs. */
  readonly verifies_until: string | null;
}

/**
 * All of them: first the one that nothing replaces yet, then the others, the last to verify first. Of those that have
 * begun to sign the first one signs.
 */
export function listSigningKeys(tx: Tx): MaybePromise<SigningKeyRow[]> {
  return tx.all<SigningKeyRow>(
    `SELECT kid, public_jwk, wrapped_private, created_at, signs_from, verifies_until FROM signing_keys
     ORDER BY CASE WHEN verifies_until IS NULL THEN 0 ELSE 1 END, verifies_until DESC, signs_from DESC, kid`,
  );
}
