import type { DocumentChangeRow, DocumentChangeType } from '../../../../metadata/index.ts';
import type { ChangePosition } from './resume-token.ts';

/** One change of one document. */
export interface DocumentChange {
  readonly position: ChangePosition;
  readonly operation: DocumentChangeType;
  /** The name of the bucket. */
  readonly bucket: string;
  readonly key: string;
  /** ISO time. */
  readonly at: string;
  /** The event that wrote the document; undefined where it is an older version that came to be the document again. */
  readonly writtenBy: number | undefined;
}

/** What an event of the log changed: a document that was renamed was deleted under its old key first. */
export function changesOf(row: DocumentChangeRow): DocumentChange[] {
  const { seq, bucket, key, at, type, source_key: sourceKey, document_change: operation } = row;
  const writtenBy = type === 'object.deleted' ? undefined : seq;
  const change: DocumentChange = { position: { seq, part: 1 }, operation, bucket, key, at, writtenBy };
  if (sourceKey === null) return [change];
  return [{ ...change, position: { seq, part: 0 }, operation: 'delete', key: sourceKey }, change];
}
