import type { FactorKind } from '../queries/second-factors.ts';
import type { Tx } from '../tx.ts';

/** Which factors of an account count. */
export async function listConfirmed(tx: Tx, accountId: string): Promise<FactorKind[]> {
  const rows = await tx.all<{ kind: FactorKind }>(
    'SELECT kind FROM second_factors WHERE account_id = ? AND confirmed_at IS NOT NULL',
    accountId,
  );
  return rows.map(({ kind }) => kind);
}
