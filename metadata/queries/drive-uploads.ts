import type { MaybePromise, Tx } from '../tx.ts';
import { BUCKET_COLUMNS, type BucketRow } from './buckets.ts';

/** An upload under way to a drive. */
export interface DriveUploadRow extends BucketRow {
  readonly upload_id: string;
  readonly key: string;
  /** The account that began it. */
  readonly initiator_id: string;
  readonly initiated_at: string;
  /** JSON. */
  readonly attributes: string;
  /** What the owner of the drive is called. */
  readonly owner_name: string;
}

const COLUMNS = BUCKET_COLUMNS.split(', ')
  .map((column) => `b.${column}`)
  .join(', ');
const UPLOADS = `SELECT ${COLUMNS}, u.upload_id, u.key, u.account_id AS initiator_id, u.initiated_at, u.attributes,
    a.name AS owner_name
  FROM uploads u JOIN buckets b ON b.id = u.bucket_id JOIN accounts a ON a.id = b.account_id
  WHERE b.is_drive = 1`;

/** Undefined where there is none of that id, or to another bucket than a drive. */
export function findDriveUpload(tx: Tx, uploadId: string): MaybePromise<DriveUploadRow | undefined> {
  return tx.get<DriveUploadRow>(`${UPLOADS} AND u.upload_id = ?`, uploadId);
}

export interface PageDriveUploads {
  readonly accountId: string;
  /** Uploads after this one. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Those that an account has begun, and those of others to its drive, by when they were begun. */
export function pageDriveUploads(tx: Tx, page: PageDriveUploads): MaybePromise<DriveUploadRow[]> {
  return tx.all<DriveUploadRow>(
    `${UPLOADS} AND (u.account_id = ? OR b.account_id = ?) AND u.upload_id > ? ORDER BY u.upload_id LIMIT ?`,
    page.accountId,
    page.accountId,
    page.after ?? '',
    page.limit,
  );
}
