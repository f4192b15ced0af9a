import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../signer/index.ts';
import { GatewayProcess } from '../support/process.ts';
import { Client } from './client.ts';

const MEBIBYTE = 1 << 20;
const PATIENCE_MS = 10_000;
const BIG = randomBytes(24 * MEBIBYTE);
const UPLOAD = '/bucket/half';

/** Clients that hang up in the middle: nothing of a half upload stays, and nothing of a half download is kept open. */
describe('when a client hangs up', () => {
  let gateway: GatewayProcess;
  let client: Client;
  before(async () => {
    gateway = await GatewayProcess.start();
    client = new Client(gateway);
    await client.expect([200], { method: 'PUT', path: '/bucket' });
    await client.expect([200], { method: 'PUT', path: '/bucket/big', body: BIG });
  });
  after(async () => {
    client.close();
    await gateway.stop();
  });

  /** The head of a signed request. */
  function head(method: string, path: string, headers: Record<string, string> = {}): string {
    const url = new URL(gateway.s3Url + path);
    const payload = 'x-amz-trailer' in headers ? 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' : 'UNSIGNED-PAYLOAD';
    const signed = signRequest({
      ...{ method, url, headers, credentials: gateway, region: gateway.region },
      ...{ payload, now: Date.now() },
    });
    const lines = Object.entries({ host: url.host, ...headers, ...signed }).map(([name, value]) => `${name}: ${value}`);
    return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  }

  async function dial(): Promise<Socket> {
    const socket = connect(gateway.s3Port, new URL(gateway.s3Url).hostname);
    await once(socket, 'connect');
    return socket;
  }

  /** A connection on which the head of a request has been sent. */
  async function begin(...request: Parameters<typeof head>): Promise<Socket> {
    const socket = await dial();
    socket.write(head(...request));
    return socket;
  }

  async function hangUp(socket: Socket): Promise<void> {
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }

  function blobFiles(): string[] {
    const entries = readdirSync(join(gateway.folder, 'data', 'blobs'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').map(({ name }) => name);
  }

  /** What the gateway has open: blobs, and connections. Linux only. */
  function open(what: RegExp): number {
    const folder = `/proc/${gateway.pid}/fd`;
    const targets = readdirSync(folder).map((descriptor) => {
      try {
        return readlinkSync(join(folder, descriptor));
      } catch {
        return ''; // closed meanwhile
      }
    });
    return targets.filter((target) => what.test(target)).length;
  }

  async function until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition()) {
      assert.ok(Date.now() < deadline, what);
      await sleep(10);
    }
  }

  async function requireAbsent(key: string): Promise<void> {
    await client.expect([404], { method: 'GET', path: key });
    const { body } = await client.expect([200], { method: 'GET', path: '/bucket?list-type=2' });
    assert.ok(!body.includes('<Key>half'));
  }

  test('an upload that ends in the middle leaves nothing visible and no file', async () => {
    const before = blobFiles().length;
    for (const [announced, sent] of [
      [8 * MEBIBYTE, 3 * MEBIBYTE],
      [8 * MEBIBYTE, 0],
      [MEBIBYTE, MEBIBYTE - 1],
    ] as const) {
      const socket = await begin('PUT', UPLOAD, { 'content-length': String(announced) });
      socket.write(BIG.subarray(0, sent));
      await until(() => blobFiles().length > before, 'the upload is under way');
      await hangUp(socket);
      await until(() => blobFiles().length === before, 'the half file is removed');
      await requireAbsent(UPLOAD);
    }
    await until(() => open(/\/blobs\//) === 0, 'no file stays open');
  });

  test('a small upload that ends in the middle leaves nothing visible', async () => {
    for (const sent of [0, 999]) {
      const socket = await begin('PUT', UPLOAD, { 'content-length': '1000' });
      socket.write(BIG.subarray(0, sent));
      await sleep(50);
      await hangUp(socket);
      await requireAbsent(UPLOAD);
    }
  });

  test('an upload in chunks that ends before its last one, or before its trailer, leaves nothing', async () => {
    const before = blobFiles().length;
    for (const ending of ['', '0\r\n']) {
      const socket = await begin('PUT', UPLOAD, {
        'content-length': String(MEBIBYTE + 100),
        'x-amz-decoded-content-length': String(MEBIBYTE),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      });
      socket.write('100000\r\n');
      socket.write(BIG.subarray(0, MEBIBYTE));
      socket.write(`\r\n${ending}`);
      await until(() => blobFiles().length > before, 'the upload is under way');
      await hangUp(socket);
      await until(() => blobFiles().length === before, 'the half file is removed');
      await requireAbsent(UPLOAD);
    }
  });

  test('a part that ends in the middle is not there, and the upload goes on', async () => {
    const before = blobFiles().length;
    const begun = await client.expect([200], { method: 'POST', path: '/bucket/parts?uploads=' });
    const uploadId = /<UploadId>(.+?)<\/UploadId>/.exec(begun.body.toString())?.[1] ?? '';
    const path = `/bucket/parts?partNumber=1&uploadId=${uploadId}`;
    const socket = await begin('PUT', path, { 'content-length': String(6 * MEBIBYTE) });
    socket.write(BIG.subarray(0, 2 * MEBIBYTE));
    await until(() => blobFiles().length > before, 'the part is under way');
    await hangUp(socket);
    await until(() => blobFiles().length === before, 'the half file is removed');
    const listed = await client.expect([200], { method: 'GET', path: `/bucket/parts?uploadId=${uploadId}` });
    assert.ok(!listed.body.includes('<PartNumber>'));
    await client.expect([200], { method: 'PUT', path, body: BIG.subarray(0, 100_000) });
    await client.expect([204], { method: 'DELETE', path: `/bucket/parts?uploadId=${uploadId}` });
  });

  test('a download that is given up leaves no file and no connection open', { skip: noProc() }, async () => {
    const before = open(/^socket:/);
    for (const readFirst of [true, false]) {
      const sockets = await Promise.all(Array.from({ length: 30 }, () => begin('GET', '/bucket/big')));
      if (readFirst) await Promise.all(sockets.map((socket) => once(socket, 'data')));
      else await until(() => open(/\/blobs\//) > 0, 'downloads are under way');
      await Promise.all(sockets.map(hangUp));
      await until(() => open(/\/blobs\//) === 0, 'no file stays open');
      await until(() => open(/^socket:/) <= before, 'no connection stays open');
    }
  });

  test('requests that wait behind others are let go with their connection', { skip: noProc() }, async () => {
    await client.expect([200], { method: 'PUT', path: '/bucket/small', body: BIG.subarray(0, 32 * 1024) });
    for (let round = 0; round < 3; round += 1) {
      const socket = await dial();
      // More than the connection takes, so that replies are complete and not yet sent when the large ones begin.
      socket.write(head('GET', '/bucket/small').repeat(140) + head('GET', '/bucket/big').repeat(10));
      await until(() => open(/\/blobs\//) > 0, 'a large reply waits for its turn');
      socket.resetAndDestroy();
      await until(() => open(/\/blobs\//) === 0, 'no file stays open');
    }
  });

  test('clients that read slowly, or not at all, cost little memory', { skip: noProc() }, async () => {
    await client.expect([200], { method: 'GET', path: '/bucket/big' });
    const { residentBytes } = await gateway.memory();
    await gateway.resetPeakMemory();
    const sockets = await Promise.all(Array.from({ length: 16 }, () => begin('GET', '/bucket/big')));
    await until(() => open(/\/blobs\//) === 16, 'all downloads are under way');
    await sleep(500);
    const { peakBytes } = await gateway.memory();
    // Two reads of a mebibyte in flight for each, and one on its way out.
    assert.ok(peakBytes - residentBytes < 16 * 4 * MEBIBYTE, `it grew by ${peakBytes - residentBytes} bytes`);
    await Promise.all(sockets.map(hangUp));
    await until(() => open(/\/blobs\//) === 0, 'no file stays open');
  });

  test('hanging up again and again does not add up', { skip: noProc() }, async () => {
    const before = blobFiles().length;
    const round = async () => {
      const uploads = Array.from({ length: 10 }, async () => {
        const socket = await begin('PUT', UPLOAD, { 'content-length': String(8 * MEBIBYTE) });
        socket.write(BIG.subarray(0, 2 * MEBIBYTE));
        await sleep(20);
        await hangUp(socket);
      });
      const downloads = Array.from({ length: 10 }, async () => {
        const socket = await begin('GET', '/bucket/big');
        await once(socket, 'data');
        await hangUp(socket);
      });
      await Promise.all([...uploads, ...downloads]);
    };
    for (let warmUp = 0; warmUp < 15; warmUp += 1) await round();
    const { residentBytes } = await gateway.memory();
    for (let turn = 0; turn < 50; turn += 1) await round();
    await until(() => open(/\/blobs\//) === 0, 'no file stays open');
    const grown = (await gateway.memory()).residentBytes - residentBytes;
    // A gibibyte has come and gone; what the garbage collector has not looked at yet is allowed for.
    assert.ok(grown < 256 * MEBIBYTE, `it grew by ${grown} bytes`);
    assert.equal(blobFiles().length, before);
  });
});

function noProc(): string | false {
  return process.platform === 'linux' ? false : 'descriptors and memory are counted in /proc';
}
