import type { MaybePromise, Tx } from '../tx.ts';

export interface ClaimRow {
  readonly prefix: string;
  readonly account: string;
  readonly created_at: string;
}

export function listClaims(tx: Tx): MaybePromise<ClaimRow[]> {
  return tx.all<ClaimRow>(
    `SELECT c.prefix, a.name AS account, c.created_at
     FROM claims c JOIN accounts a ON a.id = c.account_id ORDER BY c.prefix, a.name`,
  );
}
