import type { MaybePromise, Tx } from '../tx.ts';
import { BUCKET_COLUMNS, type BucketRow } from './buckets.ts';

/** The first bucket, by id, from this one on that has lifecycle rules. */
export function findLifecycleBucket(tx: Tx, { fromId }: { fromId: number }): MaybePromise<BucketRow | undefined> {
  return tx.get<BucketRow>(
    `SELECT ${BUCKET_COLUMNS} FROM buckets WHERE id =
       (SELECT bucket_id FROM bucket_configs WHERE bucket_id >= ? AND name = 'lifecycle' ORDER BY bucket_id LIMIT 1)`,
    fromId,
  );
}

/** A blob that a version is made of. */
export interface VersionBlobRow {
  /** Null for the one blob of a version without parts. */
  readonly part_number: number | null;
  readonly blob_id: number;
  /** Null: it is inline. */
  readonly location: string | null;
  /** The storage class whose backend has it; null: the default one. */
  readonly store: string | null;
  /** As it is stored: not the object's size where that is encrypted. */
  readonly size_bytes: number;
}

/** Which version of which key, by the event that made it. */
export interface VersionSeq {
  readonly bucketId: number;
  readonly key: string;
  readonly seq: number;
}

/** The blobs of a version, in order; none for one without bytes, or one that is gone. */
export async function listVersionBlobs(tx: Tx, { bucketId, key, seq }: VersionSeq): Promise<VersionBlobRow[]> {
  const version = await tx.get<{ blob_id: number | null; part_set: string | null }>(
    `SELECT blob_id, part_set FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?
     UNION ALL SELECT blob_id, part_set FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?`,
    bucketId,
    key,
    seq,
    bucketId,
    key,
    -seq,
  );
  if (version === undefined) return [];
  if (version.part_set !== null) return listBlobsOfParts(tx, version.part_set);
  return tx.all<VersionBlobRow>(
    'SELECT NULL AS part_number, id AS blob_id, location, store, size_bytes FROM blobs WHERE id = ?',
    version.blob_id,
  );
}

function listBlobsOfParts(tx: Tx, setId: string): MaybePromise<VersionBlobRow[]> {
  return tx.all<VersionBlobRow>(
    `SELECT p.part_number, p.blob_id, b.location, b.store, b.size_bytes
     FROM parts p JOIN blobs b ON b.id = p.blob_id WHERE p.set_id = ? ORDER BY p.part_number`,
    setId,
  );
}
