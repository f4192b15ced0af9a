import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { PART_BYTES, TestUpload } from '../../support/multipart.ts';

const GIB = 1024 ** 3;
const HALF_DAY_MS = 12 * 60 * 60 * 1000;

let gateway: TestGateway;
let count = 0;

before(async () => {
  // What is announced here may be larger than the disk.
  gateway = await startGateway({ GATEHOUSE_MIN_FREE_SPACE: '0' });
});
after(() => gateway.stop());

interface Part {
  readonly number: number;
  readonly size_bytes: number;
  readonly received_bytes: number | null;
  readonly etag: string | null;
  readonly url: string;
}

/** A new account. */
function someone(): Promise<ApiUser> {
  count += 1;
  return addApiUser(gateway, `uploader-${count}`);
}

function ask({ token }: ApiUser, path: string, init: { readonly method?: string; readonly body?: unknown } = {}) {
  return askApi(gateway, path, { token, ...init });
}

function post(user: ApiUser, path: string, body: unknown = {}) {
  return ask(user, path, { method: 'POST', body });
}

function remove(user: ApiUser, path: string) {
  return ask(user, path, { method: 'DELETE' });
}

async function begin(user: ApiUser, body: object) {
  const reply = await post(user, '/uploads', body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body as { id: string; path: string; part_size_bytes: number; parts: Part[]; expires_at: string };
}

/** Bytes for parts of 5 MiB, the last of them short. */
function someBytes(sizeBytes = 2 * PART_BYTES + 1000): Buffer {
  return randomBytes(sizeBytes);
}

function sliceOf(bytes: Buffer, { number, size_bytes: size }: Part): Buffer {
  return bytes.subarray((number - 1) * PART_BYTES, (number - 1) * PART_BYTES + size);
}

/** As any HTTP client does it, without credentials. */
function send(part: Part, bytes: Buffer): Promise<Response> {
  return fetch(part.url, { method: 'PUT', body: bytes });
}

async function sendAll(parts: readonly Part[], bytes: Buffer): Promise<void> {
  for (const reply of await Promise.all(parts.map((part) => send(part, sliceOf(bytes, part))))) {
    assert.equal(reply.status, 200, await reply.text());
  }
}

async function assertS3Error(reply: Response, status: number, code: string): Promise<void> {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  assert.match(text, new RegExp(`<Code>${code}</Code>`));
}

/** A client of S3 with a key of the account's own. */
async function s3Of({ id }: ApiUser) {
  return gateway.client(await gateway.services.accessKeys.create({ id }));
}

async function bucketOf({ id }: ApiUser): Promise<string> {
  return (await gateway.services.drives.find(id))?.name ?? '';
}

async function read(user: ApiUser, key: string): Promise<Buffer> {
  const client = await s3Of(user);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: await bucketOf(user), Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function usedBytes({ id }: ApiUser): Promise<number> {
  return (await gateway.services.administration.get(id)).logical_bytes;
}

const small = { part_size_bytes: PART_BYTES };

describe('an upload in parts', () => {
  test('its parts go to their addresses without credentials, in any order, and are the file', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'mere/film.bin', size_bytes: bytes.length, ...small });
    assert.deepEqual(
      upload.parts.map(({ number, size_bytes: size }) => [number, size]),
      [
        [1, PART_BYTES],
        [2, PART_BYTES],
        [3, 1000],
      ],
    );
    for (const part of [...upload.parts].reverse()) {
      const reply = await send(part, sliceOf(bytes, part));
      assert.equal(reply.status, 200);
      assert.match(reply.headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
    }
    const done = await post(user, `/uploads/${upload.id}/complete`);
    assert.equal(done.status, 200, done.text);
    assert.equal(done.body.path, 'mere/film.bin');
    assert.equal(done.body.name, 'film.bin');
    assert.equal(done.body.kind, 'file');
    assert.equal(done.body.size_bytes, bytes.length);
    assert.equal(done.body.sha256, null);
    assert.equal(done.body.owner, user.name);
    assert.match(done.body.etag, /^[0-9a-f]{32}-3$/);
    assert.deepEqual(await read(user, 'mere/film.bin'), bytes);
    assertProblem(await ask(user, `/uploads/${upload.id}`), 404, 'no-such-upload');
    assert.equal(await usedBytes(user), bytes.length);
  });

  test('what was said of it when it began is said of the file, and no more', async () => {
    const user = await someone();
    const metadata = { Camera: 'Zenit', ünï: 'cödé', 'two\nlines': 'x' };
    const upload = await begin(user, { path: 'a.jpg', size_bytes: 3, content_type: 'image/jpeg', metadata });
    assert.deepEqual((await ask(user, `/uploads/${upload.id}`)).body.metadata, metadata);
    await sendAll(upload.parts, Buffer.from('abc'));
    const done = await post(user, `/uploads/${upload.id}/complete`);
    assert.equal(done.body.content_type, 'image/jpeg');
    assert.deepEqual(done.body.metadata, metadata);
    const head = await (await s3Of(user)).send(new HeadObjectCommand({ Bucket: await bucketOf(user), Key: 'a.jpg' }));
    assert.equal(head.ContentType, 'image/jpeg');
    assert.deepEqual(head.Metadata, { camera: 'Zenit' });
  });

  test('a part that comes twice, also with other bytes, counts as it came last', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'twice', size_bytes: bytes.length, ...small });
    const [first] = upload.parts as [Part];
    await send(first, Buffer.alloc(PART_BYTES, 'old'));
    await sendAll(upload.parts, bytes);
    await sendAll(upload.parts.slice(0, 2), bytes);
    assert.equal((await post(user, `/uploads/${upload.id}/complete`)).status, 200);
    assert.deepEqual(await read(user, 'twice'), bytes);
    assert.equal(await usedBytes(user), bytes.length);
  });

  test('the SHA-256 that is announced is compared, and is kept', async () => {
    const user = await someone();
    const bytes = someBytes();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const upload = await begin(user, { path: 'summed', size_bytes: bytes.length, ...small });
    await sendAll(upload.parts, bytes);
    const wrong = await post(user, `/uploads/${upload.id}/complete`, { sha256: 'ab'.repeat(32) });
    assertProblem(wrong, 400, 'bad-digest');
    assert.equal((await ask(user, `/uploads/${upload.id}`)).status, 200);
    const done = await post(user, `/uploads/${upload.id}/complete`, { sha256: sha256.toUpperCase() });
    assert.equal(done.body.sha256, sha256, done.text);
  });

  test('an empty file has one part, which is empty', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'empty', size_bytes: 0 });
    assert.equal(upload.parts.length, 1);
    await sendAll(upload.parts, Buffer.alloc(0));
    const sha256 = createHash('sha256').digest('hex');
    const done = await post(user, `/uploads/${upload.id}/complete`, { sha256 });
    assert.equal(done.status, 200, done.text);
    assert.equal((await read(user, 'empty')).length, 0);
  });

  test('is completed once, and may be asked for again by the same name', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'once', size_bytes: 3 });
    await sendAll(upload.parts, Buffer.from('abc'));
    const init = { method: 'POST', body: {}, token: user.token, headers: { 'Idempotency-Key': 'once' } };
    const first = await askApi(gateway, `/uploads/${upload.id}/complete`, init);
    const again = await askApi(gateway, `/uploads/${upload.id}/complete`, init);
    assert.equal(first.status, 200, first.text);
    assert.deepEqual(again.body, first.body);
    assertProblem(await post(user, `/uploads/${upload.id}/complete`), 404, 'no-such-upload');
  });

  test('a path of characters that mean something to URLs and to policies is its path', async () => {
    const user = await someone();
    for (const path of ['a*b/c?d#e%f', `${'$'}{aws:username}/$x`, 'пример/файл & more+plus', 'a b//c\\d', "(1)!'~"]) {
      const upload = await begin(user, { path, size_bytes: 3 });
      await sendAll(upload.parts, Buffer.from('abc'));
      const done = await post(user, `/uploads/${upload.id}/complete`);
      assert.equal(done.body.path, path, done.text);
      assert.deepEqual(await read(user, path), Buffer.from('abc'));
    }
  });

  for (const letter of ['*', '%', 'ж', 'x']) {
    test(`the longest path there can be, of ${letter}, has addresses that are good`, async () => {
      const user = await someone();
      const path = letter.repeat(Math.floor(1024 / Buffer.byteLength(letter)));
      const upload = await begin(user, { path, size_bytes: 3 });
      await sendAll(upload.parts, Buffer.from('abc'));
      assert.equal((await post(user, `/uploads/${upload.id}/complete`)).status, 200);
    });
  }
});

