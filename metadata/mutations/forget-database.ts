import type { Tx } from '../tx.ts';

/** Forgets the collections of a database whose bucket goes: they have no documents any more. */
export async function forgetDatabase(tx: Tx, bucketId: number): Promise<void> {
  const indexes =
    'SELECT i.id FROM document_indexes i JOIN collections c ON c.id = i.collection_id WHERE c.bucket_id = ?';
  await tx.run(`DELETE FROM index_entries WHERE index_id IN (${indexes})`, bucketId);
  await tx.run(`DELETE FROM document_indexes WHERE id IN (${indexes})`, bucketId);
  await tx.run('DELETE FROM collections WHERE bucket_id = ?', bucketId);
  await tx.run('DELETE FROM databases WHERE bucket_id = ?', bucketId);
}
