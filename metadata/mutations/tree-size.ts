import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { PathInDrive } from './drive-paths.ts';
import { IN_TREE, rangeOf } from './tree-range.ts';

/** What is in a file or folder. */
export interface TreeSize {
  /** All versions that are meant, and the markers of folders. */
  readonly entryCount: number;
  /** Without the markers of folders. */
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Of the longest key. */
  readonly keyBytes: number;
  readonly isLocked: boolean;
}

/** Others wait for a transaction that moves as many. */
const MAX_ENTRIES = 250_000;

const SIZE_COLUMNS = `count(*) AS entry_count, coalesce(sum(size_bytes), 0) AS size_bytes,
  coalesce(sum(CASE WHEN key LIKE '%/' THEN 0 ELSE 1 END), 0) AS file_count,
  coalesce(max(octet_length(key)), 0) AS key_bytes,
  coalesce(max(CASE WHEN legal_hold = 1 OR retain_until > ? THEN 1 ELSE 0 END), 0) AS is_locked`;

interface SizeRow {
  readonly entry_count: number;
  readonly file_count: number;
  readonly size_bytes: number;
  readonly key_bytes: number;
  readonly is_locked: number;
}

/**
 * Of the current versions, as things are locked at a time (ISO). Throws `NoSuchKey` where there is none, `FolderTooLarge`.
 */
export async function measureTree(tx: Tx, place: PathInDrive, at: string): Promise<TreeSize> {
  const row = await tx.get<SizeRow>(
    `SELECT ${SIZE_COLUMNS} FROM
       (SELECT key, size_bytes, legal_hold, retain_until FROM objects WHERE ${IN_TREE} ORDER BY key LIMIT ?) AS tree`,
    at,
    ...rangeOf(place),
    MAX_ENTRIES + 1,
  );
  const size = toSize(row as SizeRow); // an aggregate yields its row
  if (size.entryCount === 0) throw new Failure('NoSuchKey', 'There is no such file or folder.');
  return size;
}

/** Of the older versions of what is there now, without delete markers. Throws `FolderTooLarge`. */
export async function measureHistory(tx: Tx, place: PathInDrive, at: string): Promise<TreeSize> {
  const row = await tx.get<SizeRow>(
    `SELECT ${SIZE_COLUMNS} FROM
       (SELECT key, size_bytes, legal_hold, retain_until FROM versions v WHERE ${IN_TREE} AND is_delete_marker = 0 AND
          EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = v.bucket_id AND o.key = v.key) ORDER BY key LIMIT ?) AS tree`,
    at,
    ...rangeOf(place),
    MAX_ENTRIES + 1,
  );
  return toSize(row as SizeRow); // as above
}

function toSize(row: SizeRow): TreeSize {
  if (row.entry_count > MAX_ENTRIES) throw new Failure('FolderTooLarge');
  return {
    entryCount: row.entry_count,
    fileCount: row.file_count,
    sizeBytes: row.size_bytes,
    keyBytes: row.key_bytes,
    isLocked: row.is_locked === 1,
  };
}