describe('the plan of an upload', () => {
  test('parts are as large as is wished, or larger where there would be more than ten thousand', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'large', size_bytes: 5 * 1024 * GIB, ...small });
    assert.ok(upload.parts.length <= 10_000);
    assert.ok(upload.part_size_bytes >= PART_BYTES && upload.part_size_bytes <= 5 * GIB);
    const total = upload.parts.reduce((sum, { size_bytes: size }) => sum + size, 0);
    assert.equal(total, 5 * 1024 * GIB);
    await remove(user, `/uploads/${upload.id}`);
  });

  test('without a wish there are not too many parts', async () => {
    const user = await someone();
    for (const size of [1, 64 * 1024 ** 2, 100 * GIB, 5 * 1024 * GIB]) {
      const { parts, part_size_bytes: partSize } = await begin(user, { path: 'large', size_bytes: size });
      assert.ok(parts.length <= 1024, `${parts.length} parts of ${size}`);
      assert.equal(parts.at(-1)?.size_bytes, size - (parts.length - 1) * partSize);
    }
  });

  test('addresses are good for twelve hours, and name the S3 listener at the host that the client knows', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'f', size_bytes: 3 });
    const left = Date.parse(upload.expires_at) - Date.now();
    assert.ok(Math.abs(left - HALF_DAY_MS) < 60_000);
    const url = new URL(upload.parts[0]?.url ?? '');
    assert.equal(url.origin, gateway.s3Url);
    assert.equal(url.searchParams.get('partNumber'), '1');
    assert.equal(url.searchParams.get('uploadId'), upload.id);
    assert.ok(url.searchParams.get('X-Amz-Credential')?.startsWith('ASIA'));
    const expires = Number(url.searchParams.get('X-Amz-Expires'));
    assert.ok(expires > 43_000 && expires <= 43_200);
  });

  for (const [what, body, field] of [
    ['no path', { size_bytes: 1 }, '/path'],
    ['no size', { path: 'f' }, '/size_bytes'],
    ['a negative size', { path: 'f', size_bytes: -1 }, '/size_bytes'],
    ['a size that is no whole number', { path: 'f', size_bytes: 1.5 }, '/size_bytes'],
    ['a size as text', { path: 'f', size_bytes: '12' }, '/size_bytes'],
    ['more than 5 TiB', { path: 'f', size_bytes: 5 * 1024 * GIB + 1 }, '/size_bytes'],
    ['parts below 5 MiB', { path: 'f', size_bytes: 1, part_size_bytes: PART_BYTES - 1 }, '/part_size_bytes'],
    ['parts above 5 GiB', { path: 'f', size_bytes: 1, part_size_bytes: 5 * GIB + 1 }, '/part_size_bytes'],
    ['a type that no header takes', { path: 'f', size_bytes: 1, content_type: 'a\r\nb' }, '/content_type'],
    ['an unknown field', { path: 'f', size_bytes: 1, colour: 'red' }, '/colour'],
  ] as const) {
    test(`${what} is refused, and nothing begins`, async () => {
      const user = await someone();
      const reply = await post(user, '/uploads', body);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field);
      assert.deepEqual((await ask(user, '/uploads')).body, { items: [], next: null });
    });
  }

  for (const path of ['', '/a', 'a/', '../a', 'a/../b', 'a\0b', 'a\nb', 'ж'.repeat(513), '.trash/x']) {
    test(`the path ${JSON.stringify(path.slice(0, 20))} is refused`, async () => {
      assertProblem(await post(await someone(), '/uploads', { path, size_bytes: 1 }), 400, 'invalid-path');
    });
  }
});

