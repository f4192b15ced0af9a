import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { Versioning } from '../versioning.ts';
import { insertBlob } from './blobs.ts';
import type { DocumentChangeType } from './events.ts';
import { insertDocuments, type NewDocument } from './insert-documents.ts';
import { findKeys, insertRows, manyRows } from './many-rows.ts';
import { deleteObject } from './objects.ts';
import { type PackedWrites, unpackWrites } from './packed-writes.ts';
import { addUsage } from './usage.ts';
import { type ChargedPlace, findWay, openPlace, putVersion, totalBytes, type VersionProperties } from './versions.ts';

/** What one document becomes. */
export interface DocumentWrite {
  readonly key: string;
  /** The event that wrote what is there; null: nothing is there. Anything else there is a conflict. */
  readonly before: number | null;
  /** Its JSON, UTF-8, with the ETag of that; null: it is deleted. */
  readonly after: { readonly text: string | Uint8Array; readonly etag: string } | null;
  /** Entries of indexes that go, and that come. */
  readonly removed: readonly IndexEntry[];
  readonly added: readonly IndexEntry[];
  /** Of a document that was there and stays: what is done to it. Left out: it is updated. */
  readonly change?: 'update' | 'replace' | undefined;
}

export type IndexEntry = readonly [indexId: number, entry: Uint8Array];

export interface ApplyDocuments {
  readonly bucketId: number;
  readonly collectionId: number;
  /** The version of the collection that the entries were made for. */
  readonly version: number;
  readonly accountId: string;
  readonly at: string;
  readonly writes: readonly DocumentWrite[];
}

/** The same, as it crosses threads. */
export interface ApplyPackedDocuments extends Omit<ApplyDocuments, 'writes'> {
  readonly writes: readonly DocumentWrite[] | PackedWrites;
}

export interface AppliedDocuments {
  /** The event that wrote each, in their order; of what was deleted as well. */
  readonly seqs: readonly number[];
}

const ATTRIBUTES = JSON.stringify({ contentType: 'application/json', userMetadata: {} });

/**
 * Writes documents with their index entries and what they are charged, all or none. Throws `NoSuchCollection`;
 * `ConditionalRequestConflict` where one is not as it was, or the indexes are not; `DuplicateKey` (detail `Key`, `Index`);
 * `QuotaExceeded`.
 */
export async function applyDocuments(tx: Tx, packed: ApplyPackedDocuments): Promise<AppliedDocuments> {
  const writes = isPacked(packed.writes) ? unpackWrites(packed.writes) : packed.writes;
  const input = { ...packed, writes };
  // Everything is looked at before anything is written: what is refused is refused alone, not with its group.
  const uniques = await requireVersion(tx, input);
  const prepared = await prepare(tx, input);
  await requireUniques(tx, input.writes, uniques);
  await charge(tx, prepared, input.collectionId);
  for (const write of input.writes) await removeEntries(tx, write);
  await addAllEntries(tx, input.writes);
  const seqs = new Map(await insertNew(tx, prepared, input));
  for (const { write, place } of prepared.changes) seqs.set(write.key, await carryOut(tx, write, place));
  return { seqs: input.writes.map(({ key }) => seqs.get(key) ?? 0) }; // each has one
}

function isPacked(writes: ApplyPackedDocuments['writes']): writes is PackedWrites {
  return !Array.isArray(writes);
}

export async function removeEntries(tx: Tx, { removed, key }: Pick<DocumentWrite, 'key' | 'removed'>): Promise<void> {
  for (const [indexId, entry] of removed) {
    await tx.run('DELETE FROM index_entries WHERE index_id = ? AND entry = ? AND key = ?', indexId, entry, key);
  }
}

/**
 * The unique indexes of a collection, by their ids. Throws `NoSuchCollection`, and `ConditionalRequestConflict` where its
 * options or indexes are others than those that the entries were made for.
 */
export async function requireVersion(
  tx: Tx,
  { collectionId, version }: Pick<ApplyDocuments, 'collectionId' | 'version'>,
): Promise<ReadonlyMap<number, string>> {
  const row = await tx.get<{ version: number }>('SELECT version FROM collections WHERE id = ?', collectionId);
  if (row === undefined) throw new Failure('NoSuchCollection', 'There is no such collection.');
  if (row.version !== version) throw conflict();
  const uniques = await tx.rows<[number, string]>(
    'SELECT id, name FROM document_indexes WHERE collection_id = ? AND is_unique = 1',
    collectionId,
  );
  return new Map(uniques);
}

