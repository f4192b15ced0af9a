import type { MaybePromise, Tx } from '../tx.ts';

/** A blob without references, whose bytes are still in the backend. */
export interface ReleasedBlobRow {
  readonly id: number;
  readonly location: string;
  /** Milliseconds since the epoch. */
  readonly released_at: number;
}

export interface ReleasedBlobs {
  /** Released at or before this time, in milliseconds since the epoch. */
  readonly beforeMs: number;
  /** Behind this one, in the order of the answer. */
  readonly after?: ReleasedBlobRow | undefined;
  readonly limit: number;
}

/** Blobs by the time of their release. */
export function listReleasedBlobs(tx: Tx, { beforeMs, after, limit }: ReleasedBlobs): MaybePromise<ReleasedBlobRow[]> {
  return tx.all<ReleasedBlobRow>(
    `SELECT id, location, released_at FROM blobs
     WHERE released_at <= ? AND (released_at, id) > (?, ?) ORDER BY released_at, id LIMIT ?`,
    beforeMs,
    after?.released_at ?? 0,
    after?.id ?? 0,
    limit,
  );
}

/** Whether any bytes are kept in the backend. */
export async function hasStagedBlobs(tx: Tx): Promise<boolean> {
  return (await tx.get('SELECT id FROM blobs WHERE location IS NOT NULL LIMIT 1')) !== undefined;
}

/** Whether the backend's bytes under this name belong to anything, for the sweeper. */
export async function isBlobKnown(tx: Tx, location: string): Promise<boolean> {
  return (await tx.get('SELECT id FROM blobs WHERE location = ?', location)) !== undefined;
}
