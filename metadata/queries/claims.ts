import type { MaybePromise, Tx } from '../tx.ts';

export interface ClaimRow {
  readonly prefix: string;
  readonly account_id: string;
  /** Its name. */
  readonly account: string;
  readonly created_at: string;
}

const CLAIM = `SELECT c.prefix, c.account_id, a.name AS account, c.created_at
  FROM claims c JOIN accounts a ON a.id = c.account_id`;

export function listClaims(tx: Tx): MaybePromise<ClaimRow[]> {
  return tx.all<ClaimRow>(`${CLAIM} ORDER BY c.prefix, a.name`);
}

/** Which claims: of one account, or of all; behind one of them. */
export interface ClaimPage {
  readonly accountId: string | undefined;
  readonly after: { readonly prefix: string; readonly accountId: string } | undefined;
  readonly limit: number;
}

/** A page of claims, by prefix and account. */
export function pageClaims(tx: Tx, { accountId, after, limit }: ClaimPage): MaybePromise<ClaimRow[]> {
  const position = [after?.prefix ?? '', after?.accountId ?? ''];
  const end = 'ORDER BY c.prefix, c.account_id LIMIT ?';
  if (accountId === undefined) {
    return tx.all<ClaimRow>(`${CLAIM} WHERE (c.prefix, c.account_id) > (?, ?) ${end}`, ...position, limit);
  }
  return tx.all<ClaimRow>(
    `${CLAIM} WHERE (c.prefix, c.account_id) > (?, ?) AND c.account_id = ? ${end}`,
    ...position,
    accountId,
    limit,
  );
}