/** Documents that are written, apart by how. */
interface Prepared {
  readonly bucket: DatabaseBucket;
  /** They are not there yet, and many go with one statement. */
  readonly inserts: readonly NewDocument[];
  readonly changes: readonly Change[];
}

interface DatabaseBucket {
  readonly name: string;
  readonly account_id: string;
  readonly versioning: Versioning;
}

/** What is written as any object is: over what is there, or where versions are kept. */
interface Change {
  readonly write: DocumentWrite;
  readonly place: ChargedPlace;
  /** Undefined: it is deleted. */
  readonly sizeBytes: number | undefined;
}

async function prepare(tx: Tx, input: ApplyDocuments): Promise<Prepared> {
  const sql = 'SELECT name, account_id, versioning FROM buckets WHERE id = ?';
  const bucket = await tx.get<DatabaseBucket>(sql, input.bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const inserts: NewDocument[] = [];
  const changes: Change[] = [];
  for (const write of input.writes) {
    const { key, before, after } = write;
    if (bucket.versioning === null && before === null && after !== null) {
      inserts.push({ key, text: bytesOf(after.text), etag: after.etag });
    } else changes.push(await openChange(tx, write, input));
  }
  const keys = inserts.map(({ key }) => key);
  const [taken] = await findKeys(tx, { bucketId: input.bucketId, keys });
  if (taken !== undefined) throw duplicate(taken, '_id_');
  return { bucket, inserts, changes };
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

async function openChange(tx: Tx, write: DocumentWrite, { bucketId, accountId, at }: ApplyDocuments): Promise<Change> {
  const { key, before, after } = write;
  const place = await openPlace(tx, { bucketId, key, accountId, at, documentChange: changeOf(write) });
  const current = place.current?.seq ?? null;
  if (before === null && current !== null && after !== null) throw duplicate(key, '_id_');
  if (current !== before) throw conflict();
  const sizeBytes = after === null ? undefined : bytesOf(after.text).byteLength;
  return { write, place: { ...place, way: await findWay(tx, place) }, sizeBytes };
}

function changeOf({ before, after, change = 'update' }: DocumentWrite): DocumentChangeType | undefined {
  if (after === null) return before === null ? undefined : 'delete';
  return before === null ? 'insert' : change;
}

/** What all of it comes to is charged at once, but for what is deleted, which is credited as it goes. */
async function charge(tx: Tx, { bucket, inserts, changes }: Prepared, collectionId: number): Promise<void> {
  const inserted = inserts.reduce((sum, { text }) => sum + text.byteLength, 0);
  const usage = { objectCount: inserts.length, logicalBytes: inserted };
  const collection = { count: inserts.length, bytes: inserted };
  for (const { place, sizeBytes } of changes) {
    collection.count += (sizeBytes === undefined ? 0 : 1) - (place.current === undefined ? 0 : 1);
    collection.bytes += (sizeBytes ?? 0) - (place.current?.size_bytes ?? 0);
    if (sizeBytes === undefined) continue;
    usage.objectCount += 1 - place.way.freed.length;
    usage.logicalBytes += sizeBytes - totalBytes(place.way.freed);
  }
  await addUsage(tx, { accountId: bucket.account_id, ...usage });
  await tx.run(
    'UPDATE collections SET document_count = document_count + ?, size_bytes = size_bytes + ? WHERE id = ?',
    collection.count,
    collection.bytes,
    collectionId,
  );
}

/** Pairs of keys and the events that made them. */
async function insertNew(
  tx: Tx,
  { bucket, inserts }: Prepared,
  { bucketId, accountId, at }: ApplyDocuments,
): Promise<(readonly [string, number])[]> {
  const { name, account_id: ownerId } = bucket;
  const place = { bucketId, bucket: name, ownerId, accountId, at, attributes: ATTRIBUTES };
  const seqs = await insertDocuments(tx, inserts, place);
  return inserts.map(({ key }, index) => [key, seqs[index] ?? 0] as const);
}

/** What a unique index must not have twice: neither what is there and stays, nor two of what comes. Throws `DuplicateKey`. */
async function requireUniques(
  tx: Tx,
  writes: readonly DocumentWrite[],
  uniques: ReadonlyMap<number, string>,
): Promise<void> {
  if (uniques.size === 0) return;
  const freed = new Set(writes.flatMap(({ key, removed }) => removed.map((entry) => `${nameOf(entry)} ${key}`)));
  const coming = new Map<string, string>();
  for (const { key, added } of writes) {
    for (const indexEntry of added) {
      const [indexId, entry] = indexEntry;
      const index = uniques.get(indexId);
      if (index === undefined) continue;
      const name = nameOf(indexEntry);
      const others = await tx.rows<[string]>(FIND_OTHERS, indexId, entry, key);
      const isTaken = others.some(([other]) => !freed.has(`${name} ${other}`));
      if (isTaken || (coming.get(name) ?? key) !== key) throw duplicate(key, index);
      coming.set(name, key);
    }
  }
}

const FIND_OTHERS = 'SELECT key FROM index_entries WHERE index_id = ? AND entry = ? AND key <> ?';

function nameOf([indexId, entry]: IndexEntry): string {
  return `${indexId} ${Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString('latin1')}`;
}

const ENTRIES = manyRows({
  insert: 'INSERT INTO index_entries (index_id, entry, key)',
  row: '(?, ?, ?)',
  end: 'ON CONFLICT DO NOTHING',
});

/** The entries of all, many with each statement. */
async function addAllEntries(tx: Tx, writes: readonly DocumentWrite[]): Promise<void> {
  await markMultikey(tx, new Set(writes.flatMap(({ added }) => [...severalOf(added)])));
  const rows = writes.flatMap(({ key, added }) => added.map(([indexId, entry]) => [indexId, entry, key] as const));
  await insertRows(tx, ENTRIES, rows);
}

async function markMultikey(tx: Tx, indexIds: ReadonlySet<number>): Promise<void> {
  for (const indexId of indexIds) {
    await tx.run('UPDATE document_indexes SET is_multikey = 1 WHERE id = ? AND is_multikey = 0', indexId);
  }
}

/** Throws `DuplicateKey`. */
export async function addEntries(
  tx: Tx,
  { key, added }: Pick<DocumentWrite, 'key' | 'added'>,
  uniques: ReadonlyMap<number, string>,
): Promise<void> {
  await markMultikey(tx, severalOf(added));
  for (const [indexId, entry] of added) {
    const unique = uniques.get(indexId);
    if (unique !== undefined) await requireUnique(tx, { indexId, entry, key, name: unique });
    await tx.run(
      'INSERT INTO index_entries (index_id, entry, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      indexId,
      entry,
      key,
    );
  }
}

/** The indexes that have several entries of a document. */
function severalOf(entries: readonly IndexEntry[]): ReadonlySet<number> {
  const seen = new Set<number>();
  return new Set(entries.map(([id]) => id).filter((id) => seen.size === seen.add(id).size));
}

interface UniqueEntry {
  readonly indexId: number;
  readonly entry: Uint8Array;
  readonly key: string;
  /** Of the index. */
  readonly name: string;
}

async function requireUnique(tx: Tx, { indexId, entry, key, name }: UniqueEntry): Promise<void> {
  const other = await tx.get(
    'SELECT key FROM index_entries WHERE index_id = ? AND entry = ? AND key <> ? LIMIT 1',
    indexId,
    entry,
    key,
  );
  if (other !== undefined) throw duplicate(key, name);
}

/** Resolves to the event that did it. */
async function carryOut(tx: Tx, { after, before }: DocumentWrite, place: ChargedPlace): Promise<number> {
  if (after === null) {
    await deleteObject(tx, { ...place.target, seq: before ?? undefined });
    return before ?? 0;
  }
  const { etag } = after;
  const bytes = bytesOf(after.text);
  const { id: blobId } = await insertBlob(tx, { kind: 'inline', bytes });
  const { seq } = await putVersion(tx, place, {
    properties: NOTHING,
    type: 'object.created',
    sizeBytes: bytes.byteLength,
    etag,
    attributes: ATTRIBUTES,
    blobId,
    partSet: null,
    partCount: null,
  });
  return seq;
}

const NOTHING: VersionProperties = {};

export function conflict(): Failure {
  return new Failure('ConditionalRequestConflict', 'Another request was first.');
}

function duplicate(key: string, index: string): Failure {
  return new Failure('DuplicateKey', `E11000 duplicate key error: index ${index}`, { Key: key, Index: index });
}