describe('what has come of an upload', () => {
  test('is told by number, and what has not, or with another size, has a fresh address', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'partly', size_bytes: bytes.length, ...small });
    const [first, second] = upload.parts as [Part, Part];
    await send(second, sliceOf(bytes, second));
    await send(first, Buffer.from('short'));
    const { body } = await ask(user, `/uploads/${upload.id}`);
    const parts = body.parts as Part[];
    assert.deepEqual(
      parts.map((part) => [part.number, part.size_bytes, part.received_bytes, part.url !== null]),
      [
        [1, PART_BYTES, 5, true],
        [2, PART_BYTES, PART_BYTES, false],
        [3, 1000, null, true],
      ],
    );
    assert.equal(parts[1]?.etag, createHash('md5').update(sliceOf(bytes, second)).digest('hex'));
    await sendAll([parts[0] as Part, parts[2] as Part], bytes);
    assert.equal((await ask(user, `/uploads/${upload.id}`)).body.expires_at, null);
    assert.equal((await post(user, `/uploads/${upload.id}/complete`)).status, 200);
    assert.deepEqual(await read(user, 'partly'), bytes);
  });

  test('completing it while parts are missing or have another size is refused, and it goes on', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'unfinished', size_bytes: bytes.length, ...small });
    const path = `/uploads/${upload.id}/complete`;
    const missing = await post(user, path);
    assertProblem(missing, 409, 'invalid-parts');
    assert.equal(missing.body.detail, 'Parts that have not come: 1, 2, 3.');
    await sendAll(upload.parts, bytes);
    await send(upload.parts[2] as Part, Buffer.alloc(1001));
    const wrong = await post(user, path);
    assertProblem(wrong, 409, 'invalid-parts');
    assert.equal(wrong.body.detail, 'Parts of another size than announced: 3.');
    await sendAll(upload.parts.slice(2), bytes);
    assert.equal((await post(user, path)).status, 200);
  });

  test('parts may be listed, and must be those that have come', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'listed', size_bytes: bytes.length, ...small });
    const parts: { number: number; etag: string }[] = [];
    for (const part of upload.parts) {
      const reply = await send(part, sliceOf(bytes, part));
      parts.push({ number: part.number, etag: reply.headers.get('etag') ?? '' });
    }
    const path = `/uploads/${upload.id}/complete`;
    assertProblem(await post(user, path, { parts: parts.slice(1) }), 409, 'invalid-parts');
    assertProblem(await post(user, path, { parts: [...parts].reverse() }), 409, 'invalid-parts');
    const other = parts.with(1, { number: 2, etag: 'ab'.repeat(16) });
    const refusal = await post(user, path, { parts: other });
    assertProblem(refusal, 409, 'invalid-parts');
    assert.equal(refusal.body.detail, 'Part 2 is not the one that is listed.');
    assertProblem(await post(user, path, { parts: [] }), 400, 'invalid-request');
    assertProblem(await post(user, path, { sha256: 'short' }), 400, 'invalid-request');
    assert.equal((await post(user, path, { parts })).status, 200);
  });

  test('ending it frees what it took, and its addresses are good for nothing', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'ended', size_bytes: bytes.length, ...small });
    await sendAll(upload.parts, bytes);
    assert.equal(await usedBytes(user), bytes.length);
    assert.equal((await remove(user, `/uploads/${upload.id}`)).status, 204);
    assert.equal(await usedBytes(user), 0);
    await assertS3Error(await send(upload.parts[0] as Part, bytes), 404, 'NoSuchUpload');
    assert.equal(await usedBytes(user), 0);
    assertProblem(await remove(user, `/uploads/${upload.id}`), 404, 'no-such-upload');
  });
});

