import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiUser, addApiUser } from '../../support/api.ts';
import { formBody } from '../../support/forms.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { askRaw } from '../../support/raw-api.ts';
import { blobFiles } from '../../support/stored-files.ts';

const MIB = 1024 ** 2;

let gateway: TestGateway;
let cary: ApiUser;
before(async () => {
  gateway = await startGateway({ GATEHOUSE_MAX_FILE_SIZE: '64MiB', GATEHOUSE_IDLE_TIMEOUT: '2' });
  cary = await addApiUser(gateway, 'cary');
  await askRaw(gateway, '/api/v1/drive', { token: cary.token });
});
after(() => gateway.stop());

/** A connection that says what no client would, and what has come over it. */
class Line {
  readonly socket: Socket;
  text = '';

  constructor() {
    const { hostname, port } = new URL(gateway.apiUrl);
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (piece: Buffer) => {
      this.text += piece.toString('latin1');
    });
    this.socket.on('error', () => undefined);
  }

  head(method: string, path: string, headers: Record<string, string | number> = {}): void {
    const lines = Object.entries({ Host: 'test', Authorization: `Bearer ${cary.token}`, ...headers });
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
  }

  async until(words: RegExp): Promise<void> {
    await eventually(() => words.test(this.text), `${words} in ${this.text.slice(0, 300)}`);
  }
}

async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, what);
    await sleep(20);
  }
}

/** The blobs that this process reads or writes now. Linux only. */
function openBlobs(): number {
  const folder = join(gateway.dataFolder, 'blobs');
  const targets = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  return targets.filter((target) => target.startsWith(folder)).length;
}

describe('A client that hangs up', () => {
  const uploads: [what: string, begin: (line: Line) => void][] = [
    ['of an announced length', (line) => line.head('PUT', '/api/v1/files/half', { 'Content-Length': 10 * MIB })],
    ['of an unknown length', (line) => line.head('PUT', '/api/v1/files/half', { 'Transfer-Encoding': 'chunked' })],
    [
      'in a form',
      (line) => {
        const { body, type } = formBody([{ name: 'identifier', content: Buffer.from('half') }]);
        line.head('POST', '/api/v1/files', { 'Content-Type': type, 'Content-Length': 10 * MIB });
        const boundary = body.subarray(0, body.indexOf('\r\n'));
        line.socket.write(body.subarray(0, body.lastIndexOf(boundary)));
        line.socket.write(`${boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`);
      },
    ],
  ];
  for (const [what, begin] of uploads) {
    test(`in the middle of an upload ${what} leaves nothing`, async () => {
      const before = await blobFiles(gateway);
      const line = new Line();
      begin(line);
      const piece = Buffer.alloc(MIB, 'x');
      if (what === 'of an unknown length') line.socket.write(`${piece.length.toString(16)}\r\n`);
      line.socket.write(piece);
      await eventually(() => openBlobs() > 0, 'the upload is under way');
      line.socket.destroy();
      await eventually(() => openBlobs() === 0, 'the blob is closed');
      await eventually(async () => (await blobFiles(gateway)).length === before.length, 'the blob is gone');
      assert.equal((await askRaw(gateway, '/api/v1/files/half', { token: cary.token })).status, 404);
      const { body } = await askRaw(gateway, '/api/v1/drive', { token: cary.token });
      assert.equal(body.usage.used_bytes, 0);
    });
  }

  test('in the middle of a download ends the read', async () => {
    const path = '/api/v1/files/long';
    const stored = await askRaw(gateway, path, { method: 'PUT', token: cary.token, body: Buffer.alloc(40 * MIB) });
    assert.equal(stored.status, 201, stored.text);
    const line = new Line();
    line.head('GET', path);
    await line.until(/^HTTP\/1\.1 200 /);
    line.socket.pause();
    assert.ok(openBlobs() > 0, 'the download is under way');
    line.socket.destroy();
    await eventually(() => openBlobs() === 0, 'the blob is closed');
    await askRaw(gateway, `${path}?permanent`, { method: 'DELETE', token: cary.token });
  });
});

describe('A client that is slow', () => {
  test('has the time that it takes, as long as it is not silent', async () => {
    const line = new Line();
    line.head('PUT', '/api/v1/files/slow', { 'Content-Length': 12 });
    for (let sent = 0; sent < 12; sent += 1) {
      line.socket.write('x');
      await sleep(300);
    }
    await line.until(/^HTTP\/1\.1 201 /);
    line.socket.destroy();
  });

  test('and falls silent is told so, and nothing is stored', async () => {
    const line = new Line();
    line.head('PUT', '/api/v1/files/silent', { 'Content-Length': 100_000 });
    line.socket.write(Buffer.alloc(50_000));
    await line.until(/^HTTP\/1\.1 408 .*"request-timeout"/s);
    assert.match(line.text, /connection: close/i);
    assert.equal((await askRaw(gateway, '/api/v1/files/silent', { token: cary.token })).status, 404);
    assert.equal(openBlobs(), 0);
  });
});

describe('A client that sends what is refused', () => {
  test('reads why, and goes on over the same connection', async () => {
    const line = new Line();
    const size = 65 * MIB;
    line.head('PUT', '/api/v1/files/large', { 'Content-Length': size });
    await line.until(/^HTTP\/1\.1 413 .*"body-too-large"/s);
    line.text = '';
    for (let sent = 0; sent < size; sent += MIB) {
      if (!line.socket.write(Buffer.alloc(MIB))) await new Promise((resolve) => line.socket.once('drain', resolve));
    }
    line.head('GET', '/api/v1/drive');
    await line.until(/HTTP\/1\.1 200 .*drive-cary/s);
    line.socket.destroy();
  });

  test('waits for "100 Continue" no longer than until it may go on', async () => {
    const line = new Line();
    line.head('PUT', '/api/v1/files/expected', { 'Content-Length': 4, Expect: '100-continue' });
    await line.until(/^HTTP\/1\.1 100 Continue/);
    line.socket.write('body');
    await line.until(/HTTP\/1\.1 201 /);
    line.socket.destroy();
  });

  test('without a token is refused before its body', async () => {
    const line = new Line();
    line.head('PUT', '/api/v1/files/nobody', { 'Content-Length': 50 * MIB, Authorization: 'Bearer nonsense' });
    await line.until(/^HTTP\/1\.1 401 /);
    line.socket.destroy();
    assert.equal(openBlobs(), 0);
  });
});
