import { Failure } from '../failure.ts';
import type { DocumentIndexRow } from '../queries/documents.ts';
import type { Tx } from '../tx.ts';

export interface CreateDocumentIndex {
  readonly collectionId: number;
  readonly name: string;
  /** JSON. */
  readonly definition: string;
  readonly isUnique: boolean;
  readonly at: string;
}

/**
 * Begins an index: from now on whoever writes must write its entries. It is read once it is finished. Throws
 * `NoSuchCollection`, `IndexConflict` for a name that another index has.
 */
export async function createDocumentIndex(tx: Tx, input: CreateDocumentIndex): Promise<DocumentIndexRow> {
  const { collectionId, name, definition, isUnique, at } = input;
  const taken = await tx.get(
    'SELECT id FROM document_indexes WHERE collection_id = ? AND name = ?',
    collectionId,
    name,
  );
  if (taken !== undefined) throw new Failure('IndexConflict', `There is an index '${name}' already.`);
  await raiseVersion(tx, collectionId);
  const row = await tx.get<DocumentIndexRow>(
    `INSERT INTO document_indexes (collection_id, name, definition, is_unique, is_ready, created_at)
     VALUES (?, ?, ?, ?, 0, ?)
     RETURNING id, collection_id, name, definition, is_unique, is_multikey, is_ready, created_at`,
    collectionId,
    name,
    definition,
    Number(isUnique),
    at,
  );
  return row as DocumentIndexRow; // INSERT ... RETURNING yields its row
}

export interface AddIndexEntries {
  readonly bucketId: number;
  readonly indexId: number;
  readonly isUnique: boolean;
  /** Of documents as they were read: by the events that wrote them. */
  readonly documents: readonly {
    readonly key: string;
    readonly seq: number;
    readonly entries: readonly Uint8Array[];
  }[];
}

/** Adds the entries of documents that were there before; of what was written since, its writer has. Throws `DuplicateKey`. */
export async function addIndexEntries(tx: Tx, input: AddIndexEntries): Promise<void> {
  const { bucketId, indexId, isUnique } = input;
  for (const { key, seq, entries } of input.documents) {
    const same = await tx.get(
      'SELECT key FROM objects WHERE bucket_id = ? AND key = ? AND seq = ?',
      bucketId,
      key,
      seq,
    );
    if (same === undefined) continue;
    if (entries.length > 1) await tx.run('UPDATE document_indexes SET is_multikey = 1 WHERE id = ?', indexId);
    for (const entry of entries) {
      if (isUnique) await requireFree(tx, { indexId, entry, key });
      await tx.run(
        'INSERT INTO index_entries (index_id, entry, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        indexId,
        entry,
        key,
      );
    }
  }
}

async function requireFree(
  tx: Tx,
  { indexId, entry, key }: { readonly indexId: number; readonly entry: Uint8Array; readonly key: string },
): Promise<void> {
  const other = await tx.get(
    'SELECT key FROM index_entries WHERE index_id = ? AND entry = ? AND key <> ? LIMIT 1',
    indexId,
    entry,
    key,
  );
  if (other === undefined) return;
  throw new Failure('DuplicateKey', 'E11000 duplicate key error: several documents have the same value.', { Key: key });
}

/** From now on it is read. Throws `NoSuchIndex` where it was dropped meanwhile. */
export async function finishDocumentIndex(tx: Tx, input: { collectionId: number; indexId: number }): Promise<void> {
  const changed = await tx.run('UPDATE document_indexes SET is_ready = 1 WHERE id = ?', input.indexId);
  if (changed === 0) throw new Failure('NoSuchIndex');
  await raiseVersion(tx, input.collectionId);
}

/** Throws `NoSuchIndex`. */
export async function dropDocumentIndex(tx: Tx, input: { collectionId: number; indexId: number }): Promise<void> {
  const { collectionId, indexId } = input;
  const removed = await tx.run(
    'DELETE FROM document_indexes WHERE id = ? AND collection_id = ?',
    indexId,
    collectionId,
  );
  if (removed === 0) throw new Failure('NoSuchIndex');
  await tx.run('DELETE FROM index_entries WHERE index_id = ?', indexId);
  await raiseVersion(tx, collectionId);
}

async function raiseVersion(tx: Tx, collectionId: number): Promise<void> {
  const changed = await tx.run('UPDATE collections SET version = version + 1 WHERE id = ?', collectionId);
  if (changed === 0) throw new Failure('NoSuchCollection', 'There is no such collection.');
}
