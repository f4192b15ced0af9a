import type { Tx } from '../tx.ts';

export type EventType =
  | 'bucket.created'
  | 'bucket.deleted'
  | 'bucket.configured'
  | 'object.created'
  | 'object.copied'
  | 'object.completed'
  | 'object.deleted'
  | 'object.marked-deleted'
  | 'object.tagged'
  | 'object.described'
  | 'object.locked'
  | 'object.shared'
  | 'object.renamed'
  | 'object.transitioned';

/** What an event was to a document, in the words of MongoDB's change events. */
export type DocumentChangeType = 'insert' | 'update' | 'replace' | 'delete';

export interface NewEvent {
  readonly at: string;
  readonly type: EventType;
  readonly accountId: string;
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly etag?: string | undefined;
  /** In a database, of an event that changed a document. */
  readonly documentChange?: DocumentChangeType | undefined;
}

/** Appends to the ordered log and returns the event's place in it. */
export async function appendEvent(tx: Tx, event: NewEvent): Promise<number> {
  const row = await tx.get<{ seq: number }>(
    `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag, document_change)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
    event.at,
    event.type,
    event.accountId,
    event.bucket,
    event.key ?? null,
    event.versionId ?? null,
    event.sizeBytes ?? null,
    event.etag ?? null,
    event.documentChange ?? null,
  );
  return (row as { seq: number }).seq; // INSERT ... RETURNING yields its row
}

/**
 * Forgets events older than `before` (ISO time), at most `limit`; resolves to how many went. Looks at no more than the
 * oldest `limit`, for the log is in the order of time. The newest stays: it says how far the log goes.
 */
export async function trimEvents(tx: Tx, input: { before: string; limit: number }): Promise<number> {
  return tx.run(
    `DELETE FROM events WHERE seq IN
       (SELECT seq FROM (SELECT seq, at FROM events ORDER BY seq LIMIT ?) AS oldest WHERE at < ?)
       AND seq < (SELECT max(seq) FROM events)`,
    input.limit,
    input.before,
  );
}
