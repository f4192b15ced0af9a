import type { MaybePromise, Tx } from '../tx.ts';

export interface BucketConfigRow {
  readonly name: string;
  /** JSON. */
  readonly document: string;
}

/** Everything that a bucket is configured to do. */
export function listBucketConfigs(tx: Tx, bucketId: number): MaybePromise<BucketConfigRow[]> {
  return tx.all<BucketConfigRow>('SELECT name, document FROM bucket_configs WHERE bucket_id = ?', bucketId);
}
