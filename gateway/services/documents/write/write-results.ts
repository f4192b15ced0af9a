import type { Document, DocumentValue } from '../values/value.ts';

/** Results as the MongoDB drivers shape them. Where one document was written its ETag is told beside. */
export interface InsertOneResult {
  readonly acknowledged: true;
  readonly insertedId: DocumentValue;
  readonly etag: string;
}

export interface InsertManyResult {
  readonly acknowledged: true;
  readonly insertedCount: number;
  /** By the places of the documents in the call. */
  readonly insertedIds: Readonly<Record<string, DocumentValue>>;
}

export interface UpdateResult {
  readonly acknowledged: true;
  readonly matchedCount: number;
  /** How many are others than before. */
  readonly modifiedCount: number;
  /** Null where nothing was upserted; a document's id can be null as well, the count tells. */
  readonly upsertedId: DocumentValue;
  readonly upsertedCount: number;
  /** Of the one document that was written. */
  readonly etag?: string | undefined;
}

export interface DeleteResult {
  readonly acknowledged: true;
  readonly deletedCount: number;
}

/** What `findOneAnd...` comes to. */
export interface FindAndModifyResult {
  /** Null where there is none, or was none before. */
  readonly value: Document | null;
  /** Of the document that was written. */
  readonly etag?: string | undefined;
}

export interface BulkWriteResult {
  readonly acknowledged: true;
  readonly insertedCount: number;
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly deletedCount: number;
  readonly upsertedCount: number;
  /** By the places of the operations in the call. */
  readonly insertedIds: Readonly<Record<string, DocumentValue>>;
  readonly upsertedIds: Readonly<Record<string, DocumentValue>>;
}
