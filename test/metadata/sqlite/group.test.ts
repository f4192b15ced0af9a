import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import type Database from 'better-sqlite3';
import type { CommitObject } from '../../../metadata/mutations/objects.ts';
import { openConnection } from '../../../metadata/sqlite/connection.ts';
import { GroupRunner, type MutationCall, type MutationOutcome } from '../../../metadata/sqlite/group.ts';
import { migrate } from '../../../metadata/sqlite/migrate.ts';
import { AUDIT, NOON } from '../support/fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-group-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let connection: Database.Database;
let runner: GroupRunner;
let count = 0;

beforeEach(async () => {
  connection?.close();
  count += 1;
  connection = openConnection({ path: join(folder, `${count}.db`), durability: 'relaxed' });
  migrate(connection);
  runner = new GroupRunner(connection);
  const account = { id: 'a', canonicalId: 'c', name: 'n', displayName: 'n', role: 'member', at: NOON, audit: AUDIT };
  const bucket = { name: 'bucket', accountId: 'a', region: 'r', at: NOON, ignoreClaims: true };
  await runner.run([
    { name: 'createAccount', input: account },
    { name: 'createBucket', input: bucket },
  ]);
});
after(() => connection.close());

function put(key: string, more: Partial<CommitObject> = {}): MutationCall {
  const input: CommitObject = {
    ...{ bucketId: 1, key, accountId: 'a', at: NOON, sizeBytes: 0, etag: 'e', attributes: '{}' },
    payload: { kind: 'empty' },
    ...more,
  };
  return { name: 'commitObject', input };
}

function codes(outcomes: readonly MutationOutcome[]): (string | undefined)[] {
  return outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.code));
}

function eventKeys(): unknown[] {
  return connection.prepare('SELECT key FROM events WHERE key IS NOT NULL ORDER BY seq').pluck().all();
}

function objectKeys(): unknown[] {
  return connection.prepare('SELECT key FROM objects ORDER BY key').pluck().all();
}

/** Counts commits, and lets as many fail as are asked for. */
function watchCommits(): { count: number; failures: number } {
  const seen = { count: 0, failures: 0 };
  const prepare = connection.prepare.bind(connection);
  connection.prepare = ((sql: string) => {
    const statement = prepare(sql);
    if (sql !== 'COMMIT') return statement;
    const run = statement.run.bind(statement);
    statement.run = () => {
      seen.count += 1;
      seen.failures -= 1;
      if (seen.failures >= 0) throw new Error('not now');
      return run();
    };
    return statement;
  }) as typeof connection.prepare; // the same function, watched
  return seen;
}

test('a group is one transaction, and its outcomes are in the order of its calls', async () => {
  const commits = watchCommits();
  const outcomes = await new GroupRunner(connection).run(['c', 'a', 'b'].map((key) => put(key)));
  assert.deepEqual(codes(outcomes), ['ok', 'ok', 'ok']);
  assert.deepEqual(eventKeys(), ['c', 'a', 'b']);
  assert.equal(commits.count, 1);
});

test('a call that a rule refuses does not harm its neighbours', async () => {
  const outcomes = await runner.run([
    put('a'),
    put('a', { condition: { kind: 'absent' } }),
    put('lost', { bucketId: 77 }),
    put('b'),
  ]);
  assert.deepEqual(codes(outcomes), ['ok', 'PreconditionFailed', 'NoSuchBucket', 'ok']);
  assert.deepEqual(eventKeys(), ['a', 'b']);
});

test('a call that a quota refuses has written nothing: its neighbours run once', async () => {
  const commits = watchCommits();
  const quota = { accountId: 'a', changes: { quotaBytes: 10 }, spareName: 'spare', audit: AUDIT };
  const outcomes = await new GroupRunner(connection).run([
    { name: 'changeAccount', input: quota },
    put('a', { sizeBytes: 6 }),
    put('b', { sizeBytes: 5 }),
    put('c', { sizeBytes: 4 }),
  ]);
  assert.deepEqual(codes(outcomes), ['ok', 'ok', 'QuotaExceeded', 'ok']);
  assert.deepEqual(objectKeys(), ['a', 'c']);
  assert.equal(commits.count, 1);
});

test('each call sees what those before it in the group did', async () => {
  const outcomes = await runner.run([
    put('k', { etag: 'one', condition: { kind: 'absent' } }),
    put('k', { etag: 'two', condition: { kind: 'match', etag: 'one' } }),
    put('k', { etag: 'three', condition: { kind: 'match', etag: 'one' } }),
    { name: 'deleteObject', input: { bucketId: 1, key: 'k', accountId: 'a', at: NOON } },
    { name: 'deleteBucket', input: { bucketId: 1, accountId: 'a', at: NOON } },
  ]);
  assert.deepEqual(codes(outcomes), ['ok', 'ok', 'PreconditionFailed', 'ok', 'ok']);
});

test('a call that breaks after it wrote is undone alone: the others are run again, each once', async () => {
  const payload = { kind: 'staged', location: 'same', sizeBytes: 1 } as const;
  const outcomes = await runner.run([
    put('a', { payload }),
    put('broken', { payload }),
    put('a', { condition: { kind: 'absent' } }),
    put('b'),
  ]);
  assert.deepEqual(codes(outcomes), ['ok', undefined, 'PreconditionFailed', 'ok']);
  assert.deepEqual(eventKeys(), ['a', 'b']);
  assert.deepEqual(objectKeys(), ['a', 'b']);
  assert.deepEqual(connection.prepare('SELECT object_count, logical_bytes FROM usage').get(), {
    object_count: 2,
    logical_bytes: 0,
  });
});

test('a call that breaks before it wrote, and takes the transaction along, does not make the others happen twice', async () => {
  // SQLite ends a transaction by itself on some errors (a full disk, no memory): here, in the middle of a look.
  const broken: MutationCall = {
    name: 'trimEvents',
    get input() {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw new Error('disk I/O error');
    },
  };
  const outcomes = await runner.run([put('a'), broken, put('b')]);
  assert.deepEqual(codes(outcomes), ['ok', undefined, 'ok']);
  assert.deepEqual(eventKeys(), ['a', 'b']);
  assert.equal(connection.inTransaction, false);
});

test('a full database is told as such, whoever meets it, and a group after it succeeds again', async () => {
  const pages = Number(connection.pragma('page_count', { simple: true }));
  connection.pragma(`max_page_count = ${pages + 8}`);
  const payload = { kind: 'inline', bytes: Buffer.alloc(30_000, 1) } as const;
  const outcomes = await runner.run([put('small'), put('big', { payload }), put('bigger', { payload })]);
  assert.deepEqual(codes(outcomes), ['ok', 'ok', 'InsufficientStorage']);
  assert.deepEqual(objectKeys(), ['big', 'small']);
  connection.pragma(`max_page_count = ${pages + 1000}`);
  assert.deepEqual(codes(await runner.run([put('bigger', { payload })])), ['ok']);
});

test('where the group cannot be committed its calls are committed one by one, each with its own verdict', async () => {
  const commits = watchCommits();
  const watched = new GroupRunner(connection);
  commits.failures = 2;
  const outcomes = await watched.run([put('a'), put('b'), put('c')]);
  assert.deepEqual(codes(outcomes), [undefined, 'ok', 'ok']);
  assert.deepEqual(eventKeys(), ['b', 'c']);
  assert.equal(commits.count, 4);
});