describe('the addresses of parts', () => {
  test('are good for one part of one upload, and for nothing else', async () => {
    const user = await someone();
    const mine = await begin(user, { path: 'mine', size_bytes: 3 });
    const other = await begin(user, { path: 'other', size_bytes: 3 });
    const url = new URL(mine.parts[0]?.url ?? '');
    const tampered: [string, (changed: URL) => void][] = [
      ['another part', (changed) => changed.searchParams.set('partNumber', '2')],
      ['another upload', (changed) => changed.searchParams.set('uploadId', other.id)],
      ['another key', (changed) => (changed.pathname = changed.pathname.replace('mine', 'other'))],
      ['a longer life', (changed) => changed.searchParams.set('X-Amz-Expires', '604800')],
      ['another signature', (changed) => changed.searchParams.set('X-Amz-Signature', 'ab'.repeat(32))],
      ['an object in the place of a part', (changed) => (changed.search = withoutPart(changed.search))],
    ];
    for (const [what, change] of tampered) {
      const changed = new URL(url);
      change(changed);
      const reply = await fetch(changed, { method: 'PUT', body: 'abc' });
      assert.equal(reply.status, 403, what);
      assert.match(await reply.text(), /<Code>(SignatureDoesNotMatch|AccessDenied)<\/Code>/, what);
    }
    for (const method of ['GET', 'DELETE', 'HEAD']) {
      const object = new URL(url);
      object.search = withoutPart(object.search);
      assert.equal((await fetch(object, { method })).status, 403, method);
    }
    await assertS3Error(
      await fetch(`${url}`.replace('partNumber=1&', ''), { method: 'DELETE' }),
      403,
      'SignatureDoesNotMatch',
    );
    await assertS3Error(
      await fetch(url, { method: 'PUT', headers: { 'x-amz-tagging': 'a=b' }, body: 'abc' }),
      403,
      'AccessDenied',
    );
    const unsigned = await fetch(`${url.origin}${url.pathname}?partNumber=1&uploadId=${mine.id}`, {
      method: 'PUT',
      body: 'x',
    });
    await assertS3Error(unsigned, 403, 'AccessDenied');
  });

  test('what they are signed with may write that key, and do nothing else', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'only/this', size_bytes: 3 });
    const row = await gateway.services.driveUploads.get(
      { principal: { kind: 'account', account: await accountOf(user), accessKey: undefined }, ...nothingKnown },
      upload.id,
    );
    const issued = gateway.services.driveUploads.credentialsFor(await accountOf(user), row);
    const admitted = await gateway.services.iam.credentials
      .open(issued.accessKey, issued.sessionToken)
      ?.admit(Date.now());
    assert.ok(admitted?.policy);
    const principal = { kind: 'account', accessKey: issued.accessKey, ...admitted } as const;
    const may = async (action: string, key: string) => {
      const { bucket } = row.place;
      const resource = { kind: 'bucket', bucket, key } as const;
      const question = { principal, action, resource, context: { get: () => undefined } };
      return (await gateway.services.access.decide(question)).allowed;
    };
    assert.equal(await may('s3:PutObject', 'only/this'), true);
    assert.equal(await may('s3:PutObject', 'only/that'), false);
    assert.equal(await may('s3:PutObject', 'only/this/too'), false);
    for (const action of [
      's3:GetObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:PutObjectAcl',
      's3:ListBucket',
    ]) {
      assert.equal(await may(action, 'only/this'), false, action);
    }
  });

  test('end with the sessions of the account', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'f', size_bytes: 3 });
    await gateway.services.administration.change(user.id, { status: 'disabled' }, OPERATOR);
    await assertS3Error(await send(upload.parts[0] as Part, Buffer.from('abc')), 400, 'InvalidToken');
    await gateway.services.administration.change(user.id, { status: 'active' }, OPERATOR);
    await assertS3Error(await send(upload.parts[0] as Part, Buffer.from('abc')), 400, 'InvalidToken');
  });

  test('expire', async (t) => {
    const user = await someone();
    const upload = await begin(user, { path: 'late', size_bytes: 3 });
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + HALF_DAY_MS + 1000 });
    const reply = await send(upload.parts[0] as Part, Buffer.from('abc'));
    t.mock.timers.reset();
    const text = await reply.text();
    assert.equal(reply.status, 403);
    assert.match(text, /<Code>AccessDenied<\/Code><Message>Request has expired/);
  });

  test('a setting says how S3 is called', async () => {
    const named = await startGateway({ GATEHOUSE_PUBLIC_S3_URL: 'https://s3.example.com' });
    try {
      const { token } = await addApiUser(named, 'somebody');
      const { body } = await askApi(named, '/uploads', { method: 'POST', token, body: { path: 'a b', size_bytes: 3 } });
      const url = new URL(body.parts[0].url);
      assert.equal(url.origin, 'https://s3.example.com');
      // A proxy hands it on to the listener.
      const reply = await fetch(named.s3Url + url.pathname + url.search, { method: 'PUT', body: 'abc' });
      assert.equal(reply.status, 200, await reply.text());
    } finally {
      await named.stop();
    }
  });
});

