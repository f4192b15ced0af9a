import type { StoredChecksum } from '../mutations/objects.ts';
import type { MaybePromise, Tx } from '../tx.ts';

export interface ObjectRow {
  readonly seq: number;
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly last_modified: string;
  readonly account_id: string;
  readonly part_set: string | null;
  readonly part_count: number | null;
  readonly attributes: string;
  readonly checksum_algorithm: string | null;
  readonly checksum_type: StoredChecksum['type'] | null;
  readonly checksum_value: string | null;
}

/** An object with its bytes where they are inline, or with their place in the backend. */
export interface ObjectContentRow extends ObjectRow {
  readonly location: string | null;
  readonly data: Buffer | null;
}

const COLUMNS = `o.seq, o.version_id, o.size_bytes, o.etag, o.last_modified, o.account_id, o.part_set, o.part_count,
  o.attributes, o.checksum_algorithm, o.checksum_type, o.checksum_value`;

/** What HEAD needs. */
export function findObject(tx: Tx, bucketId: number, key: string): MaybePromise<ObjectRow | undefined> {
  return tx.get<ObjectRow>(`SELECT ${COLUMNS} FROM objects o WHERE o.bucket_id = ? AND o.key = ?`, bucketId, key);
}

/** What GET needs, in one statement: the row and its bytes are of the same moment. */
export function findObjectContent(tx: Tx, bucketId: number, key: string): MaybePromise<ObjectContentRow | undefined> {
  return tx.get<ObjectContentRow>(
    `SELECT ${COLUMNS}, b.location, i.data FROM objects o
     LEFT JOIN blobs b ON b.id = o.blob_id LEFT JOIN inline_blobs i ON i.blob_id = o.blob_id
     WHERE o.bucket_id = ? AND o.key = ?`,
    bucketId,
    key,
  );
}

export interface PartRow {
  readonly part_number: number;
  readonly size_bytes: number;
  readonly etag: string;
  readonly checksum_value: string | null;
  readonly last_modified: string;
}

export interface PartBlobRow {
  readonly part_number: number;
  readonly size_bytes: number;
  readonly blob_id: number | null;
  readonly location: string | null;
}

/** Where the bytes of a multipart object are, in order. Empty when the object was replaced meanwhile. */
export function listPartBlobs(tx: Tx, setId: string): MaybePromise<PartBlobRow[]> {
  return tx.all<PartBlobRow>(
    `SELECT p.part_number, p.size_bytes, p.blob_id, b.location
     FROM parts p LEFT JOIN blobs b ON b.id = p.blob_id WHERE p.set_id = ? ORDER BY p.part_number`,
    setId,
  );
}

export function findInlineBlob(tx: Tx, blobId: number): MaybePromise<{ data: Buffer } | undefined> {
  return tx.get<{ data: Buffer }>('SELECT data FROM inline_blobs WHERE blob_id = ?', blobId);
}

/** Parts after a number, at most `limit`. */
export function listParts(
  tx: Tx,
  input: { setId: string; afterPartNumber: number; limit: number },
): MaybePromise<PartRow[]> {
  return tx.all<PartRow>(
    `SELECT part_number, size_bytes, etag, checksum_value, last_modified FROM parts
     WHERE set_id = ? AND part_number > ? ORDER BY part_number LIMIT ?`,
    input.setId,
    input.afterPartNumber,
    input.limit,
  );
}
