import type { MaybePromise, Tx } from '../tx.ts';
import { BUCKET_COLUMNS, type BucketRow } from './buckets.ts';

/** The home bucket of an account, with what its owner has said of it. */
export interface DriveRow extends BucketRow {
  /** For how long what is in the trash is kept; null: until it is emptied. */
  readonly trash_days: number | null;
}

const COLUMNS = BUCKET_COLUMNS.split(', ')
  .map((column) => `b.${column}`)
  .join(', ');

/** Undefined: the account has none yet. */
export function findDrive(tx: Tx, accountId: string): MaybePromise<DriveRow | undefined> {
  return tx.get<DriveRow>(
    `SELECT ${COLUMNS}, d.trash_days FROM drives d JOIN buckets b ON b.id = d.bucket_id WHERE d.account_id = ?`,
    accountId,
  );
}