function withoutPart(search: string): string {
  return search.replace(/partNumber=[^&]*&uploadId=[^&]*&/, '');
}

const nothingKnown = {
  actor: OPERATOR,
  context: { get: () => undefined },
};

async function accountOf({ id }: ApiUser) {
  const account = await gateway.services.accounts.findById(id);
  assert.ok(account);
  return account;
}

describe('what fits', () => {
  test('an upload that is over the quota is refused before it begins, and its parts when they come', async () => {
    const user = await someone();
    const setQuota = (quotaBytes: number) => gateway.services.administration.change(user.id, { quotaBytes }, OPERATOR);
    await setQuota(PART_BYTES + 999);
    const body = { path: 'f', size_bytes: PART_BYTES + 1000, ...small };
    assertProblem(await post(user, '/uploads', body), 507, 'quota-exceeded');
    assert.deepEqual((await ask(user, '/uploads')).body.items, []);
    await setQuota(PART_BYTES + 1000);
    const bytes = someBytes(PART_BYTES + 1000);
    const upload = await begin(user, body);
    await setQuota(PART_BYTES + 999);
    assert.equal((await send(upload.parts[0] as Part, sliceOf(bytes, upload.parts[0] as Part))).status, 200);
    const over = await send(upload.parts[1] as Part, sliceOf(bytes, upload.parts[1] as Part));
    await assertS3Error(over, 403, 'QuotaExceeded');
    assert.equal(await usedBytes(user), PART_BYTES);
    await setQuota(PART_BYTES + 1000);
    await sendAll(upload.parts.slice(1), bytes);
    assert.equal((await post(user, `/uploads/${upload.id}/complete`)).status, 200);
  });

  test('more than the disk has room for is refused before it begins', async () => {
    const full = await startGateway({ GATEHOUSE_MIN_FREE_SPACE: '1GiB' });
    try {
      const { token } = await addApiUser(full, 'somebody');
      const body = { path: 'f', size_bytes: 5 * 1024 * GIB };
      const reply = await askApi(full, '/uploads', { method: 'POST', token, body });
      assertProblem(reply, 507, 'insufficient-storage');
      const small = await askApi(full, '/uploads', { method: 'POST', token, body: { path: 'f', size_bytes: 1 } });
      assert.equal(small.status, 201, small.text);
    } finally {
      await full.stop();
    }
  });
});

