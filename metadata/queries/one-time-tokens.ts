import type { TokenPurpose } from '../mutations/one-time-tokens.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface OneTimeTokenRow {
  readonly account_id: string;
  /** Where it was mailed to. */
  readonly email: string;
}

/** Whose token it is, by its SHA-256 in hex; undefined for one that is unknown, spent or too old. */
export function findOneTimeToken(
  tx: Tx,
  input: { readonly tokenHash: string; readonly purpose: TokenPurpose; readonly at: string },
): MaybePromise<OneTimeTokenRow | undefined> {
  return tx.get<OneTimeTokenRow>(
    'SELECT account_id, email FROM one_time_tokens WHERE token_hash = ? AND purpose = ? AND expires_at > ?',
    input.tokenHash,
    input.purpose,
    input.at,
  );
}
