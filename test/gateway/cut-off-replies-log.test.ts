import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { loadConfig } from '../../gateway/config.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import { type ApiUser, addApiUser } from '../support/api.ts';

interface Line {
  readonly level: number;
  readonly operation?: string;
  readonly status?: number;
  readonly code?: string;
  readonly err?: { readonly message: string };
}

/** More than fits between two ends of a connection that nobody reads. */
const LARGE = Buffer.alloc(32 * 1024 ** 2, 'x');
const ERROR = 50;

let folder: string;
let gateway: Gateway;
let ann: ApiUser;
const lines: Line[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const config = loadConfig({ GATEHOUSE_DATA: folder, GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' });
  gateway = await startGateway(config, pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) }));
  ann = await addApiUser(gateway, 'ann');
  const init = { method: 'PUT', headers: { Authorization: `Bearer ${ann.token}` }, body: LARGE };
  const stored = await fetch(`${gateway.api}/api/v1/files/large/file`, init);
  assert.equal(stored.status, 201, await stored.text());
});
after(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

/** The lines of an operation; there is one for each of its requests. */
async function linesOf(operation: string): Promise<Line[]> {
  const found = () => lines.filter((line) => line.operation === operation);
  for (let tries = 0; tries < 200 && found().length === 0; tries += 1) await sleep(10);
  return found();
}

/** Reads the beginning of a reply, and goes away. */
async function leave(path: string): Promise<void> {
  const { hostname, port } = new URL(gateway.api);
  const socket = connect(Number(port), hostname);
  socket.write(`GET /api/v1${path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${ann.token}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
}

/** Reads a reply to the end, or as far as it comes. */
async function read(path: string): Promise<void> {
  const reply = await fetch(`${gateway.api}/api/v1${path}`, { headers: { Authorization: `Bearer ${ann.token}` } });
  await assert.rejects(reply.arrayBuffer(), path);
}

for (const [operation, path] of [
  ['getFile', '/files/large/file'],
  ['downloadFolder', '/drive/archive?path=large/'],
] as const) {
  test(`${operation} whose client goes away is in the log, once`, async () => {
    lines.length = 0;
    await leave(path);
    const [line, ...others] = await linesOf(operation);
    assert.deepEqual([line?.level, line?.status, line?.code], [30, 499, 'client-closed-request']);
    assert.deepEqual(others, []);
  });
}

test('a file or a folder that cannot be read to its end is an error in the log', async () => {
  const blobs = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  const [blob] = blobs.filter((entry) => entry.isFile() && entry.name !== 'store-id');
  assert.ok(blob !== undefined);
  await truncate(join(blob.parentPath, blob.name), LARGE.byteLength / 2);
  for (const [operation, path] of [
    ['getFile', '/files/large/file'],
    ['downloadFolder', '/drive/archive?path=large/'],
  ] as const) {
    lines.length = 0;
    await read(path);
    const [line, ...others] = await linesOf(operation);
    assert.deepEqual([line?.level, line?.status, line?.code], [ERROR, 200, 'internal-error'], JSON.stringify(line));
    assert.ok(line?.err?.message);
    assert.deepEqual(others, []);
  }
});
