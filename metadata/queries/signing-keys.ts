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

/** All of them, the newest first. */
export function listSigningKeys(tx: Tx): MaybePromise<SigningKeyRow[]> {
  return tx.all<SigningKeyRow>(
    `SELECT kid, public_jwk, wrapped_private, created_at, signs_from, verifies_until
     FROM signing_keys ORDER BY signs_from DESC, kid DESC`,
  );
}
