import assert from 'node:assert/strict';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { entriesOf, toIndex } from '../../gateway/services/documents/document-index.ts';
import { toStored } from '../../gateway/services/documents/document-store.ts';
import type { CollectionRow, DocumentIndexRow } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { INVARIANTS } from './row-invariants.ts';

/** Asserts that indexes have the entries of all documents and no others, that counts are right, and all that holds of rows. */
export function assertDocumentRows(dataFolder: string): void {
  const database = openDatabase(join(dataFolder, 'metadata.db'), { readonly: true });
  try {
    for (const collection of database.prepare('SELECT * FROM collections').all() as CollectionRow[]) {
      assertCollection(database, collection);
    }
    for (const [name, sql] of Object.entries(INVARIANTS)) assert.deepEqual(database.prepare(sql).all(), [], name);
  } finally {
    database.close();
  }
}

function assertCollection(
  database: Database.Database,
  { id, name, bucket_id, document_count, size_bytes }: CollectionRow,
) {
  const rows = database
    .prepare(
      `SELECT o.key, o.seq, i.data FROM objects o JOIN inline_blobs i ON i.blob_id = o.blob_id
       WHERE o.bucket_id = ? AND o.key > ? AND o.key < ? ORDER BY o.key`,
    )
    .raw()
    .all(bucket_id, `${name}/`, `${name}0`) as [string, number, Buffer][];
  const sizeBytes = rows.reduce((sum, [, , text]) => sum + text.byteLength, 0);
  assert.deepEqual([document_count, size_bytes], [rows.length, sizeBytes], `what ${name} says that it has`);
  const documents = rows.map(toStored);
  for (const row of database.prepare('SELECT * FROM document_indexes WHERE collection_id = ?').all(id)) {
    const index = toIndex(row as DocumentIndexRow);
    const expected = documents.flatMap(({ key, document }) =>
      entriesOf(index, document).map((entry) => `${entry.toString('hex')} ${key}`),
    );
    const several = documents.some(({ document }) => entriesOf(index, document).length > 1);
    assert.ok(index.isMultikey || !several, `${name}.${index.name} is not known to have several entries of a document`);
    const found = database.prepare('SELECT entry, key FROM index_entries WHERE index_id = ?').raw().all(index.id);
    assert.deepEqual(
      (found as [Buffer, string][]).map(([entry, key]) => `${entry.toString('hex')} ${key}`).sort(),
      expected.sort(),
      `the entries of ${name}.${index.name}`,
    );
  }
}
