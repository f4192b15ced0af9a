import type { Tx } from '../tx.ts';
import { purgeTree } from './purge-trash.ts';
import { IN_TREE, rangeOf } from './tree-range.ts';

/** Where something is to be stored that is over the quota: in a bucket, or in an upload under way. */
export interface MakeRoom {
  readonly bucketId?: number | undefined;
  readonly uploadId?: string | undefined;
  /** Who stores it; left out, who began the upload. */
  readonly accountId?: string | undefined;
  readonly missingBytes: number;
  readonly at: string;
}

interface Trashed {
  readonly id: string;
  readonly bucket_id: number;
  readonly place: string;
}

/** Who empties the trash for a new file, in the log of events: no account. */
const QUOTA = 'quota';
/** Others wait for it. */
const MAX_THINGS = 1000;
/** Of all these things. */
const MAX_KEYS = 10_000;

/**
 * Lets the trash of the account that is charged give way: what was deleted first goes first, until so many bytes are free.
 * What keeps versions stays, and all of it where another one stores something: only its owner deletes for good. Resolves to
 * whether there is room now; where all of it would not be enough, or is too much to go at once, nothing goes.
 */
export async function makeRoom(tx: Tx, { missingBytes, at, ...place }: MakeRoom): Promise<boolean> {
  const going = await findEnough(tx, await findPayer(tx, place), missingBytes);
  for (const { id, bucket_id: bucketId, place: path } of going) {
    await purgeTree(tx, { bucketId, path, limit: MAX_KEYS, accountId: QUOTA, at });
    await tx.run('DELETE FROM trash WHERE id = ?', id);
  }
  return going.length > 0;
}

/** Who is charged for what that one stores there itself; '' where it is another's. */
async function findPayer(
  tx: Tx,
  { bucketId, uploadId, accountId }: Omit<MakeRoom, 'missingBytes' | 'at'>,
): Promise<string> {
  const row = await tx.get<{ account_id: string }>(
    `SELECT b.account_id FROM buckets b LEFT JOIN uploads u ON u.upload_id = CAST(? AS TEXT)
     WHERE b.id = coalesce(CAST(? AS BIGINT), u.bucket_id) AND b.account_id = coalesce(CAST(? AS TEXT), u.account_id)`,
    uploadId ?? null,
    bucketId ?? null,
    accountId ?? null,
  );
  return row?.account_id ?? '';
}

/** The oldest things that together are as large; none where all of them are not. */
async function findEnough(tx: Tx, accountId: string, missingBytes: number): Promise<Trashed[]> {
  const oldest = await tx.all<Trashed>(
    `SELECT t.id, t.bucket_id, t.place FROM trash t JOIN drives d ON d.bucket_id = t.bucket_id
     WHERE d.account_id = ? AND t.place IS NOT NULL ORDER BY t.id LIMIT ?`,
    accountId,
    MAX_THINGS,
  );
  const going: Trashed[] = [];
  let [freedBytes, keyCount] = [0, 0];
  for (const thing of oldest) {
    const { count, bytes } = await measure(tx, thing);
    if (bytes === 0) continue;
    going.push(thing);
    freedBytes += bytes;
    keyCount += count;
    if (keyCount > MAX_KEYS) return [];
    if (freedBytes >= missingBytes) return going;
  }
  return [];
}

/** What is left of something in the trash: somebody may have deleted of it over S3. */
async function measure(tx: Tx, { bucket_id: bucketId, place: path }: Trashed) {
  const row = await tx.get<{ count: number; bytes: number }>(
    `SELECT count(*) AS count, coalesce(sum(size_bytes), 0) AS bytes FROM objects WHERE ${IN_TREE}`,
    ...rangeOf({ bucketId, path }),
  );
  return row as { count: number; bytes: number }; // an aggregate yields its row
}
