import type { StoredChecksum, StoredRetention } from '../mutations/versions.ts';
import type { MaybePromise, Tx } from '../tx.ts';
import { NULL_VERSION, seqOfVersionId } from '../version-id.ts';

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
  /** JSON: pairs of key and value. */
  readonly tags: string | null;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
  /** JSON. */
  readonly encryption: string | null;
  /** Null: STANDARD. */
  readonly storage_class: string | null;
  /** A marker has no contents: what it says of them means nothing. */
  readonly is_delete_marker: number;
}

/** An object with its bytes where they are inline, or with their place in a backend. */
export interface ObjectContentRow extends ObjectRow {
  readonly location: string | null;
  /** The storage class whose backend it is; null: the default one. */
  readonly store: string | null;
  readonly data: Buffer | null;
}

const COLUMNS = `o.version_id, o.size_bytes, o.etag, o.last_modified, o.account_id, o.part_set, o.part_count,
  o.attributes, o.checksum_algorithm, o.checksum_type, o.checksum_value, o.tags, o.retention_mode, o.retain_until,
  o.legal_hold, o.encryption, o.storage_class`;
const CONTENT_COLUMNS = 'b.location, b.store, i.data';
const JOIN_CONTENT = 'LEFT JOIN blobs b ON b.id = o.blob_id LEFT JOIN inline_blobs i ON i.blob_id = o.blob_id';

const CURRENT = 'FROM objects o';
const CURRENT_COLUMNS = `o.seq, 0 AS is_delete_marker, ${COLUMNS}`;
const OLDER = 'FROM versions o';
const OLDER_COLUMNS = `-o.rank AS seq, o.is_delete_marker, ${COLUMNS}`;
const BY_KEY = 'WHERE o.bucket_id = ? AND o.key = ?';

// Statements are looked up by their text: one that is put together each time is hashed each time.
const SELECT_CURRENT = `SELECT ${CURRENT_COLUMNS} ${CURRENT} ${BY_KEY}`;
const SELECT_CURRENT_CONTENT = `SELECT ${CURRENT_COLUMNS}, ${CONTENT_COLUMNS} ${CURRENT} ${JOIN_CONTENT} ${BY_KEY}`;

/** What HEAD needs: the current version. */
export function findObject(tx: Tx, bucketId: number, key: string): MaybePromise<ObjectRow | undefined> {
  return tx.get<ObjectRow>(SELECT_CURRENT, bucketId, key);
}

/** What GET needs, in one statement: the row and its bytes are of the same moment. */
export function findObjectContent(tx: Tx, bucketId: number, key: string): MaybePromise<ObjectContentRow | undefined> {
  return tx.get<ObjectContentRow>(SELECT_CURRENT_CONTENT, bucketId, key);
}

/** Which version of which key. */
export interface VersionName {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId: string;
}

/** One version, current or older, or a delete marker. */
export async function findVersion(tx: Tx, name: VersionName): Promise<ObjectRow | undefined> {
  const current = await tx.get<ObjectRow>(
    `${SELECT_CURRENT} AND o.version_id = ?`,
    name.bucketId,
    name.key,
    name.versionId,
  );
  return current ?? findOlder<ObjectRow>(tx, name, `SELECT ${OLDER_COLUMNS} ${OLDER} ${BY_KEY}`);
}

/** One version with its bytes, or a delete marker. */
export async function findVersionContent(tx: Tx, name: VersionName): Promise<ObjectContentRow | undefined> {
  const current = await tx.get<ObjectContentRow>(
    `${SELECT_CURRENT_CONTENT} AND o.version_id = ?`,
    name.bucketId,
    name.key,
    name.versionId,
  );
  const select = `SELECT ${OLDER_COLUMNS}, ${CONTENT_COLUMNS} ${OLDER} ${JOIN_CONTENT} ${BY_KEY}`;
  return current ?? findOlder<ObjectContentRow>(tx, name, select);
}

/** The version, current or older, that an upload became. */
export async function findCompletedVersion(
  tx: Tx,
  { bucketId, key, uploadId }: { bucketId: number; key: string; uploadId: string },
): Promise<ObjectRow | undefined> {
  const current = await tx.get<ObjectRow>(`${SELECT_CURRENT} AND o.part_set = ?`, bucketId, key, uploadId);
  return (
    current ??
    tx.get<ObjectRow>(`SELECT ${OLDER_COLUMNS} ${OLDER} ${BY_KEY} AND o.part_set = ?`, bucketId, key, uploadId)
  );
}

/** By the seq in its id, which the rows are ordered by; the null version by an index of its own. */
function findOlder<Row>(tx: Tx, name: VersionName, select: string): MaybePromise<Row | undefined> {
  const { bucketId, key, versionId } = name;
  if (versionId === NULL_VERSION) return tx.get<Row>(`${select} AND o.version_id = 'null'`, bucketId, key);
  const seq = seqOfVersionId(versionId);
  if (seq === undefined) return undefined;
  return tx.get<Row>(`${select} AND o.rank = ? AND o.version_id = ?`, bucketId, key, -seq, versionId);
}

/** The newest of a key's older versions: where it has no current one, the delete marker that hides it. */
export function findDeleteMarker(tx: Tx, bucketId: number, key: string): MaybePromise<DeleteMarkerRow | undefined> {
  return tx.get<DeleteMarkerRow>(
    `SELECT version_id, last_modified, is_delete_marker FROM versions
     WHERE bucket_id = ? AND key = ? ORDER BY rank LIMIT 1`,
    bucketId,
    key,
  );
}

export interface DeleteMarkerRow {
  readonly version_id: string;
  readonly last_modified: string;
  readonly is_delete_marker: number;
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
  readonly checksum_value: string | null;
  readonly blob_id: number | null;
  readonly location: string | null;
  readonly store: string | null;
}

/** Where the bytes of a multipart object are, in order. Empty when the object was replaced meanwhile. */
export function listPartBlobs(tx: Tx, setId: string): MaybePromise<PartBlobRow[]> {
  return tx.all<PartBlobRow>(
    `SELECT p.part_number, p.size_bytes, p.checksum_value, p.blob_id, b.location, b.store
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
