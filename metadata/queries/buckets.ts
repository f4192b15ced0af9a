import { prefixEnd } from '../key-order.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface BucketRow {
  readonly id: number;
  readonly name: string;
  readonly account_id: string;
  readonly region: string;
  readonly created_at: string;
}

export function findBucket(tx: Tx, name: string): MaybePromise<BucketRow | undefined> {
  return tx.get<BucketRow>('SELECT id, name, account_id, region, created_at FROM buckets WHERE name = ?', name);
}

/** Names are lower-case ASCII. */
const PAST_ALL_NAMES = '~';

export interface ListBuckets {
  readonly accountId: string;
  readonly prefix: string;
  /** Names after this one. */
  readonly after: string;
  readonly limit: number;
}

/** An account's buckets by name. */
export function listBuckets(tx: Tx, input: ListBuckets): MaybePromise<BucketRow[]> {
  return tx.all<BucketRow>(
    `SELECT id, name, account_id, region, created_at FROM buckets
     WHERE account_id = ? AND name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
    input.accountId,
    input.after,
    input.prefix,
    prefixEnd(input.prefix) ?? PAST_ALL_NAMES,
    input.limit,
  );
}