describe('what is there under the path', () => {
  test('gives way, unless it is not to be overwritten: when the upload begins, and when it is completed', async () => {
    const user = await someone();
    const upload = await begin(user, { path: 'f', size_bytes: 3, overwrite: false });
    await sendAll(upload.parts, Buffer.from('new'));
    const client = await s3Of(user);
    await client.send(new PutObjectCommand({ Bucket: await bucketOf(user), Key: 'f', Body: 'old' }));
    const late = await post(user, `/uploads/${upload.id}/complete`);
    assertProblem(late, 412, 'precondition-failed');
    assert.deepEqual(await read(user, 'f'), Buffer.from('old'));
    const second = await post(user, '/uploads', { path: 'f', size_bytes: 3, overwrite: false });
    assertProblem(second, 412, 'precondition-failed');
    const third = await begin(user, { path: 'f', size_bytes: 3 });
    await sendAll(third.parts, Buffer.from('new'));
    assert.equal((await post(user, `/uploads/${third.id}/complete`)).status, 200);
    assert.deepEqual(await read(user, 'f'), Buffer.from('new'));
  });

  test('of two completed at once that are not to overwrite, one wins', async () => {
    const user = await someone();
    const uploads: { readonly id: string }[] = [];
    for (const text of ['one', 'two']) {
      const upload = await begin(user, { path: 'race', size_bytes: 3, overwrite: false });
      await sendAll(upload.parts, Buffer.from(text));
      uploads.push(upload);
    }
    const replies = await Promise.all(uploads.map(({ id }) => post(user, `/uploads/${id}/complete`)));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 412]);
  });
});

