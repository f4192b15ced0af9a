import type { MaybePromise, Tx } from '../tx.ts';

/** A blob without references, whose bytes are still in the backend. */
export interface ReleasedBlobRow {
  readonly id: number;
  readonly location: string;
  /** The storage class whose backend has them; null: the default one. */
  readonly store: string | null;
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
    `SELECT id, location, store, released_at FROM blobs
     WHERE released_at <= ? AND (released_at, id) > (?, ?) ORDER BY released_at, id LIMIT ?`,
    beforeMs,
    after?.released_at ?? 0,
    after?.id ?? 0,
    limit,
  );
}

/** The storage classes in whose backends any bytes are kept; null is the default one. */
export async function listStores(tx: Tx): Promise<(string | null)[]> {
  const isDefaultUsed =
    (await tx.get('SELECT id FROM blobs WHERE location IS NOT NULL AND store IS NULL LIMIT 1')) !== undefined;
  const stores: (string | null)[] = isDefaultUsed ? [null] : [];
  // From one to the next: there are few of them, and very many blobs.
  for (let last = ''; ; ) {
    const next = await tx.get<{ store: string }>(
      'SELECT store FROM blobs WHERE location IS NOT NULL AND store > ? ORDER BY store LIMIT 1',
      last,
    );
    if (next === undefined) return stores;
    stores.push(next.store);
    last = next.store;
  }
}

/** Whether the backend's bytes under this name belong to anything, for the sweeper. */
export async function isBlobKnown(tx: Tx, location: string): Promise<boolean> {
  return (await tx.get('SELECT id FROM blobs WHERE location = ?', location)) !== undefined;
}
