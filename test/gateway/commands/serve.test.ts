import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { presignUrl } from '../../../signer/index.ts';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';
import { temporaryFolder } from '../../support/trees.ts';
import { exchange, prepare, type WireRequest } from '../../support/wire-request.ts';

const MAIN = join(import.meta.dirname, '../../../gateway/main.js');
const NO_ROOT_KEY = { GATEHOUSE_ROOT_ACCESS_KEY: '', GATEHOUSE_ROOT_SECRET_KEY: '' };

describe('a start', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  const key = { GATEHOUSE_ROOT_ACCESS_KEY: 'ROOTKEY', GATEHOUSE_ROOT_SECRET_KEY: 'root-secret' };
  for (const [name, environment] of [
    ['GATEHOUSE_S3_PORT', { GATEHOUSE_S3_PORT: '99999' }],
    ['GATEHOUSE_S3_PORT', { GATEHOUSE_S3_PORT: 'ninety' }],
    ['GATEHOUSE_API_PORT', { GATEHOUSE_S3_PORT: '9005', GATEHOUSE_API_PORT: '9005' }],
    ['GATEHOUSE_IDLE_TIMEOUT', { GATEHOUSE_IDLE_TIMEOUT: '0' }],
    ['GATEHOUSE_HOST', { GATEHOUSE_HOST: 'not a host' }],
    ['GATEHOUSE_REGION', { GATEHOUSE_REGION: 'Tehran' }],
    ['GATEHOUSE_TRUSTED_PROXIES', { GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/99' }],
    ['GATEHOUSE_METADATA_URL', { GATEHOUSE_METADATA_URL: 'mysql://localhost/db' }],
    ['GATEHOUSE_BACKEND_URL', { GATEHOUSE_BACKEND_URL: 'ftp://localhost' }],
    ['GATEHOUSE_ROOT_SECRET_KEY', { ...key, GATEHOUSE_ROOT_SECRET_KEY: '' }],
    ['GATEHOUSE_ROOT_ACCESS_KEY', { ...key, GATEHOUSE_ROOT_ACCESS_KEY: '' }],
    ['GATEHOUSE_ROOT_SECRET_KEY', { ...key, GATEHOUSE_ROOT_SECRET_KEY: 'hush' }],
    ['GATEHOUSE_MASTER_KEY', { GATEHOUSE_MASTER_KEY: 'hush-hush' }],
    ['GATEHOUSE_COLOUR', { GATEHOUSE_COLOUR: 'blue' }],
  ] as [string, Record<string, string>][]) {
    test(`with ${JSON.stringify(environment)} stops with a line that names ${name}`, async () => {
      const finished = await new Gatehouse(folder.path, environment).run('serve');
      assert.deepEqual([finished.status, finished.text], [1, '']);
      assert.match(finished.complaint, new RegExp(`^${name} [^\n]+\n$`));
      assert.doesNotMatch(finished.complaint, /hush/, 'a secret is not repeated');
    });
  }

  test('on a port that is taken stops with a line', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    assert.ok(address !== null && typeof address === 'object');
    const environment = { GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: String(address.port) };
    const gatehouse = new Gatehouse(folder.path, environment);
    const finished = await gatehouse.run('serve');
    holder.close();
    assert.deepEqual([finished.status, finished.text], [1, '']);
    assert.match(finished.complaint, /^[^\n]*EADDRINUSE[^\n]*\n$/);
    assert.deepEqual(await gatehouse.json('key', 'list'), [], 'no root key was made that nobody has seen');
  });
});

