import { prefixEnd } from '../key-order.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface BucketRow {
  readonly id: number;
  readonly name: string;
  readonly account_id: string;
  readonly region: string;
  readonly created_at: string;
  /** Null: it was never told to keep versions. */
  readonly versioning: 'Enabled' | 'Suspended' | null;
  /** Raised with every change of its configurations; 0 while it has none. */
  readonly config_version: number;
  /** 1: it is the home of its owner's files. */
  readonly is_drive: number;
  /** 1: its objects are documents. */
  readonly is_database: number;
}

/** The columns of {@link BucketRow}. */
export const BUCKET_COLUMNS =
  'id, name, account_id, region, created_at, versioning, config_version, is_drive, is_database';

export function findBucket(tx: Tx, name: string): MaybePromise<BucketRow | undefined> {
  return tx.get<BucketRow>(`SELECT ${BUCKET_COLUMNS} FROM buckets WHERE name = ?`, name);
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
    `SELECT ${BUCKET_COLUMNS} FROM buckets
     WHERE account_id = ? AND name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
    input.accountId,
    input.after,
    input.prefix,
    prefixEnd(input.prefix) ?? PAST_ALL_NAMES,
    input.limit,
  );
}
