import { prefixEnd } from '../key-order.ts';
import type { MaybePromise, Tx } from '../tx.ts';
import { BUCKET_COLUMNS, type BucketRow } from './buckets.ts';
import { type DocumentCondition, writeCondition } from './document-condition.ts';

/** The bucket of an account's documents; undefined where it has none yet. */
export function findDatabase(tx: Tx, accountId: string): MaybePromise<BucketRow | undefined> {
  return tx.get<BucketRow>(
    `SELECT ${BUCKET_COLUMNS} FROM buckets WHERE id = (SELECT bucket_id FROM databases WHERE account_id = ?)`,
    accountId,
  );
}

export interface CollectionRow {
  readonly id: number;
  readonly bucket_id: number;
  readonly name: string;
  /** JSON. */
  readonly options: string;
  /** Grows with its options and indexes. */
  readonly version: number;
  readonly document_count: number;
  readonly size_bytes: number;
  readonly created_at: string;
}

const COLLECTION_COLUMNS = 'id, bucket_id, name, options, version, document_count, size_bytes, created_at';

export function findCollection(
  tx: Tx,
  { bucketId, name }: { readonly bucketId: number; readonly name: string },
): MaybePromise<CollectionRow | undefined> {
  return tx.get<CollectionRow>(
    `SELECT ${COLLECTION_COLUMNS} FROM collections WHERE bucket_id = ? AND name = ?`,
    bucketId,
    name,
  );
}

/** A page of a database's collections, by name, behind one. */
export function listCollections(
  tx: Tx,
  { bucketId, after, limit }: { readonly bucketId: number; readonly after: string; readonly limit: number },
): MaybePromise<CollectionRow[]> {
  return tx.all<CollectionRow>(
    `SELECT ${COLLECTION_COLUMNS} FROM collections WHERE bucket_id = ? AND name > ? ORDER BY name LIMIT ?`,
    bucketId,
    after,
    limit,
  );
}

export interface DocumentIndexRow {
  readonly id: number;
  readonly collection_id: number;
  readonly name: string;
  /** JSON. */
  readonly definition: string;
  readonly is_unique: number;
  readonly is_multikey: number;
  /** 0: it is being built. */
  readonly is_ready: number;
  readonly created_at: string;
}

export function listDocumentIndexes(tx: Tx, collectionId: number): MaybePromise<DocumentIndexRow[]> {
  return tx.all<DocumentIndexRow>(
    `SELECT id, collection_id, name, definition, is_unique, is_multikey, is_ready, created_at
     FROM document_indexes WHERE collection_id = ? ORDER BY id`,
    collectionId,
  );
}

/** An index, and where it is. */
export interface PlacedIndexRow extends DocumentIndexRow {
  readonly bucket: string;
  readonly collection: string;
}

const PLACED_INDEXES = `SELECT x.id, x.collection_id, x.name, x.definition, x.is_unique, x.is_multikey, x.is_ready, x.created_at,
       b.name AS bucket, c.name AS collection
     FROM document_indexes x JOIN collections c ON c.id = x.collection_id JOIN buckets b ON b.id = c.bucket_id`;

/** Indexes that were not finished: they are being built, or whoever did has stopped. */
export function listUnfinishedIndexes(tx: Tx): MaybePromise<PlacedIndexRow[]> {
  return tx.all<PlacedIndexRow>(`${PLACED_INDEXES} WHERE x.is_ready = 0 ORDER BY x.id`);
}

/** Indexes by which documents expire. */
export function listExpiringIndexes(tx: Tx): MaybePromise<PlacedIndexRow[]> {
  return tx.all<PlacedIndexRow>(
    `${PLACED_INDEXES} WHERE x.is_ready = 1 AND x.definition LIKE '%"expireAfterSeconds":%' ORDER BY x.id`,
  );
}

/** A document as it is stored: its key, the event that wrote it, and its JSON in UTF-8. */
export type DocumentTuple = readonly [key: string, seq: number, text: Uint8Array];

const FROM_DOCUMENTS = 'FROM objects o JOIN inline_blobs i ON i.blob_id = o.blob_id';

/** What of a document is read: all of it, or nothing of one that is too long. */
function textColumn(maxTextBytes: number | undefined): string {
  return maxTextBytes === undefined
    ? 'i.data'
    : `CASE WHEN length(i.data) <= ${Math.floor(maxTextBytes)} THEN i.data ELSE x'' END`;
}

export interface DocumentScan {
  readonly bucketId: number;
  /** '<collection>/' */
  readonly prefix: string;
  /** Behind this key, in its order; '' from the beginning. */
  readonly after: string;
  readonly limit: number;
  /** Of longer documents the text is empty. */
  readonly maxTextBytes?: number | undefined;
}

/** Documents of a collection by key. */
export function scanDocuments(tx: Tx, scan: DocumentScan): MaybePromise<DocumentTuple[]> {
  const { bucketId, prefix, after, limit, maxTextBytes } = scan;
  return tx.rows<[string, number, Uint8Array]>(
    `SELECT o.key, o.seq, ${textColumn(maxTextBytes)} ${FROM_DOCUMENTS}
     WHERE o.bucket_id = ? AND o.key > ? AND o.key < ? ORDER BY o.key LIMIT ?`,
    bucketId,
    after === '' ? prefix : after,
    prefixEnd(prefix) ?? '',
    limit,
  );
}

