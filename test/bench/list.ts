import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ListPosition, type Metadata, openSqlite } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { type PageFigures, timePages } from './time-pages.ts';

/** A page's cost must not depend on what the bucket holds: the same figures for a small and for a large one. */
const KEY_COUNTS = [10_000, 1_000_000];
const PAGE = 1000;
/** Keys in a folder, and folders in a year: `2026/0042/000017.jpg`. */
const KEYS_A_FOLDER = 10;

import { AUDIT, NOON } from '../metadata/support/fixture.ts';

interface Figure extends PageFigures {
  readonly keys: number;
  readonly page: string;
}

/** Prints how long pages of a list take, in milliseconds, at every size of a bucket. */
async function main(): Promise<void> {
  const figures: Figure[] = [];
  for (const keys of KEY_COUNTS) {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-list-'));
    try {
      figures.push(...(await measure(folder, keys)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.table(figures);
}

async function measure(folder: string, keys: number): Promise<Figure[]> {
  const path = join(folder, 'metadata.db');
  const metadata = openSqlite({ path, durability: 'relaxed', writer: 'thread' });
  try {
    const bucketId = await prepare(metadata, { path, keys });
    const middle = { after: keyOf(keys >> 1), isPrefix: false };
    const pages: readonly (readonly [string, { prefix?: string; delimiter?: string; position?: ListPosition }])[] = [
      ['first page', {}],
      ['page in the middle', { position: middle }],
      ['folders, first page', { prefix: '2026/', delimiter: '/' }],
      ['folders, page in the middle', { prefix: '2026/', delimiter: '/', position: middle }],
      ['one level above', { delimiter: '/' }],
    ];
    const figures: Figure[] = [];
    for (const [page, range] of pages) {
      const list = () => metadata.queries.listObjects({ bucketId, prefix: '', delimiter: '', limit: PAGE, ...range });
      figures.push({ keys, page, ...(await timePages(list)) });
    }
    return figures;
  } finally {
    await metadata.close();
  }
}

async function prepare(metadata: Metadata, { path, keys }: { path: string; keys: number }): Promise<number> {
  const account = { id: 'a', canonicalId: 'c', name: 'n', displayName: 'n', role: 'member' } as const;
  await metadata.mutations.createAccount({ ...account, at: NOON, audit: AUDIT });
  const bucket = { name: 'bucket', accountId: 'a', region: 'r', at: NOON, ignoreClaims: true };
  await metadata.mutations.createBucket(bucket);
  const bucketId = (await metadata.queries.findBucket('bucket'))?.id ?? 0;
  fill(path, { bucketId, keys });
  return bucketId;
}

/** Straight into the table: a million commits would take the better part of a minute, and are not what is measured. */
function fill(path: string, { bucketId, keys }: { bucketId: number; keys: number }): void {
  const database = openDatabase(path);
  const insert = database.prepare(
    `INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, attributes)
     VALUES (?, ?, ?, 'null', ?, ?, ?, 'a', '{"contentType":"image/jpeg","userMetadata":{}}')`,
  );
  database.transaction(() => {
    for (let index = 0; index < keys; index += 1) {
      const etag = index.toString(16).padStart(32, '0');
      insert.run(bucketId, keyOf(index), index, index * 7, etag, NOON);
    }
  })();
  database.close();
}

function keyOf(index: number): string {
  const folder = String(Math.floor(index / KEYS_A_FOLDER)).padStart(6, '0');
  return `2026/${folder}/${String(index).padStart(8, '0')}.jpg`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
