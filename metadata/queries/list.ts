import type { Tx } from '../tx.ts';
import { type ListPage, type ListRange, walk } from './walk.ts';

export type { ListPage, ListPosition, ListRange } from './walk.ts';

/**
 * key, last_modified, etag, size_bytes, the checksum's algorithm and type with a space between them, storage_class: each
 * column more is a tenth of a list's time.
 */
export type ListedObject = readonly [string, string, string, number, string | null, string | null];

/**
 * key, initiated_at, account_id, checksum_algorithm, checksum_type, storage_class, and upload_id last, so that the walk
 * can continue within a key.
 */
export type ListedUpload = readonly [string, string, string, string | null, string | null, string | null, string];

/**
 * One page of a bucket's objects in byte order. With a delimiter it seeks past each common prefix: its cost is the
 * page's length, whatever the bucket holds.
 */
export function listObjects(tx: Tx, range: ListRange): Promise<ListPage<ListedObject>> {
  return walk(range, (bounds) =>
    tx.rows<ListedObject>(
      `SELECT key, last_modified, etag, size_bytes, checksum_algorithm || ' ' || checksum_type, storage_class FROM objects
       WHERE bucket_id = ? AND key ${bounds.inclusive ? '>=' : '>'} ? ${bounds.end === undefined ? '' : 'AND key < ?'}
       ORDER BY key LIMIT ?`,
      range.bucketId,
      bounds.start,
      ...bounds.rest,
    ),
  );
}

export interface UploadRange extends ListRange {
  /** Within the key `position.after`: uploads after this one. */
  readonly afterUploadId?: string | undefined;
}

/** Above every upload id: they are ASCII. */
const AFTER_ALL_UPLOADS = '\uffff';

/** One page of a bucket's uploads under way, by key and then by time. */
export function listUploads(tx: Tx, range: UploadRange): Promise<ListPage<ListedUpload>> {
  let afterUploadId = range.afterUploadId;
  return walk(range, async (bounds) => {
    const tie = bounds.inclusive ? '' : (afterUploadId ?? AFTER_ALL_UPLOADS);
    const rows = await tx.rows<ListedUpload>(
      `SELECT key, initiated_at, account_id, checksum_algorithm, checksum_type, storage_class, upload_id FROM uploads
       WHERE bucket_id = ? AND (key, upload_id) > (?, ?) ${bounds.end === undefined ? '' : 'AND key < ?'}
       ORDER BY key, upload_id LIMIT ?`,
      range.bucketId,
      bounds.start,
      tie,
      ...bounds.rest,
    );
    afterUploadId = rows.at(-1)?.[6];
    return rows;
  });
}