export interface ConditionalScan {
  readonly bucketId: number;
  /** '<collection>/' */
  readonly prefix: string;
  /** Behind this key, in its order; '' from the beginning. */
  readonly after: string;
  readonly limit: number;
  /** Left out: all. */
  readonly condition?: DocumentCondition | undefined;
}

/** One of so many comes whatever the condition says, so that a long walk can be ended now and then. */
const BREATH = 1024;

/** Documents of a collection by key, as text: those of which the condition may be true, and a few others. */
export function scanTexts(tx: Tx, scan: ConditionalScan): MaybePromise<[string, number, string][]> {
  const { bucketId, prefix, after, limit, condition } = scan;
  const { sql, values } =
    condition === undefined ? { sql: '', values: [] } : writeCondition(condition, 'CAST(i.data AS TEXT)');
  return tx.rows<[string, number, string]>(
    `SELECT o.key, o.seq, CAST(i.data AS TEXT) ${FROM_DOCUMENTS}
     WHERE o.bucket_id = ? AND o.key > ? AND o.key < ? ${sql === '' ? '' : `AND (o.seq % ${BREATH} = 0 OR ${sql})`}
     ORDER BY o.key LIMIT ?`,
    bucketId,
    after === '' ? prefix : after,
    prefixEnd(prefix) ?? '',
    ...values,
    limit,
  );
}

/** One document, by its key; of one that is longer than `maxTextBytes` the text is empty. */
export async function findDocument(
  tx: Tx,
  {
    bucketId,
    key,
    maxTextBytes,
  }: { readonly bucketId: number; readonly key: string; readonly maxTextBytes?: number | undefined },
): Promise<DocumentTuple | undefined> {
  const [row] = await tx.rows<[string, number, Uint8Array]>(
    `SELECT o.key, o.seq, ${textColumn(maxTextBytes)} ${FROM_DOCUMENTS} WHERE o.bucket_id = ? AND o.key = ?`,
    bucketId,
    key,
  );
  return row;
}

/** How many documents a collection has. */
export async function countDocuments(
  tx: Tx,
  { bucketId, prefix }: { readonly bucketId: number; readonly prefix: string },
): Promise<number> {
  const [row] = await tx.rows<[number]>(
    'SELECT count(*) FROM objects WHERE bucket_id = ? AND key > ? AND key < ?',
    bucketId,
    prefix,
    prefixEnd(prefix) ?? '',
  );
  return row?.[0] ?? 0;
}

/** Entries from `start` (with it) to `end` (without it), as bytes. */
export interface EntryRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

export interface IndexScan {
  readonly bucketId: number;
  readonly indexId: number;
  readonly range: EntryRange;
  readonly isReverse: boolean;
  /** Behind this entry and key, in the order of the scan. */
  readonly after?: { readonly entry: Uint8Array; readonly key: string } | undefined;
  readonly limit: number;
  /** Of longer documents the text is empty. */
  readonly maxTextBytes?: number | undefined;
}

/** An entry, and the document that it is of. */
export type IndexedTuple = readonly [entry: Uint8Array, key: string, seq: number, text: Uint8Array];

/** Documents in the order of an index. One with several entries in the range comes as often. */
export function scanIndex(tx: Tx, scan: IndexScan): MaybePromise<IndexedTuple[]> {
  const { bucketId, indexId, range, isReverse, after, limit, maxTextBytes } = scan;
  const order = isReverse ? 'DESC' : 'ASC';
  const past = isReverse ? '<' : '>';
  return tx.rows<[Uint8Array, string, number, Uint8Array]>(
    `SELECT e.entry, e.key, o.seq, ${textColumn(maxTextBytes)}
     FROM index_entries e JOIN objects o ON o.bucket_id = ? AND o.key = e.key JOIN inline_blobs i ON i.blob_id = o.blob_id
     WHERE e.index_id = ? AND e.entry >= ? AND e.entry < ? ${after === undefined ? '' : `AND (e.entry, e.key) ${past} (?, ?)`}
     ORDER BY e.entry ${order}, e.key ${order} LIMIT ?`,
    bucketId,
    indexId,
    range.start,
    range.end,
    ...(after === undefined ? [] : [after.entry, after.key]),
    limit,
  );
}

/** How many entries a range has, counted up to a limit. Of an index that is not multikey: how many documents. */
export async function countEntries(
  tx: Tx,
  { indexId, range, limit }: { readonly indexId: number; readonly range: EntryRange; readonly limit: number },
): Promise<number> {
  const [row] = await tx.rows<[number]>(
    `SELECT count(*) FROM (SELECT 1 FROM index_entries WHERE index_id = ? AND entry >= ? AND entry < ? LIMIT ?) counted`,
    indexId,
    range.start,
    range.end,
    limit,
  );
  return row?.[0] ?? 0;
}
