import type { Tx } from '../tx.ts';

/** Where an object's bytes are when its row is committed: in the transaction itself, or staged in the backend. */
export type Payload =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'inline';
      readonly bytes: Uint8Array;
      readonly sha256?: string | undefined;
      readonly mayShare?: boolean | undefined;
    }
  | {
      readonly kind: 'staged';
      readonly location: string;
      /** The storage class whose backend has them; left out: the default one. */
      readonly store?: string | undefined;
      readonly sizeBytes: number;
      readonly sha256?: string | undefined;
      /** Whether a blob that has the same bytes may stand in for it. */
      readonly mayShare?: boolean | undefined;
    };

/** What a payload became. */
export interface InsertedBlob {
  /** Null stands for no bytes. */
  readonly id: number | null;
  /** A blob that was there has the same bytes: what was staged is nobody's. */
  readonly isDuplicate: boolean;
}

/** Records a payload with one reference to it, or adds one to a blob that has the same bytes. */
export async function insertBlob(tx: Tx, payload: Payload): Promise<InsertedBlob> {
  if (payload.kind === 'empty') return { id: null, isDuplicate: false };
  const sameId = await findSame(tx, payload);
  if (sameId === undefined) return { id: await addBlob(tx, payload), isDuplicate: false };
  await retainBlob(tx, sameId);
  return { id: sameId, isDuplicate: true };
}

type Bytes = Exclude<Payload, { readonly kind: 'empty' }>;

/**
 * Only one that is in use: the bytes of others may be going right now. Parts and large objects are read from a backend,
 * so that what is staged is never replaced by what is inline.
 */
async function findSame(tx: Tx, payload: Bytes): Promise<number | undefined> {
  if (payload.mayShare !== true || payload.sha256 === undefined) return undefined;
  const isInline = payload.kind === 'inline';
  const row = await tx.get<{ id: number }>(
    `SELECT id FROM blobs WHERE sha256 = ? AND size_bytes = ? AND refs > 0 AND store IS NOT DISTINCT FROM ?
       ${isInline ? '' : 'AND location IS NOT NULL'} ORDER BY id LIMIT 1`,
    payload.sha256,
    isInline ? payload.bytes.byteLength : payload.sizeBytes,
    isInline ? null : (payload.store ?? null),
  );
  return row?.id;
}

async function addBlob(tx: Tx, payload: Bytes): Promise<number> {
  const isInline = payload.kind === 'inline';
  const row = await tx.get<{ id: number }>(
    'INSERT INTO blobs (location, store, size_bytes, sha256, refs) VALUES (?, ?, ?, ?, 1) RETURNING id',
    isInline ? null : payload.location,
    isInline ? null : (payload.store ?? null),
    isInline ? payload.bytes.byteLength : payload.sizeBytes,
    payload.sha256 ?? null,
  );
  const { id } = row as { id: number }; // INSERT ... RETURNING yields its row
  if (isInline) await tx.run('INSERT INTO inline_blobs (blob_id, data) VALUES (?, ?)', id, payload.bytes);
  return id;
}

/** Adds a reference: a copy shares the bytes. */
export async function retainBlob(tx: Tx, blobId: number): Promise<void> {
  await tx.run('UPDATE blobs SET refs = refs + 1, released_at = NULL WHERE id = ?', blobId);
}

/**
 * Drops a reference. The last one takes inline bytes along at once; bytes in a backend are left to the sweeper, whose
 * grace period protects readers in flight.
 */
export async function releaseBlob(tx: Tx, blobId: number, nowMs: number): Promise<void> {
  await tx.run('DELETE FROM inline_blobs WHERE blob_id = (SELECT id FROM blobs WHERE id = ? AND refs = 1)', blobId);
  if ((await tx.run('DELETE FROM blobs WHERE id = ? AND refs = 1 AND location IS NULL', blobId)) > 0) return;
  await tx.run(
    'UPDATE blobs SET refs = refs - 1, released_at = CASE refs WHEN 1 THEN CAST(? AS BIGINT) END WHERE id = ?',
    nowMs,
    blobId,
  );
}

/**
 * Lets go of a set of parts: of an aborted upload, of an overwritten or deleted multipart object. Resolves to how many
 * bytes they had.
 */
export async function releasePartSet(tx: Tx, setId: string, nowMs: number): Promise<number> {
  const parts = await tx.rows<[number | null, number]>('SELECT blob_id, size_bytes FROM parts WHERE set_id = ?', setId);
  await tx.run('DELETE FROM parts WHERE set_id = ?', setId);
  for (const [blobId] of parts) if (blobId !== null) await releaseBlob(tx, blobId, nowMs);
  return parts.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0);
}

/** Forgets blobs whose bytes are gone from the backend. One that was retained meanwhile stays. */
export async function forgetBlobs(tx: Tx, input: { blobIds: readonly number[] }): Promise<void> {
  for (const id of input.blobIds) await tx.run('DELETE FROM blobs WHERE id = ? AND refs = 0', id);
}
