import { Failure } from '../failure.ts';
import { type CollectionRow, findCollection } from '../queries/documents.ts';
import type { Tx } from '../tx.ts';
import { raiseGrantsVersion } from './grant-log.ts';

export interface CreateCollection {
  readonly bucketId: number;
  readonly name: string;
  /** JSON. */
  readonly options: string;
  readonly at: string;
  /** Leave one that is there as it is. */
  readonly ifAbsent?: boolean | undefined;
}

/** Throws `CollectionExists`, `NoSuchBucket`. */
export async function createCollection(tx: Tx, input: CreateCollection): Promise<CollectionRow> {
  const { bucketId, name, options, at, ifAbsent } = input;
  const bucket = await tx.get('SELECT id FROM buckets WHERE id = ? AND is_database = 1', bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const existing = await findCollection(tx, input);
  if (existing !== undefined && ifAbsent === true) return existing;
  if (existing !== undefined) throw new Failure('CollectionExists', `There is a collection '${name}' already.`);
  await tx.run(
    `INSERT INTO collections (bucket_id, name, options, version, document_count, size_bytes, created_at)
     VALUES (?, ?, ?, 1, 0, 0, ?)`,
    bucketId,
    name,
    options,
    at,
  );
  return requireCollection(tx, input);
}

/** Throws `NoSuchCollection`. */
export async function setCollectionOptions(
  tx: Tx,
  input: { readonly collectionId: number; readonly options: string },
): Promise<void> {
  const sql = 'UPDATE collections SET options = ?, version = version + 1 WHERE id = ?';
  const changed = await tx.run(sql, input.options, input.collectionId);
  if (changed === 0) throw new Failure('NoSuchCollection');
}

/** Removes a collection that has no documents any more, with its indexes and its grants. Throws `NoSuchCollection`, `ConditionalRequestConflict`. */
export async function dropCollection(tx: Tx, input: { readonly collectionId: number }): Promise<void> {
  const row = await tx.get<{ document_count: number; bucket_id: number; name: string }>(
    'SELECT document_count, bucket_id, name FROM collections WHERE id = ?',
    input.collectionId,
  );
  if (row === undefined) throw new Failure('NoSuchCollection');
  if (row.document_count > 0) throw new Failure('ConditionalRequestConflict', 'Documents have come to it meanwhile.');
  await tx.run(
    'DELETE FROM index_entries WHERE index_id IN (SELECT id FROM document_indexes WHERE collection_id = ?)',
    input.collectionId,
  );
  await tx.run('DELETE FROM document_indexes WHERE collection_id = ?', input.collectionId);
  await tx.run('DELETE FROM collections WHERE id = ?', input.collectionId);
  await forgetGrants(tx, row.bucket_id, row.name);
}

/** Of a collection that is dropped: one of the same name later has none. */
async function forgetGrants(tx: Tx, bucketId: number, name: string): Promise<void> {
  const sql = "DELETE FROM grants WHERE bucket_id = ? AND kind = 'collection' AND path = ?";
  if ((await tx.run(sql, bucketId, name)) > 0) await raiseGrantsVersion(tx);
}

async function requireCollection(tx: Tx, name: { bucketId: number; name: string }): Promise<CollectionRow> {
  const row = await findCollection(tx, name);
  if (row === undefined) throw new Failure('NoSuchCollection');
  return row;
}
