import type { MaybePromise, Tx } from '../tx.ts';
import { IS_LEFT } from './trash.ts';

/** What a stretch of the blobs takes. */
export interface BlobSum {
  /** The last one of the stretch; null: there is none behind. */
  readonly lastId: number | null;
  /** In use: what is stored. */
  readonly storedBytes: number;
  /** What copies and payloads that were there already would take beside it. */
  readonly sharedBytes: number;
  /** In use by nothing: the sweeper will remove them. */
  readonly releasedBytes: number;
}

/** Sums the blobs behind an id, at most `limit`: so many that others are not kept waiting. */
export function sumBlobs(tx: Tx, { after, limit }: { after: number; limit: number }): MaybePromise<BlobSum> {
  return one<BlobSum>(
    tx.get(
      `SELECT max(id) AS "lastId",
         coalesce(sum(CASE WHEN refs > 0 THEN size_bytes ELSE 0 END), 0) AS "storedBytes",
         coalesce(sum(CASE WHEN refs > 1 THEN size_bytes * (refs - 1) ELSE 0 END), 0) AS "sharedBytes",
         coalesce(sum(CASE WHEN refs = 0 THEN size_bytes ELSE 0 END), 0) AS "releasedBytes"
       FROM (SELECT id, size_bytes, refs FROM blobs WHERE id > ? ORDER BY id LIMIT ?) AS some`,
      after,
      limit,
    ),
  );
}

/** What is waiting for somebody, and counts for the quotas meanwhile. */
export interface StoredUsage {
  readonly count: number;
  readonly bytes: number;
}

/** The parts of uploads under way; of all buckets, or of those of one account. */
export function sumParts(tx: Tx, accountId?: string): MaybePromise<StoredUsage> {
  const sql = `SELECT count(*) AS count, coalesce(sum(p.size_bytes), 0) AS bytes
    FROM uploads u JOIN parts p ON p.set_id = u.upload_id`;
  return one<StoredUsage>(
    accountId === undefined
      ? tx.get(sql)
      : tx.get(`${sql} WHERE u.bucket_id IN (SELECT id FROM buckets WHERE account_id = ?)`, accountId),
  );
}

/** What is in the trash of all drives, or of that of one account: of what is left of it, as it was when it was put there. */
export function sumTrash(tx: Tx, accountId?: string): MaybePromise<StoredUsage> {
  const sql = `SELECT coalesce(sum(t.file_count), 0) AS count, coalesce(sum(t.size_bytes), 0) AS bytes
    FROM trash t WHERE ${IS_LEFT}`;
  return one<StoredUsage>(
    accountId === undefined
      ? tx.get(sql)
      : tx.get(`${sql} AND t.bucket_id = (SELECT bucket_id FROM drives WHERE account_id = ?)`, accountId),
  );
}

/** What all accounts are charged for. */
export interface ChargedUsage {
  readonly accountCount: number;
  readonly objectCount: number;
  readonly logicalBytes: number;
}

export function sumUsage(tx: Tx): MaybePromise<ChargedUsage> {
  return one<ChargedUsage>(
    tx.get(
      `SELECT count(*) AS "accountCount", coalesce(sum(object_count), 0) AS "objectCount",
         coalesce(sum(logical_bytes), 0) AS "logicalBytes" FROM usage`,
    ),
  );
}

/** An aggregate always yields its row. */
function one<Row>(found: MaybePromise<unknown>): MaybePromise<Row> {
  return found as MaybePromise<Row>;
}
