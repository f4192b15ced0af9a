import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BucketRow, type Metadata, openSqlite } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { newVersionId } from '../../metadata/version-id.ts';
import { AUDIT, NOON } from '../metadata/support/fixture.ts';

/** Files in the folder: `mere/photos/0042/000427.jpg`. */
const FILES = 100_000;
const FILES_A_FOLDER = 1000;

/** Prints what one transaction over a large folder takes, on a database that syncs as it does by default. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-tree-'));
  const path = join(folder, 'metadata.db');
  const metadata = openSqlite({ path, durability: 'full', writer: 'thread' });
  try {
    const bucket = await prepare(metadata, path);
    console.table(await measure(metadata, bucket));
  } finally {
    await metadata.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(metadata: Metadata, path: string): Promise<BucketRow> {
  const account = { id: 'a', canonicalId: 'c', name: 'n', displayName: 'n', role: 'member' } as const;
  await metadata.mutations.createAccount({ ...account, at: NOON, audit: AUDIT });
  const drive = { accountId: 'a', names: ['drive-n'], region: 'r', lifecycle: '{"rules":[]}', trashDays: 30 };
  const bucket = await metadata.mutations.ensureDrive({ ...drive, at: NOON, audit: AUDIT });
  for (const field of ['mere/', 'special/']) fill(path, { bucket, field });
  return bucket;
}

/** Straight into the tables: as many commits are not what is measured. */
function fill(path: string, { bucket, field }: { bucket: BucketRow; field: string }): void {
  const database = openDatabase(path);
  const event = database.prepare(
    `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag)
     VALUES (?, 'object.created', 'a', ?, ?, 'null', 7, ?) RETURNING seq`,
  );
  const blob = database.prepare('INSERT INTO blobs (location, size_bytes, refs) VALUES (?, 7, 1) RETURNING id');
  const object = database.prepare(
    `INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, blob_id, attributes)
     VALUES (?, ?, ?, ?, 7, ?, ?, 'a', ?, '{"contentType":"image/jpeg","userMetadata":{}}')`,
  );
  database.transaction(() => {
    for (let file = 0; file < FILES; file += 1) {
      const key = `${field}photos/${digits(file / FILES_A_FOLDER, 4)}/${digits(file, 6)}.jpg`;
      const etag = file.toString(16).padStart(32, '0');
      const { seq } = event.get(NOON, bucket.name, key, etag) as { seq: number };
      const { id } = blob.get(`${field}${file}`) as { id: number };
      const versionId = field === 'special/' ? newVersionId(seq) : 'null';
      object.run(bucket.id, key, seq, versionId, etag, NOON, id);
    }
    database
      .prepare('UPDATE usage SET object_count = object_count + ?, logical_bytes = logical_bytes + ?')
      .run(FILES, 7 * FILES);
  })();
  database.close();
}

function digits(value: number, width: number): string {
  return String(Math.floor(value)).padStart(width, '0');
}

/** Until the transaction is durable, and what of that the processor was at it, in milliseconds. */
type Figures = Record<string, { readonly took: number; readonly processor: number }>;

async function measure({ mutations }: Metadata, { id: bucketId }: BucketRow): Promise<Figures> {
  const figures: Figures = {};
  const time = async (what: string, run: () => Promise<unknown>) => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await run();
    const took = Math.round(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    figures[what] = { took, processor: Math.round((user + system) / 1000) };
  };
  const doer = { bucketId, accountId: 'a', at: NOON };
  const from = (path: string) => ({ bucketId, path });
  for (const field of ['mere/', 'special/']) {
    const here = `${field}photos/`;
    const there = `${field}moved/`;
    await time(`${field} move`, () => mutations.moveTree({ ...doer, from: from(here), to: from(there) }));
    await time(`${field} trash`, () => mutations.putIntoTrash({ ...doer, id: `trash-${field}`, path: there }));
    await time(`${field} restore`, () => mutations.restoreTrash({ ...doer, id: `trash-${field}` }));
    await time(`${field} copy`, () => mutations.copyTree({ ...doer, from: from(there), to: from(`${field}copy/`) }));
  }
  await time('mere/ to special/', () =>
    mutations.moveTree({ ...doer, from: from('mere/copy/'), to: from('special/from mere/') }),
  );
  await mutations.putIntoTrash({ ...doer, id: 'trash-purge', path: 'mere/moved/' });
  await time('mere/ delete for good, in batches of 500', async () => {
    let hasMore = true;
    while (hasMore) ({ hasMore } = await mutations.purgeTrash({ ...doer, id: 'trash-purge', limit: 500 }));
  });
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
