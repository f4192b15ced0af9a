import type { MaybePromise, Tx } from '../tx.ts';

export type FactorKind = 'totp' | 'sms';

export interface SecondFactorRow {
  readonly account_id: string;
  readonly kind: FactorKind;
  /** Of TOTP: sealed by the master key. */
  readonly wrapped_secret: string | null;
  /** Of SMS: E.164. */
  readonly phone: string | null;
  readonly created_at: string;
  /** Null: not proven yet, and asked for nowhere. */
  readonly confirmed_at: string | null;
  /** Of TOTP: the step of the last code that was taken. */
  readonly last_step: number | null;
}

/** The factors of an account, confirmed or not. */
export function listSecondFactors(tx: Tx, accountId: string): MaybePromise<SecondFactorRow[]> {
  return tx.all<SecondFactorRow>(
    `SELECT account_id, kind, wrapped_secret, phone, created_at, confirmed_at, last_step
     FROM second_factors WHERE account_id = ? ORDER BY created_at, kind`,
    accountId,
  );
}

/** How many recovery codes of an account have not been used. */
export async function countRecoveryCodes(tx: Tx, accountId: string): Promise<number> {
  const row = await tx.get<{ count: number }>(
    'SELECT count(*) AS count FROM recovery_codes WHERE account_id = ? AND used_at IS NULL',
    accountId,
  );
  return row?.count ?? 0;
}
