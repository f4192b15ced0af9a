import type { Tx } from '../tx.ts';
import { purgeTree } from './purge-trash.ts';

/** Where something is to be stored that is over the quota: in a bucket, or in an upload under way. */
export interface MakeRoom {
  readonly bucketId?: number | undefined;
  readonly uploadId?: string | undefined;
  readonly missingBytes: number;
  readonly at: string;
}

interface Trashed {
  readonly id: string;
  readonly bucket_id: number;
  readonly place: string;
  readonly size_bytes: number;
}

/** Who empties the trash for a new file, in the log of events: no account. */
const QUOTA = 'quota';
/** Others wait for it. */
const MAX_THINGS = 1000;
const MAX_KEYS = 10_000;

/**
 * Lets the trash of the account that is charged give way: what was deleted first goes first, until so many bytes are free.
 * What keeps versions stays. Resolves to whether there is room now; where all of it would not be enough nothing goes.
 */
export async function makeRoom(tx: Tx, { missingBytes, at, ...place }: MakeRoom): Promise<boolean> {
  const going = await findEnough(tx, await findPayer(tx, place), missingBytes);
  for (const { id, bucket_id: bucketId, place: path } of going) {
    const left = await purgeTree(tx, { bucketId, path, limit: MAX_KEYS, accountId: QUOTA, at });
    if (left < MAX_KEYS) await tx.run('DELETE FROM trash WHERE id = ?', id);
  }
  return going.length > 0;
}

/** Who is charged for what is stored there. */
async function findPayer(tx: Tx, { bucketId, uploadId }: Omit<MakeRoom, 'missingBytes' | 'at'>): Promise<string> {
  const row = await tx.get<{ account_id: string }>(
    `SELECT account_id FROM buckets WHERE id = coalesce(CAST(? AS BIGINT),
       (SELECT bucket_id FROM uploads WHERE upload_id = ?))`,
    bucketId ?? null,
    uploadId ?? null,
  );
  return row?.account_id ?? '';
}

/** The oldest things that together are as large; none where all of them are not. */
async function findEnough(tx: Tx, accountId: string, missingBytes: number): Promise<Trashed[]> {
  const oldest = await tx.all<Trashed>(
    `SELECT t.id, t.bucket_id, t.place, t.size_bytes FROM trash t JOIN drives d ON d.bucket_id = t.bucket_id
     WHERE d.account_id = ? AND t.place IS NOT NULL ORDER BY t.id LIMIT ?`,
    accountId,
    MAX_THINGS,
  );
  const going: Trashed[] = [];
  let freedBytes = 0;
  for (const thing of oldest) {
    if (freedBytes >= missingBytes) return going;
    going.push(thing);
    freedBytes += thing.size_bytes;
  }
  return freedBytes >= missingBytes ? going : [];
}
