import type { MaybePromise, Tx, Value } from '../tx.ts';
import { NULL_VERSION, seqOfVersionId } from '../version-id.ts';
import {
  CONTENT_COLUMNS,
  NO_CONTENT_COLUMNS,
  OBJECT_COLUMNS,
  type ObjectContentRow,
  type ObjectRow,
  type ObjectValues,
  toObjectRow,
} from './object-row.ts';

export type { ObjectContentRow, ObjectRow } from './object-row.ts';

/** A statement over the current versions, and the same over the older ones. */
interface Selection {
  readonly current: string;
  readonly older: string;
}

const JOIN_CONTENT = 'LEFT JOIN blobs b ON b.id = o.blob_id LEFT JOIN inline_blobs i ON i.blob_id = o.blob_id';

// Statements are looked up by their text: one that is put together each time is hashed each time.
const WITHOUT_CONTENT = select(NO_CONTENT_COLUMNS, '');
const WITH_CONTENT = select(CONTENT_COLUMNS, JOIN_CONTENT);

function select(contentColumns: string, join: string): Selection {
  const from = (seq: string, table: string) =>
    `SELECT ${seq}, ${OBJECT_COLUMNS}, ${contentColumns} FROM ${table} o ${join} WHERE o.bucket_id = ? AND o.key = ?`;
  return { current: from('o.seq, 0', 'objects'), older: from('-o.rank, o.is_delete_marker', 'versions') };
}

/** What HEAD needs: the current version. */
export function findObject(tx: Tx, bucketId: number, key: string): Promise<ObjectRow | undefined> {
  return first(tx, WITHOUT_CONTENT.current, [bucketId, key]);
}

/** What GET needs, in one statement: the row and its bytes are of the same moment. */
export function findObjectContent(tx: Tx, bucketId: number, key: string): Promise<ObjectContentRow | undefined> {
  return first(tx, WITH_CONTENT.current, [bucketId, key]);
}

async function first(tx: Tx, sql: string, values: readonly Value[]): Promise<ObjectContentRow | undefined> {
  const [row] = await tx.rows<ObjectValues>(sql, ...values);
  return row === undefined ? undefined : toObjectRow(row);
}

/** Which version of which key. */
export interface VersionName {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId: string;
}

/** One version, current or older, or a delete marker. */
export function findVersion(tx: Tx, name: VersionName): Promise<ObjectRow | undefined> {
  return findNamed(tx, name, WITHOUT_CONTENT);
}

/** One version with its bytes, or a delete marker. */
export function findVersionContent(tx: Tx, name: VersionName): Promise<ObjectContentRow | undefined> {
  return findNamed(tx, name, WITH_CONTENT);
}

/** An older version is found by the seq in its id, which the rows are ordered by; the null version by an index of its own. */
async function findNamed(
  tx: Tx,
  { bucketId, key, versionId }: VersionName,
  { current, older }: Selection,
): Promise<ObjectContentRow | undefined> {
  const found = await first(tx, `${current} AND o.version_id = ?`, [bucketId, key, versionId]);
  if (found !== undefined) return found;
  if (versionId === NULL_VERSION) return first(tx, `${older} AND o.version_id = 'null'`, [bucketId, key]);
  const seq = seqOfVersionId(versionId);
  if (seq === undefined) return undefined;
  return first(tx, `${older} AND o.rank = ? AND o.version_id = ?`, [bucketId, key, -seq, versionId]);
}

/** The version, current or older, that an upload became. */
export async function findCompletedVersion(
  tx: Tx,
  { bucketId, key, uploadId }: { bucketId: number; key: string; uploadId: string },
): Promise<ObjectRow | undefined> {
  const { current, older } = WITHOUT_CONTENT;
  const values = [bucketId, key, uploadId];
  const found = await first(tx, `${current} AND o.part_set = ?`, values);
  return found ?? first(tx, `${older} AND o.part_set = ?`, values);
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