describe('who sees an upload', () => {
  test('nobody but who began it, and the owner of the drive', async () => {
    const [user, stranger] = [await someone(), await someone()];
    const upload = await begin(user, { path: 'mine', size_bytes: 3 });
    assertProblem(await ask(stranger, `/uploads/${upload.id}`), 404, 'no-such-upload');
    assertProblem(await post(stranger, `/uploads/${upload.id}/complete`), 404, 'no-such-upload');
    assertProblem(await remove(stranger, `/uploads/${upload.id}`), 404, 'no-such-upload');
    assert.deepEqual((await ask(stranger, '/uploads')).body.items, []);
    assert.equal((await ask(user, '/uploads')).body.items[0].id, upload.id);
    assertProblem(await askApi(gateway, '/uploads'), 401, 'not-authenticated');
  });

  test("a stranger cannot begin one in another's drive, and is not told whether there is one", async () => {
    const [user, stranger] = [await someone(), await someone()];
    await begin(user, { path: 'mine', size_bytes: 3 });
    for (const drive of [user.name, 'nobody-is-called-so']) {
      const reply = await post(stranger, '/uploads', { path: 'f', size_bytes: 3, drive });
      assertProblem(reply, 404, 'no-such-file');
    }
  });

  test('lists are pages, by when the uploads were begun', async () => {
    const user = await someone();
    const ids: string[] = [];
    for (const path of ['c', 'a', 'b']) ids.push((await begin(user, { path, size_bytes: 3 })).id);
    const first = await ask(user, '/uploads?limit=2');
    const second = await ask(user, `/uploads?limit=2&cursor=${first.body.next}`);
    const listed = [...first.body.items, ...second.body.items];
    assert.deepEqual(
      listed.map(({ id, path }) => [id, path]),
      [
        [ids[0], 'c'],
        [ids[1], 'a'],
        [ids[2], 'b'],
      ],
    );
    assert.equal(second.body.next, null);
    assertProblem(await ask(user, '/uploads?cursor=!'), 400, 'invalid-request');
  });
});

describe("uploads to a friend's drive", () => {
  async function friends(permission: 'read' | 'write') {
    const [owner, friend] = [await someone(), await someone()];
    const first = await begin(owner, { path: 'shared/first', size_bytes: 3 });
    await sendAll(first.parts, Buffer.from('abc'));
    await post(owner, `/uploads/${first.id}/complete`);
    const shared = await post(owner, '/shares', { path: 'shared/', with: friend.name, permission });
    assert.equal(shared.status, 201, shared.text);
    return { owner, friend, share: shared.body.id as string };
  }

  test('who may write there uploads to it, and its owner pays and sees it', async () => {
    const { owner, friend } = await friends('write');
    const bytes = someBytes();
    const body = { path: 'shared/film', size_bytes: bytes.length, ...small, drive: owner.name };
    const upload = await begin(friend, body);
    await sendAll(upload.parts, bytes);
    assert.equal(await usedBytes(owner), bytes.length + 3);
    assert.equal(await usedBytes(friend), 0);
    assert.equal((await ask(owner, '/uploads')).body.items[0].id, upload.id);
    assert.equal((await ask(friend, '/uploads')).body.items[0].owner, owner.name);
    const done = await post(friend, `/uploads/${upload.id}/complete`);
    assert.equal(done.status, 200, done.text);
    assert.equal(done.body.owner, owner.name);
    assert.deepEqual(await read(owner, 'shared/film'), bytes);
    const info = await ask(owner, '/files/shared/film?info');
    assert.equal(info.body.size_bytes, bytes.length, info.text);
    assert.equal(info.body.etag, done.body.etag);
  });

  test('who may read there may not, and nobody outside of what is shared', async () => {
    const { owner, friend } = await friends('read');
    const inside = { path: 'shared/first', size_bytes: 3, drive: owner.name };
    assertProblem(await post(friend, '/uploads', inside), 403, 'not-allowed');
    assertProblem(await post(friend, '/uploads', { ...inside, path: 'elsewhere' }), 404, 'no-such-file');
  });

  test('an owner may complete or end what a friend has begun', async () => {
    const { owner, friend } = await friends('write');
    const body = { path: 'shared/film', size_bytes: 3, drive: owner.name };
    const [one, other] = [await begin(friend, body), await begin(friend, body)];
    await sendAll(one.parts, Buffer.from('abc'));
    assert.equal((await post(owner, `/uploads/${one.id}/complete`)).status, 200);
    assert.equal((await remove(owner, `/uploads/${other.id}`)).status, 204);
  });

  test('when the share is over the addresses are good for nothing, and it cannot be completed', async () => {
    const { owner, friend, share } = await friends('write');
    const upload = await begin(friend, { path: 'shared/film', size_bytes: 3, drive: owner.name });
    await sendAll(upload.parts, Buffer.from('abc'));
    assert.equal((await remove(owner, `/shares/${share}`)).status, 204);
    await assertS3Error(await send(upload.parts[0] as Part, Buffer.from('abc')), 403, 'AccessDenied');
    assertProblem(await post(friend, `/uploads/${upload.id}/complete`), 404, 'no-such-file');
  });
});

