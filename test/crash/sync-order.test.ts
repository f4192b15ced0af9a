import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';
import { noTrace, type TracedCall, TracedGateway } from './trace.ts';

const REPLY = /^(write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 2/;
const WAL_WRITE = /^(pwrite64|pwritev|write)\(\d+<[^>]*metadata\.db-wal>/;
const WAL_SYNC = /^(fdatasync|fsync)\(\d+<[^>]*metadata\.db-wal>/;
const BLOB_WRITE = /^(pwritev|pwrite64|writev|write)\(\d+<[^>]*\/blobs\/\w{6}\/\w{26}>/;
const BLOB_SYNC = /^(fdatasync|fsync)\(\d+<[^>]*\/blobs\/\w{6}\/\w{26}>/;
const FOLDER_SYNC = /^(fdatasync|fsync)\(\d+<[^>]*\/blobs\/\w{6}>/;
const FOLDER_MADE = /^mkdir(at)?\([^"]*"[^"]*\/blobs\/\w{6}"/;
const ROOT_SYNC = /^(fdatasync|fsync)\(\d+<[^>]*\/blobs>/;

const LARGE = randomBytes(300_000);

/** What survives a power cut is what was synced: here the order of the syncs is seen from outside. */
describe('before a write is acknowledged it is on the disk', { skip: noTrace ?? false }, () => {
  let gateway: TracedGateway;
  let client: Client;
  before(async () => {
    gateway = await TracedGateway.start();
    client = new Client(gateway);
  });
  after(async () => {
    client.close();
    await gateway.stop();
  });

  /** The calls of one request, which runs alone: those up to its reply. */
  async function trace(method: string, path: string, body?: Buffer): Promise<TracedCall[]> {
    const from = Math.max(...gateway.calls().map(({ end }) => end));
    await client.expect([200, 204], { method, path, body });
    for (let turn = 0; turn < 100; turn += 1) {
      const calls = gateway.calls().filter(({ begin }) => begin > from);
      const reply = calls.findIndex(({ text }) => REPLY.test(text));
      if (reply >= 0) return calls.filter(({ begin }) => begin <= (calls[reply] as TracedCall).begin);
      await sleep(20);
    }
    throw new Error('There is no reply in the trace.');
  }

  test('the folders that it makes at its first start, up to the topmost', () => {
    const synced = gateway.calls().map(({ text }) => /^fsync\(\d+<([^>]+)>\) += 0/.exec(text)?.[1]);
    for (let folder = gateway.dataFolder; folder !== dirname(folder); folder = dirname(folder)) {
      assert.ok(synced.includes(folder), folder);
    }
  });

  test('a bucket: the log is synced before the reply', async () => {
    requireLogSynced(await trace('PUT', '/bucket'));
  });

  test('the first large object of a new folder: file, folder and the folder’s own entry before the log', async () => {
    const calls = await trace('PUT', '/bucket/first', LARGE);
    requireBlobSynced(calls);
    const made = only(calls, FOLDER_MADE);
    const entry = calls.filter(({ text, begin }) => ROOT_SYNC.test(text) && begin > made.end);
    assert.ok(entry.length > 0, 'the new folder’s own entry is synced');
    assert.ok(isBeforeLog(entry[0] as TracedCall, calls));
    requireLogSynced(calls);
  });

  test('another large object: file and folder before the log, and the log before the reply', async () => {
    const calls = await trace('PUT', '/bucket/second', LARGE);
    assert.ok(!calls.some(({ text }) => FOLDER_MADE.test(text)));
    requireBlobSynced(calls);
    requireLogSynced(calls);
  });

  test('a small object: the log before the reply, and no file at all', async () => {
    const calls = await trace('PUT', '/bucket/small', Buffer.from('small'));
    assert.ok(!calls.some(({ text }) => BLOB_WRITE.test(text)));
    requireLogSynced(calls);
  });

  test('a delete: the log before the reply', async () => {
    requireLogSynced(await trace('DELETE', '/bucket/small'));
  });
});

function only(calls: readonly TracedCall[], pattern: RegExp): TracedCall {
  const matching = calls.filter(({ text }) => pattern.test(text));
  assert.equal(matching.length, 1, `${pattern}: ${JSON.stringify(calls, undefined, 1)}`);
  return matching[0] as TracedCall;
}

function isBeforeLog(call: TracedCall, calls: readonly TracedCall[]): boolean {
  return calls.filter(({ text }) => WAL_WRITE.test(text)).every(({ begin }) => call.end < begin);
}

/** All bytes, then their sync, then the folder's, and only then the row. */
function requireBlobSynced(calls: readonly TracedCall[]): void {
  const sync = only(calls, BLOB_SYNC);
  const writes = calls.filter(({ text }) => BLOB_WRITE.test(text));
  assert.ok(writes.length > 0);
  assert.ok(writes.every(({ end }) => end < sync.begin));
  const folder = only(calls, FOLDER_SYNC);
  assert.ok(sync.end < folder.begin);
  assert.ok(isBeforeLog(folder, calls), 'the row is written only after that');
}

/** The row is written, then synced, and only then does the reply begin. */
function requireLogSynced(calls: readonly TracedCall[]): void {
  const reply = only(calls, REPLY);
  const writes = calls.filter(({ text }) => WAL_WRITE.test(text));
  assert.ok(writes.length > 0);
  const sync = only(calls, WAL_SYNC);
  assert.ok(writes.every(({ end }) => end < sync.begin));
  assert.ok(sync.end < reply.begin);
}