describe('the first start and the next', () => {
  let gateway: GatewayProcess;
  before(async () => {
    gateway = await GatewayProcess.start({ ...NO_ROOT_KEY, GATEHOUSE_LOG_LEVEL: 'info' });
  });
  after(() => gateway.stop());

  test('print the root key once, and keep keys and data', async () => {
    const printed = await gateway.log();
    const accessKey = /^ +export AWS_ACCESS_KEY_ID=(\S+)$/m.exec(printed)?.[1] ?? '';
    const secretKey = /^ +export AWS_SECRET_ACCESS_KEY=(\S+)$/m.exec(printed)?.[1] ?? '';
    assert.match(printed, new RegExp(`^ +aws --endpoint-url ${gateway.s3Url} s3 mb s3://my-bucket$`, 'm'));
    const credentials = { accessKey, secretKey };
    const send = (request: WireRequest) => exchange(gateway.s3Url, { credentials, ...request });
    assert.equal((await send({ method: 'PUT', target: '/kept', body: '' })).status, 200);
    const large = 'large '.repeat(20_000);
    assert.equal((await send({ method: 'PUT', target: '/kept/small', body: 'small' })).status, 200);
    assert.equal((await send({ method: 'PUT', target: '/kept/large', body: large })).status, 200);

    await gateway.restart();
    const again = await gateway.log();
    assert.ok(!again.includes(secretKey) && !again.includes('AWS_SECRET_ACCESS_KEY'));
    assert.equal((await send({ target: '/kept/small' })).body.toString(), 'small');
    assert.equal((await send({ target: '/kept/large' })).body.toString(), large);
    const root = await new Gatehouse(gateway.folder).json<unknown[]>('key', 'list', '--user', 'root');
    assert.equal(root.length, 1);
  });

  test('keep what they store from other users of the machine', async () => {
    for (const name of ['data', 'data/master.key', 'data/metadata.db']) {
      assert.equal((await stat(join(gateway.folder, name))).mode & 0o077, 0, name);
    }
  });

  test('take a root key pair of the settings in, beside the one that was made', async () => {
    await gateway.restart({ GATEHOUSE_ROOT_ACCESS_KEY: 'GIVENKEY', GATEHOUSE_ROOT_SECRET_KEY: 'given-secret' });
    const credentials = { accessKey: 'GIVENKEY', secretKey: 'given-secret' };
    assert.equal((await exchange(gateway.s3Url, { target: '/kept/small', credentials })).status, 200);
    const root = await new Gatehouse(gateway.folder).json<unknown[]>('key', 'list', '--user', 'root');
    assert.equal(root.length, 2);
  });

  test('refuse another master key, and so do commands', async () => {
    const environment = { GATEHOUSE_MASTER_KEY: 'ab'.repeat(32), GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' };
    const wrong = new Gatehouse(gateway.folder, environment);
    for (const words of [['serve'], ['key', 'create', '--user', 'root']]) {
      const finished = await wrong.run(...words);
      assert.equal(finished.status, 1);
      assert.match(finished.complaint, /^GATEHOUSE_MASTER_KEY is not the key[^\n]+\n$/);
    }
  });

  test('refuse data whose master key is gone', async () => {
    await gateway.shutDown();
    await rm(join(gateway.folder, 'data/master.key'));
    const finished = await new Gatehouse(gateway.folder).run('serve');
    assert.equal(finished.status, 1);
    assert.match(finished.complaint, /^GATEHOUSE_MASTER_KEY [^\n]*master\.key is gone[^\n]*\n$/);
  });
});

test('nothing secret ever reaches the log', async () => {
  const gateway = await GatewayProcess.start({ GATEHOUSE_LOG_LEVEL: 'trace' });
  try {
    const token = 'session-token-FQoGZXIvYXdzEBYaD';
    const customerKey = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
    const gatehouse = new Gatehouse(gateway.folder);
    await gatehouse.json('user', 'add', 'amy');
    const made = await gatehouse.json<Record<string, string>>('key', 'create', '--user', 'amy');
    const { access_key: accessKey = '', secret_key: secretKey = '' } = made;
    const secrets = new Set([gateway.secretKey, secretKey, token, customerKey, 'hunter2']);
    const root = { accessKey: gateway.accessKey, secretKey: gateway.secretKey };
    const amy = { accessKey, secretKey };
    const requests: WireRequest[] = [
      { method: 'PUT', target: '/bucket', body: '' },
      { method: 'PUT', target: '/bucket/key', body: 'x' },
      { target: '/bucket/key' },
      { target: '/bucket/missing' },
      { target: '/bucket/key', credentials: amy },
      { target: '/bucket/key', credentials: { accessKey, secretKey: `${secretKey}x` } },
      { target: '/bucket/key', headers: { 'x-amz-security-token': token } },
      { target: '/bucket/key', headers: { 'x-amz-server-side-encryption-customer-key': customerKey } },
      { target: '/bucket/key', signing: { forge: () => 'Basic aHVudGVyMg==' } },
      { target: '/bucket/key', signing: { forge: () => 'Bearer hunter2' } },
      { method: 'PUT', target: '/bucket/key', body: 'x', payload: '0'.repeat(64) },
      { target: `/bucket/key?password=hunter2&X-Amz-Security-Token=${token}` },
      { target: '/bucket/%zz' },
      { method: 'PATCH', target: '/bucket/key?password=hunter2' },
    ];
    for (const request of requests) {
      const { head } = prepare(gateway.s3Url, { credentials: root, ...request });
      const signature = /Signature=(\w+)/.exec(head)?.[1];
      if (signature !== undefined) secrets.add(signature);
      await exchange(gateway.s3Url, { credentials: root, ...request });
    }
    for (const credentials of [root, { ...root, sessionToken: token }, { ...root, secretKey: 'wrong-secret' }]) {
      const url = presignUrl({
        method: 'GET',
        url: new URL(`${gateway.s3Url}/bucket/key`),
        credentials,
        region: 'us-east-1',
        expiresInSeconds: 60,
        now: Date.now(),
      });
      secrets.add(url.searchParams.get('X-Amz-Signature') ?? '');
      await fetch(url).then((response) => response.text());
    }
    await gateway.shutDown();
    const log = await gateway.log();
    assert.ok(log.split('\n').filter((line) => line.includes('"operation"')).length >= requests.length, log);
    for (const secret of secrets) assert.ok(secret !== '' && !log.includes(secret), `the log tells ${secret}`);
    assert.doesNotMatch(log, /Signature=|Credential=|security-token/i);
    assert.doesNotMatch(log, /\n\s+at |\\n\s+at /, 'no stack for what a client did');
  } finally {
    await gateway.stop();
  }
});

describe('serve as a child process', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  /** Starts it, and resolves with what it has printed once it is ready. */
  async function serve(...words: readonly string[]) {
    const child = spawn(process.execPath, [MAIN, 'serve', ...words], {
      cwd: folder.path,
      env: { ...process.env, GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        if (text.includes('"ready"')) resolve(text);
      });
    });
    return { child, lines: printed.trim().split('\n') };
  }

  async function stop(child: ChildProcess): Promise<number | null> {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    // What does not end by itself fails the test instead of holding it up.
    const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const [status] = (await exited) as [number | null];
    clearTimeout(impatience);
    return status;
  }

  test('--json prints a new root key as JSON, before it says that it is ready', async () => {
    const { child, lines } = await serve('--json');
    const [key, ready] = lines.map((line) => JSON.parse(line) as Record<string, string>);
    assert.deepEqual(Object.keys(key ?? {}), ['msg', 'access_key', 'secret_key']);
    assert.equal(key?.msg, 'root key');
    assert.deepEqual(Object.keys(ready ?? {}), ['msg', 's3', 'api']);
    const credentials = { accessKey: key?.access_key ?? '', secretKey: key?.secret_key ?? '' };
    assert.equal((await exchange(ready?.s3 ?? '', { target: '/', credentials })).status, 200);
    assert.equal(await stop(child), 0);
  });

  test('goes on serving when nobody reads its log any more, and still stops', async () => {
    const { child, lines } = await serve();
    const { s3 } = JSON.parse(lines.at(-1) ?? '') as { s3: string };
    child.stdout.destroy();
    for (let count = 0; count < 60; count += 1) assert.equal((await exchange(s3, { target: '/' })).status, 403);
    assert.equal(await stop(child), 0);
  });
});