describe('uploads and S3', () => {
  test('one that was begun over S3 is seen, completed and ended here', async () => {
    const user = await someone();
    await gateway.services.drives.open(await accountOf(user), OPERATOR);
    const client = await s3Of(user);
    const target = { Bucket: await bucketOf(user), Key: 'by-s3' };
    const bodies = [someBytes(PART_BYTES), someBytes(10)];
    const upload = await TestUpload.begin(client, { ...target, ChecksumAlgorithm: 'SHA256' });
    await upload.sendAll(bodies);
    const listed = await ask(user, '/uploads');
    assert.deepEqual(
      listed.body.items.map((item: Record<string, unknown>) => [item.id, item.path, item.size_bytes]),
      [[upload.id, 'by-s3', null]],
    );
    const shown = await ask(user, `/uploads/${upload.id}`);
    assert.deepEqual(
      shown.body.parts.map((part: Part) => [part.number, part.size_bytes, part.url]),
      [
        [1, PART_BYTES, null],
        [2, 10, null],
      ],
    );
    const done = await post(user, `/uploads/${upload.id}/complete`);
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(await read(user, 'by-s3'), Buffer.concat(bodies));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    assertProblem(await post(user, `/uploads/${UploadId}/complete`), 409, 'invalid-parts');
    assert.equal((await remove(user, `/uploads/${UploadId}`)).status, 204);
  });

  test('one that was begun here is seen, completed and ended over S3', async () => {
    const user = await someone();
    const bytes = someBytes();
    const upload = await begin(user, { path: 'both', size_bytes: bytes.length, ...small });
    const client = await s3Of(user);
    const target = { Bucket: await bucketOf(user), Key: 'both', UploadId: upload.id };
    await sendAll(upload.parts, bytes);
    const { Parts = [] } = await client.send(new ListPartsCommand(target));
    assert.deepEqual(
      Parts.map(({ PartNumber, Size }) => [PartNumber, Size]),
      upload.parts.map(({ number, size_bytes: size }) => [number, size]),
    );
    await client.send(new AbortMultipartUploadCommand(target));
    assertProblem(await ask(user, `/uploads/${upload.id}`), 404, 'no-such-upload');
  });

  test('one to a bucket that is no drive is none of this', async () => {
    const user = await someone();
    const client = await s3Of(user);
    await client.send(new CreateBucketCommand({ Bucket: `plain-${user.name}` }));
    const target = { Bucket: `plain-${user.name}`, Key: 'k' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
    assert.deepEqual((await ask(user, '/uploads')).body.items, []);
    assertProblem(await ask(user, `/uploads/${UploadId}`), 404, 'no-such-upload');
  });
});
