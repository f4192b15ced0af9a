import type { MaybePromise, Tx } from '../tx.ts';

/** Who an account is elsewhere. */
export interface IdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly account_id: string;
  /** Its name in the settings when it was linked. */
  readonly provider: string;
  /** At the provider, when it was last used; lower case. */
  readonly email: string | null;
  readonly linked_at: string;
  readonly last_used_at: string;
}

const IDENTITY = 'SELECT issuer, subject, account_id, provider, email, linked_at, last_used_at FROM identities';

/** Who an account is elsewhere, by provider. At most one a provider. */
export function listIdentities(tx: Tx, accountId: string): MaybePromise<IdentityRow[]> {
  return tx.all<IdentityRow>(`${IDENTITY} WHERE account_id = ? ORDER BY provider`, accountId);
}

/** Who an account is at a provider. */
export function findIdentity(
  tx: Tx,
  { accountId, provider }: { readonly accountId: string; readonly provider: string },
): MaybePromise<IdentityRow | undefined> {
  return tx.get<IdentityRow>(`${IDENTITY} WHERE account_id = ? AND provider = ?`, accountId, provider);
}
