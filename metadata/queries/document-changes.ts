import type { DocumentChangeType, EventType } from '../mutations/events.ts';
import type { MaybePromise, Tx } from '../tx.ts';

/** A version of a document: the event that wrote it, and its JSON in UTF-8. */
export interface DocumentVersionRow {
  readonly seq: number;
  readonly version_id: string;
  readonly is_delete_marker: number;
  /** Null of what is no document: a delete marker. */
  readonly data: Uint8Array | null;
}

const CURRENT = `SELECT o.seq, o.version_id, 0 AS is_delete_marker, i.data
  FROM objects o LEFT JOIN inline_blobs i ON i.blob_id = o.blob_id WHERE o.bucket_id = ? AND o.key = ?`;
const OLDER = `SELECT -v.rank AS seq, v.version_id, v.is_delete_marker, i.data
  FROM versions v LEFT JOIN inline_blobs i ON i.blob_id = v.blob_id WHERE v.bucket_id = ? AND v.key = ?`;

/** What a key of a database names, and the two versions that are the newest below it. */
export async function findNewestVersions(
  tx: Tx,
  { bucketId, key }: { readonly bucketId: number; readonly key: string },
): Promise<{ readonly current: DocumentVersionRow | undefined; readonly older: readonly DocumentVersionRow[] }> {
  const current = await tx.get<DocumentVersionRow>(CURRENT, bucketId, key);
  const older = await tx.all<DocumentVersionRow>(`${OLDER} ORDER BY v.rank LIMIT 2`, bucketId, key);
  return { current, older };
}

/** The JSON that an event wrote, while the document, or a version of it, still is that. */
export async function findDocumentOf(
  tx: Tx,
  { bucketId, key, seq }: { readonly bucketId: number; readonly key: string; readonly seq: number },
): Promise<Uint8Array | undefined> {
  const row =
    (await tx.get<DocumentVersionRow>(`${CURRENT} AND o.seq = ?`, bucketId, key, seq)) ??
    (await tx.get<DocumentVersionRow>(`${OLDER} AND v.rank = ?`, bucketId, key, -seq));
  return row?.data ?? undefined;
}

/** A change of a document in the log of events. */
export interface DocumentChangeRow {
  readonly seq: number;
  /** ISO time. */
  readonly at: string;
  readonly type: EventType;
  /** The name of the bucket. */
  readonly bucket: string;
  readonly key: string;
  /** Where it was before, if it was renamed. */
  readonly source_key: string | null;
  readonly document_change: DocumentChangeType;
}

/** The changes of documents behind one event and up to another, in their order. */
export function listDocumentChanges(
  tx: Tx,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): MaybePromise<DocumentChangeRow[]> {
  return tx.all<DocumentChangeRow>(
    `SELECT seq, at, type, bucket, key, source_key, document_change FROM events
     WHERE seq > ? AND seq <= ? AND document_change IS NOT NULL ORDER BY seq`,
    after,
    upTo,
  );
}

/** The oldest event that is still known, and the newest; 0 where there has never been any. */
export async function findEventRange(tx: Tx): Promise<{ readonly first: number; readonly last: number }> {
  const row = await tx.get<{ first: number; last: number }>(
    `SELECT coalesce((SELECT min(seq) FROM events), 0) AS first, coalesce((SELECT max(seq) FROM events), 0) AS last`,
  );
  return row ?? { first: 0, last: 0 };
}
