import type { Tx } from '../tx.ts';
import { NULL_VERSION } from '../version-id.ts';
import { insertReturning, insertRows, manyRows } from './many-rows.ts';

/** A document that is not there yet. */
export interface NewDocument {
  readonly key: string;
  /** JSON, UTF-8. */
  readonly text: Uint8Array;
  readonly etag: string;
}

/** Where documents are inserted, by whom and when (ISO time). */
export interface InsertPlace {
  readonly bucketId: number;
  readonly bucket: string;
  readonly ownerId: string;
  readonly accountId: string;
  readonly at: string;
  /** JSON. */
  readonly attributes: string;
}

const EVENTS = manyRows({
  insert: `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag, document_change)`,
  row: `(?, 'object.created', ?, ?, ?, '${NULL_VERSION}', ?, ?, 'insert')`,
  end: 'RETURNING key, seq',
});
const BLOBS = manyRows({
  insert: 'INSERT INTO blobs (size_bytes, refs)',
  row: '(?, 1)',
  end: 'RETURNING id, size_bytes',
});
const INLINE = manyRows({ insert: 'INSERT INTO inline_blobs (blob_id, data)', row: '(?, ?)' });
const OBJECTS = manyRows({
  insert: `INSERT INTO objects
    (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, blob_id, attributes)`,
  row: `(?, ?, ?, '${NULL_VERSION}', ?, ?, ?, ?, ?, ?)`,
});

/**
 * What `putVersion` does for one document after the other, many with each statement: for a bucket that keeps no versions, and
 * keys where there is nothing. Resolves to the events that did it, in their order.
 */
export async function insertDocuments(
  tx: Tx,
  documents: readonly NewDocument[],
  { bucketId, bucket, ownerId, accountId, at, attributes }: InsertPlace,
): Promise<number[]> {
  const seqs = new Map(
    await insertReturning<[string, number]>(
      tx,
      EVENTS,
      documents.map(({ key, text, etag }) => [at, accountId, bucket, key, text.byteLength, etag]),
    ),
  );
  const seqOf = (key: string) => seqs.get(key) ?? 0; // each has one
  const blobIds = await insertBlobs(tx, documents);
  await insertRows(
    tx,
    OBJECTS,
    documents.map(({ key, text, etag }, index) => [
      bucketId,
      key,
      seqOf(key),
      text.byteLength,
      etag,
      at,
      ownerId,
      blobIds[index] ?? null,
      attributes,
    ]),
  );
  return documents.map(({ key }) => seqOf(key));
}

/** Resolves to an id for each; one is as good as another of the same size. */
async function insertBlobs(tx: Tx, documents: readonly NewDocument[]): Promise<number[]> {
  const made = await insertReturning<[number, number]>(
    tx,
    BLOBS,
    documents.map(({ text }) => [text.byteLength]),
  );
  const free = new Map<number, number[]>();
  for (const [id, sizeBytes] of made) {
    const others = free.get(sizeBytes);
    if (others === undefined) free.set(sizeBytes, [id]);
    else others.push(id);
  }
  const ids = documents.map(({ text }) => free.get(text.byteLength)?.pop() ?? 0); // one of its size was made for it
  await insertRows(
    tx,
    INLINE,
    documents.map(({ text }, index) => [ids[index] ?? 0, text]),
  );
  return ids;
}
