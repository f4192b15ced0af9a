import type { StoredChecksum } from '../mutations/versions.ts';
import type { MaybePromise, Tx } from '../tx.ts';

/** A version of a file, or a delete marker. */
export interface FileVersionRow {
  readonly seq: number;
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly last_modified: string;
  /** JSON. */
  readonly attributes: string;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
  readonly is_delete_marker: number;
  /** Whether it is what the key names. */
  readonly is_current: number;
}

const COLUMNS = `version_id, size_bytes, etag, last_modified, attributes, checksum_algorithm, checksum_type, checksum_value`;

/** The versions of a key that are older than the one of `before` (a seq), the newest first, delete markers included. */
export function listFileVersions(
  tx: Tx,
  page: { bucketId: number; key: string; before: number; limit: number },
): MaybePromise<FileVersionRow[]> {
  const { bucketId, key, before, limit } = page;
  return tx.all<FileVersionRow>(
    `SELECT seq, ${COLUMNS}, 0 AS is_delete_marker, 1 AS is_current FROM objects
     WHERE bucket_id = ? AND key = ? AND seq < ?
     UNION ALL
     SELECT -rank AS seq, ${COLUMNS}, is_delete_marker, 0 AS is_current FROM versions
     WHERE bucket_id = ? AND key = ? AND rank > ?
     ORDER BY seq DESC LIMIT ?`,
    bucketId,
    key,
    before,
    bucketId,
    key,
    -before,
    limit,
  );
}
