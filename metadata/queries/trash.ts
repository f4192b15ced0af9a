import type { MaybePromise, Tx } from '../tx.ts';

/** Something in the trash of a drive. */
export interface TrashRow {
  /** Ordered by time. */
  readonly id: string;
  readonly bucket_id: number;
  /** Where it was: a file's key, or a folder's prefix, which ends with '/'. */
  readonly path: string;
  /** Where it is; null: hidden behind delete markers where it was. */
  readonly place: string | null;
  /** The events that made those markers. */
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  readonly file_count: number;
  readonly size_bytes: number;
  /** The id of an account, or a name of who is none. */
  readonly deleted_by: string;
  /** ISO time. */
  readonly deleted_at: string;
}

const COLUMNS = `t.id, t.bucket_id, t.path, t.place, t.first_seq, t.last_seq, t.file_count, t.size_bytes, t.deleted_by,
  t.deleted_at`;

/** Past all that begins with a folder's path: '0' is the character behind '/'. Of a file: past all that is called so. */
function endOf(column: string): string {
  return `CASE WHEN ${column} LIKE '%/' THEN substr(${column}, 1, length(${column}) - 1) || '0' ELSE ${column} || ' ' END`;
}

/** Of a row `t`: somebody may have deleted it over S3, by and by or at once. */
export const IS_LEFT = `CASE WHEN t.place IS NULL
  THEN EXISTS (SELECT 1 FROM versions v WHERE v.bucket_id = t.bucket_id AND v.key >= t.path AND v.key < ${endOf('t.path')}
    AND v.is_delete_marker = 1 AND v.rank >= -t.last_seq AND v.rank <= -t.first_seq)
  ELSE EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = t.bucket_id AND o.key >= t.place AND o.key < ${endOf('t.place')})
  END`;

export interface TrashPage {
  readonly bucketId: number;
  /** What was deleted before this one, by its id; left out, from the newest on. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Above every id. */
const ABOVE_ALL = '~';

/** What is in the trash of a drive, the newest first. */
export function listTrash(tx: Tx, { bucketId, before = ABOVE_ALL, limit }: TrashPage): MaybePromise<TrashRow[]> {
  return tx.all<TrashRow>(
    `SELECT ${COLUMNS} FROM trash t WHERE t.bucket_id = ? AND t.id < ? AND ${IS_LEFT} ORDER BY t.id DESC LIMIT ?`,
    bucketId,
    before,
    limit,
  );
}

/** Undefined where there is none, or another drive has it. */
export function findTrash(
  tx: Tx,
  { bucketId, id }: { readonly bucketId: number; readonly id: string },
): MaybePromise<TrashRow | undefined> {
  return tx.get<TrashRow>(`SELECT ${COLUMNS} FROM trash t WHERE t.bucket_id = ? AND t.id = ?`, bucketId, id);
}

/** A drive with something in its trash. */
export interface TrashedDriveRow {
  readonly account_id: string;
  readonly bucket_id: number;
  readonly trash_days: number;
}

/** The drives, by their accounts, whose trash does not stay for ever. */
export function listTrashedDrives(
  tx: Tx,
  { afterAccountId, limit }: { readonly afterAccountId: string; readonly limit: number },
): MaybePromise<TrashedDriveRow[]> {
  return tx.all<TrashedDriveRow>(
    `SELECT d.account_id, d.bucket_id, d.trash_days FROM drives d WHERE d.account_id > ? AND d.trash_days IS NOT NULL
       AND EXISTS (SELECT 1 FROM trash t WHERE t.bucket_id = d.bucket_id) ORDER BY d.account_id LIMIT ?`,
    afterAccountId,
    limit,
  );
}

export interface OldTrash {
  readonly bucketId: number;
  /** Deleted before then (ISO time). */
  readonly before: string;
  /** Ids after this one. */
  readonly after: string;
  readonly limit: number;
}

/** The ids of what has been in the trash of a drive since before a time, also of that whose files are gone. */
export function listOldTrash(tx: Tx, { bucketId, before, after, limit }: OldTrash): MaybePromise<{ id: string }[]> {
  return tx.all<{ id: string }>(
    'SELECT id FROM trash WHERE bucket_id = ? AND id > ? AND deleted_at < ? ORDER BY id LIMIT ?',
    bucketId,
    after,
    before,
    limit,
  );
}

/** The bytes in an account's trash that may give way to others: those that nothing keeps versions of. */
export async function sumYieldingTrash(tx: Tx, accountId: string): Promise<number> {
  const row = await tx.get<{ bytes: number }>(
    `SELECT coalesce(sum(t.size_bytes), 0) AS bytes FROM drives d JOIN trash t ON t.bucket_id = d.bucket_id
     WHERE d.account_id = ? AND t.place IS NOT NULL AND ${IS_LEFT}`,
    accountId,
  );
  return row?.bytes ?? 0;
}
