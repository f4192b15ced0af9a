import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';
import { type Bounds, type ListPage, type ListRange, walk } from './walk.ts';

/** key, last_modified, etag, size_bytes, version_id, attributes (JSON), the SHA-256 of the whole where it is known (base64). */
export type ListedFile = readonly [string, string, string, number, string, string, string | null];

export interface FileRange extends ListRange {
  /** Keys with this prefix are left out. */
  readonly hidden: string;
}

const SELECT = `SELECT key, last_modified, etag, size_bytes, version_id, attributes,
    CASE WHEN checksum_algorithm = 'SHA256' AND checksum_type = 'FULL_OBJECT' THEN checksum_value END
  FROM objects`;

/** One page of what is in a drive, with what `listObjects` has no columns for. Skips what is hidden without reading it. */
export function listFiles(tx: Tx, range: FileRange): Promise<ListPage<ListedFile>> {
  const { bucketId, hidden } = range;
  const hiddenEnd = prefixEnd(hidden);
  return walk(range, async ({ start, inclusive, end, limit }) => {
    const read = (stretch: Stretch) => readStretch(tx, { bucketId, ...stretch });
    if (hiddenEnd === undefined) return read({ start, inclusive, end, limit });
    const before = isBefore(start, hidden) ? await read({ start, inclusive, end: earlier(end, hidden), limit }) : [];
    if (before.length === limit || (end !== undefined && !isBefore(hiddenEnd, end))) return before;
    const behind = isBefore(start, hiddenEnd) ? { start: hiddenEnd, inclusive: true } : { start, inclusive };
    return [...before, ...(await read({ ...behind, end, limit: limit - before.length }))];
  });
}

type Stretch = Pick<Bounds, 'start' | 'inclusive' | 'end' | 'limit'>;

function readStretch(tx: Tx, { bucketId, start, inclusive, end, limit }: Stretch & { bucketId: number }) {
  return tx.rows<ListedFile>(
    `${SELECT} WHERE bucket_id = ? AND key ${inclusive ? '>=' : '>'} ? ${end === undefined ? '' : 'AND key < ?'}
     ORDER BY key LIMIT ?`,
    bucketId,
    start,
    ...(end === undefined ? [limit] : [end, limit]),
  );
}

function isBefore(key: string, other: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(other)) < 0;
}

function earlier(end: string | undefined, other: string): string {
  return end !== undefined && isBefore(end, other) ? end : other;
}
