import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openSqlite } from '../../../metadata/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { addAccount } from '../support/fixture.ts';

const OPEN_AND_WRITE = fileURLToPath(new URL('./open-and-write.js', import.meta.url));
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
