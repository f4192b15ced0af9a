import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { type Metadata, openSqlite } from '../../../metadata/index.ts';
import { GroupWriter } from '../../../metadata/sqlite/writer.ts';
import { AUDIT, addAccount, addBucket, NOON } from '../support/fixture.ts';

let folder: string;
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-writer-'));
});
after(() => rm(folder, { recursive: true, force: true }));

function freshPath(): string {
  count += 1;
  return join(folder, `${count}.db`);
}

function open(path: string): Metadata {
  return openSqlite({ path, durability: 'full', writer: 'thread' });
}

function commit(metadata: Metadata, { bucketId, key }: { bucketId: number; key: string }) {
  const input = { bucketId, key, accountId: 'a', at: NOON, sizeBytes: 0, etag: 'e', attributes: '{}' };
  return metadata.mutations.commitObject({ ...input, payload: { kind: 'empty' } });
}

async function openWithBucket(path: string): Promise<{ metadata: Metadata; bucketId: number }> {
  const metadata = open(path);
  const accountId = await addAccount(metadata, 'owner');
  const { id } = await addBucket(metadata, 'bucket', accountId);
  return { metadata, bucketId: id };
}

test('calls take effect in their order, however many groups they fall into', async () => {
  const { metadata, bucketId } = await openWithBucket(freshPath());
  const committed = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => commit(metadata, { bucketId, key: `k${index % 7}` })),
  );
  const places = committed.map(({ seq }) => seq);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(places).size, 1000);
  await metadata.close();
});

test('closing waits for all that was submitted, and refuses what comes after', async () => {
  const path = freshPath();
  const { metadata, bucketId } = await openWithBucket(path);
  let committed = 0;
  for (let index = 0; index < 500; index += 1) {
    commit(metadata, { bucketId, key: `k${index}` }).then(() => {
      committed += 1;
    });
  }
  const closing = metadata.close();
  const late = commit(metadata, { bucketId, key: 'late' });
  await assert.rejects(late, /closed/);
  await closing;
  assert.equal(committed, 500);
  const again = open(path);
  const { rows } = await again.queries.listObjects({ bucketId, prefix: '', delimiter: '', limit: 1000 });
  assert.equal(rows.length, 500);
  await again.close();
});

test('an idle database does not keep its process alive, and closing one runs to its end', async () => {
  const module = new URL('../../../metadata/index.js', import.meta.url);
  const run = (script: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
  const opening = `import { openSqlite } from '${module}';
    const metadata = openSqlite({ path: '${freshPath()}', durability: 'full', writer: 'thread' });`;
  await run(opening);
  const { stdout } = await run(`${opening} await metadata.close(); console.log('closed');`);
  assert.equal(stdout, 'closed\n');
});

test('whoever was told of a commit reads it', async () => {
  const { metadata, bucketId } = await openWithBucket(freshPath());
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const key = `k${index}`;
        const before = await metadata.queries.findObject(bucketId, key);
        const { seq } = await commit(metadata, { bucketId, key });
        assert.notEqual(before?.seq, seq);
        assert.equal((await metadata.queries.findObject(bucketId, key))?.seq, seq);
      }),
    );
  }
  await metadata.close();
});

test('what is remembered of accounts and buckets is forgotten when it changes, here or in another process', async () => {
  const path = freshPath();
  const { metadata } = await openWithBucket(path);
  const beside = openSqlite({ path, durability: 'full', writer: 'here' });
  assert.equal(await metadata.queries.findCredential('K'), undefined);
  const key = { accessKey: 'K', accountId: 'id-of-owner', wrappedSecret: 's', at: NOON, audit: AUDIT };
  await beside.mutations.createAccessKey(key);
  await nextTurn();
  assert.equal((await metadata.queries.findCredential('K'))?.status, 'active');
  await beside.mutations.setAccountStatus({ accountId: 'id-of-owner', status: 'disabled', audit: AUDIT });
  await nextTurn();
  assert.equal((await metadata.queries.findCredential('K'))?.status, 'disabled');
  await metadata.mutations.deleteAccessKey(key);
  assert.equal(await metadata.queries.findCredential('K'), undefined);
  await beside.close();
  await metadata.close();
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

test('a writer that cannot start rejects every call', async () => {
  const writer = new GroupWriter(
    { path: join(folder, 'no', 'such', 'folder.db'), durability: 'full' },
    () => undefined,
  );
  const call = { name: 'trimEvents', input: { before: NOON, limit: 1 } } as const;
  const early = await Promise.allSettled([writer.submit(call), writer.submit(call)]);
  assert.deepEqual(
    early.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await assert.rejects(writer.submit(call));
  await writer.close();
});

test('a writer that dies rejects what it had and what comes, and reads go on', async () => {
  const workers: Worker[] = [];
  const remember = (worker: Worker) => workers.push(worker);
  process.on('worker', remember);
  const { metadata, bucketId } = await openWithBucket(freshPath());
  process.off('worker', remember);
  await commit(metadata, { bucketId, key: 'before' });
  const commits = Array.from({ length: 300 }, (_, index) => commit(metadata, { bucketId, key: `k${index}` }));
  const settled = Promise.allSettled(commits);
  await workers[0]?.terminate();
  const lost = (await settled).filter(({ status }) => status === 'rejected');
  assert.ok(lost.length > 0);
  await assert.rejects(commit(metadata, { bucketId, key: 'after' }), /stopped/);
  assert.ok(await metadata.queries.findObject(bucketId, 'before'));
  await metadata.close();
});
