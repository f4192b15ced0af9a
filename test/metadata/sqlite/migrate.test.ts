import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSqlite } from '../../../metadata/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { addAccount, NOON } from '../support/fixture.ts';

const OPEN_AND_WRITE = fileURLToPath(new URL('./open-and-write.js', import.meta.url));
const FIRST_SCHEMA = new URL('../../../metadata/migrations/sqlite/0001-initial.sql', import.meta.url);
const PROCESSES = 6;

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-migrate-'));
  try {
    await run(join(folder, 'deep', 'metadata.db'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function open(path: string) {
  return openSqlite({ path, durability: 'full', writer: 'here' });
}

function inspect<Row>(path: string, sql: string): Row[] {
  const raw = openDatabase(path, { readonly: true });
  try {
    return raw.prepare(sql).all() as Row[];
  } finally {
    raw.close();
  }
}

test('a fresh database gets its folder, the whole schema and a version', async () => {
  await inFolder(async (path) => {
    await open(path).close();
    const [{ user_version: version } = { user_version: 0 }] = inspect<{ user_version: number }>(
      path,
      'PRAGMA user_version',
    );
    assert.ok(version >= 1);
    const tables = inspect<{ name: string }>(path, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    for (const table of ['accounts', 'buckets', 'objects', 'blobs', 'inline_blobs', 'uploads', 'parts', 'events']) {
      assert.ok(
        tables.some(({ name }) => name === table),
        table,
      );
    }
    assert.deepEqual(inspect(path, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  });
});

test('opening again keeps what is there', async () => {
  await inFolder(async (path) => {
    for (const name of ['one', 'two', 'three']) {
      const metadata = open(path);
      await addAccount(metadata, name);
      await metadata.close();
    }
    const metadata = open(path);
    assert.equal((await metadata.queries.listAccounts()).length, 3);
    await metadata.close();
  });
});

test('processes that open a fresh database at once all succeed, and it is migrated once', async () => {
  await inFolder(async (path) => {
    const names = Array.from({ length: PROCESSES }, (_, index) => [`a${index}`, `b${index}`]);
    await Promise.all(names.map((pair) => promisify(execFile)(process.execPath, [OPEN_AND_WRITE, path, ...pair])));
    const metadata = open(path);
    const accounts = (await metadata.queries.listAccounts()).map(({ name }) => name);
    assert.deepEqual(accounts, names.flat().sort());
    await metadata.close();
  });
});

test('a schema of a newer version is refused, and left as it is', async () => {
  await inFolder(async (path) => {
    await open(path).close();
    const raw = openDatabase(path);
    raw.pragma('user_version = 9999');
    raw.close();
    assert.throws(() => open(path), /schema version 9999 .* newer/s);
    assert.deepEqual(inspect(path, 'PRAGMA user_version'), [{ user_version: 9999 }]);
  });
});

/** What the first release wrote: an object of each kind, an upload under way, and what they are charged. */
const FIRST_DATA = `
  INSERT INTO accounts VALUES ('a', '${'c'.repeat(64)}', 'ann', 'Ann', 'member', 'active', '${NOON}');
  INSERT INTO usage VALUES ('a', 3, 130);
  INSERT INTO buckets (id, name, account_id, region, created_at) VALUES (1, 'shelf', 'a', 'us-east-1', '${NOON}');
  INSERT INTO blobs (id, location, size_bytes, sha256, refs) VALUES
    (1, NULL, 5, NULL, 1), (2, 'L2', 100, NULL, 1), (3, 'L3', 25, NULL, 1), (4, 'L4', 9, NULL, 1);
  INSERT INTO inline_blobs VALUES (1, CAST('hello' AS BLOB));
  INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, blob_id, part_set,
    part_count, attributes) VALUES
    (1, 'small', 1, 'null', 5, 'e1', '${NOON}', 'a', 1, NULL, NULL, '{"userMetadata":{}}'),
    (1, 'large', 2, 'null', 100, 'e2', '${NOON}', 'a', 2, NULL, NULL, '{"userMetadata":{}}'),
    (1, 'parts', 3, 'null', 25, 'e3-1', '${NOON}', 'a', NULL, 'whole', 1, '{"userMetadata":{}}');
  INSERT INTO uploads VALUES ('begun', 1, 'later', 'a', '${NOON}', '{"userMetadata":{}}', NULL, NULL);
  INSERT INTO parts (set_id, part_number, blob_id, size_bytes, etag, last_modified) VALUES
    ('whole', 1, 3, 25, 'p1', '${NOON}'), ('begun', 1, 4, 9, 'p2', '${NOON}');
  INSERT INTO events (seq, at, type, account_id, bucket, key, version_id) VALUES
    (1, '${NOON}', 'object.created', 'a', 'shelf', 'small', 'null'),
    (2, '${NOON}', 'object.created', 'a', 'shelf', 'large', 'null'),
    (3, '${NOON}', 'object.completed', 'a', 'shelf', 'parts', 'null');
  PRAGMA user_version = 1;`;

async function writeFirstRelease(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const raw = openDatabase(path);
  raw.exec(readFileSync(FIRST_SCHEMA, 'utf8'));
  raw.exec(FIRST_DATA);
  raw.close();
}

test('what the first release stored becomes null versions, and is kept when versions are enabled', async () => {
  await inFolder(async (path) => {
    await writeFirstRelease(path);
    const metadata = open(path);
    const { queries, mutations } = metadata;
    const list = async () => {
      const { rows } = await queries.listVersions({ bucketId: 1, prefix: '', delimiter: '', limit: 10 });
      return rows.map(([key, , etag, , , , , versionId, , isLatest]) => [key, etag, versionId, isLatest]);
    };
    assert.equal((await queries.findBucket('shelf'))?.versioning, null);
    const before = [
      ['large', 'e2', 'null', 1],
      ['parts', 'e3-1', 'null', 1],
      ['small', 'e1', 'null', 1],
    ];
    assert.deepEqual(await list(), before);
    assert.equal((await queries.findObjectContent(1, 'small'))?.data?.toString(), 'hello');

    const target = { bucketId: 1, accountId: 'a', at: NOON };
    await mutations.setVersioning({ ...target, versioning: 'Enabled' });
    const empty = { payload: { kind: 'empty' }, sizeBytes: 0, etag: 'new', attributes: '{}' } as const;
    for (const key of ['large', 'parts', 'small']) await mutations.commitObject({ ...target, ...empty, key });
    // What the parts of the unfinished upload take counts since they may be there at all.
    const [begun] = await queries.listAccounts();
    assert.deepEqual([begun?.object_count, begun?.logical_bytes], [6, 139]);
    const parts = [{ partNumber: 1, etag: 'p2' }];
    const whole = { uploadId: 'begun', parts, sizeBytes: 9, etag: 'e4-1' };
    const { versionId: later } = await mutations.completeUpload({ ...target, ...whole, key: 'later' });

    assert.deepEqual(
      (await list()).filter(([, , , isLatest]) => isLatest === 0),
      before.map(([key, etag, versionId]) => [key, etag, versionId, 0]),
    );
    const found = await queries.findVersionContent({ bucketId: 1, key: 'small', versionId: 'null' });
    assert.equal(found?.data?.toString(), 'hello');
    const [ann] = await queries.listAccounts();
    assert.deepEqual([ann?.object_count, ann?.logical_bytes], [7, 139]);

    for (const key of ['large', 'parts', 'small']) await mutations.deleteVersion({ ...target, key, versionId: 'null' });
    await mutations.deleteVersion({ ...target, key: 'later', versionId: later });
    const released = await queries.listReleasedBlobs({ beforeMs: Date.parse(NOON), limit: 10 });
    assert.deepEqual(
      released.map(({ location }) => location),
      ['L2', 'L3', 'L4'],
    );
    assert.deepEqual(inspect(path, 'SELECT count(*) AS n FROM parts'), [{ n: 0 }]);
    await metadata.close();
  });
});
