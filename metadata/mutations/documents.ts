import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { insertBlob } from './blobs.ts';
import type { DocumentChangeType } from './events.ts';
import { deleteObject } from './objects.ts';
import { addUsage } from './usage.ts';
import {
  type ChargedPlace,
  findWay,
  openPlace,
  type Place,
  putVersion,
  totalBytes,
  type VersionProperties,
} from './versions.ts';

/** What one document becomes. */
export interface DocumentWrite {
  readonly key: string;
  /** The event that wrote what is there; null: nothing is there. Anything else there is a conflict. */
  readonly before: number | null;
  /** Its JSON, UTF-8, with the ETag of that; null: it is deleted. */
  readonly after: { readonly text: Uint8Array; readonly etag: string; readonly sha256?: string | undefined } | null;
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
export async function applyDocuments(tx: Tx, input: ApplyDocuments): Promise<AppliedDocuments> {
  const uniques = await requireVersion(tx, input);
  const places = await openPlaces(tx, input);
  const charged = await charge(tx, input, places);
  for (const write of input.writes) await removeEntries(tx, write);
  const seqs: number[] = [];
  for (const [at, write] of input.writes.entries()) {
    await addEntries(tx, write, uniques);
    seqs.push(await carryOut(tx, write, charged[at] as ChargedPlace)); // one for each
  }
  return { seqs };
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

async function openPlaces(tx: Tx, { writes, bucketId, accountId, at }: ApplyDocuments): Promise<Place[]> {
  const places: Place[] = [];
  for (const write of writes) {
    const { key, before, after } = write;
    const place = await openPlace(tx, { bucketId, key, accountId, at, documentChange: changeOf(write) });
    const current = place.current?.seq ?? null;
    if (before === null && current !== null && after !== null) throw duplicate(key, '_id_');
    if (current !== before) throw conflict();
    places.push(place);
  }
  return places;
}

function changeOf({ before, after, change = 'update' }: DocumentWrite): DocumentChangeType | undefined {
  if (after === null) return before === null ? undefined : 'delete';
  return before === null ? 'insert' : change;
}

/** What all of it comes to is charged at once, but for what is deleted, which is credited as it goes. */
async function charge(
  tx: Tx,
  { writes, collectionId }: ApplyDocuments,
  places: readonly Place[],
): Promise<ChargedPlace[]> {
  const charged: ChargedPlace[] = [];
  const usage = { objectCount: 0, logicalBytes: 0 };
  const collection = { count: 0, bytes: 0 };
  for (const [at, place] of places.entries()) {
    const sizeBytes = writes[at]?.after?.text.byteLength;
    const way = await findWay(tx, place);
    charged.push({ ...place, way });
    collection.count += (sizeBytes === undefined ? 0 : 1) - (place.current === undefined ? 0 : 1);
    collection.bytes += (sizeBytes ?? 0) - (place.current?.size_bytes ?? 0);
    if (sizeBytes === undefined) continue;
    usage.objectCount += 1 - way.freed.length;
    usage.logicalBytes += sizeBytes - totalBytes(way.freed);
  }
  const ownerId = places[0]?.bucket.account_id;
  if (ownerId !== undefined) await addUsage(tx, { accountId: ownerId, ...usage });
  await tx.run(
    'UPDATE collections SET document_count = document_count + ?, size_bytes = size_bytes + ? WHERE id = ?',
    collection.count,
    collection.bytes,
    collectionId,
  );
  return charged;
}

/** Throws `DuplicateKey`. */
export async function addEntries(
  tx: Tx,
  { key, added }: Pick<DocumentWrite, 'key' | 'added'>,
  uniques: ReadonlyMap<number, string>,
): Promise<void> {
  for (const indexId of severalOf(added)) {
    await tx.run('UPDATE document_indexes SET is_multikey = 1 WHERE id = ? AND is_multikey = 0', indexId);
  }
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
  const { text, etag, sha256 } = after;
  const { id: blobId } = await insertBlob(tx, { kind: 'inline', bytes: text, sha256 });
  const { seq } = await putVersion(tx, place, {
    properties: NOTHING,
    type: 'object.created',
    sizeBytes: text.byteLength,
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
