import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { xmlOf } from '../../support/wire.ts';

/** Goes to a file of the backend, while a smaller one is kept in the database. */
const LARGE = 100_000;

let gateway: TestGateway;
let count = 0;

before(async () => {
  gateway = await startGateway();
});
after(() => gateway.stop());

/** A new account of that quota, with a bucket. */
async function tenant(quotaBytes: number) {
  count += 1;
  const name = `tenant-${count}`;
  const { id, ...credentials } = await gateway.addUser(name);
  const client = new Conversation(gateway, credentials);
  await client.createBucket(name);
  const setQuota = (bytes: number | null) =>
    gateway.services.administration.change(id, { quotaBytes: bytes }, OPERATOR);
  await setQuota(quotaBytes);
  const usage = async () => {
    const { object_count: objects, logical_bytes: bytes } = await gateway.services.administration.get(id);
    return { objects, bytes };
  };
  const put = (key: string, size: number) =>
    client.send({ method: 'PUT', target: `/${name}/${key}`, body: Buffer.alloc(size, randomUUID()) });
  return { client, name, setQuota, usage, put };
}

/** The files of the default backend. */
async function files(): Promise<string[]> {
  const entries = await readdir(join(gateway.dataFolder, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

describe('over its quota', () => {
  for (const size of [1000, LARGE]) {
    test(`PutObject of ${size} bytes is refused, and stores nothing`, async () => {
      const { client, name, put, usage } = await tenant(size - 1);
      const before = await files();
      const target = `/${name}/k`;
      const error = await client.fail({ method: 'PUT', target, body: Buffer.alloc(size) }, 403, 'QuotaExceeded');
      assert.equal(textOf(error, 'Message'), 'The storage quota of the account would be exceeded.');
      assert.deepEqual(await usage(), { objects: 0, bytes: 0 });
      assert.deepEqual(await files(), before);
      assert.equal(await client.read(name, 'k'), undefined);
      assert.equal((await put('k', size - 1)).status, 200);
    });
  }

  test('a refused replacement leaves the old object as it was', async () => {
    const { client, name, put, usage } = await tenant(LARGE);
    await put('k', LARGE);
    const before = await files();
    assert.equal((await put('k', LARGE + 1)).status, 403);
    assert.deepEqual(await files(), before);
    assert.equal((await client.read(name, 'k'))?.length, LARGE);
    assert.equal((await put('k', LARGE)).status, 200);
    assert.deepEqual(await usage(), { objects: 1, bytes: LARGE });
  });

  test('deleting makes room', async () => {
    const { client, name, put, setQuota } = await tenant(2000);
    await put('a', 1000);
    await put('b', 1000);
    await setQuota(100);
    assert.equal((await put('c', 1)).status, 403);
    await client.succeed({ method: 'DELETE', target: `/${name}/a` });
    await client.succeed({ method: 'DELETE', target: `/${name}/b` });
    assert.equal((await put('c', 100)).status, 200);
  });

  test('CopyObject is refused, within a bucket and into it', async () => {
    const { client, name, put } = await tenant(1500);
    await put('k', 1000);
    const headers = { 'x-amz-copy-source': `${name}/k` };
    await client.fail({ method: 'PUT', target: `/${name}/copy`, headers, body: '' }, 403, 'QuotaExceeded');
    const root = new Conversation(gateway);
    await root.fail({ method: 'PUT', target: `/${name}/copy`, headers, body: '' }, 403, 'QuotaExceeded');
    assert.equal(await client.read(name, 'copy'), undefined);
  });

  test('a part is refused; the upload and its other parts are still there, and it completes when there is room', async () => {
    const { client, name, setQuota, usage } = await tenant(10);
    const begun = xmlOf(await client.succeed({ method: 'POST', target: `/${name}/k?uploads=`, body: '' }));
    const id = textOf(begun, 'UploadId');
    const target = `/${name}/k?uploadId=${id}`;
    const before = await files();
    const part = { method: 'PUT', target: `/${name}/k?partNumber=1&uploadId=${id}`, body: Buffer.alloc(LARGE) };
    await client.fail(part, 403, 'QuotaExceeded');
    assert.deepEqual([await usage(), await files()], [{ objects: 0, bytes: 0 }, before]);
    await client.get(`/${name}/k`, { uploadId: id ?? '' });
    await setQuota(LARGE);
    const { headers } = await client.succeed(part);
    assert.deepEqual(await usage(), { objects: 0, bytes: LARGE });
    await client.fail({ ...part, target: part.target.replace('=1', '=2'), body: 'x' }, 403, 'QuotaExceeded');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.get('etag')}</ETag></Part></CompleteMultipartUpload>`;
    await client.succeed({ method: 'POST', target, body });
    assert.deepEqual(await usage(), { objects: 1, bytes: LARGE });
  });

  test('a part that is copied is refused', async () => {
    const { client, name, put, usage } = await tenant(1999);
    await put('k', 1000);
    const begun = xmlOf(await client.succeed({ method: 'POST', target: `/${name}/whole?uploads=`, body: '' }));
    const target = `/${name}/whole?partNumber=1&uploadId=${textOf(begun, 'UploadId')}`;
    const headers = { 'x-amz-copy-source': `${name}/k` };
    await client.fail({ method: 'PUT', target, headers, body: '' }, 403, 'QuotaExceeded');
    assert.deepEqual(await usage(), { objects: 1, bytes: 1000 });
    const range = { 'x-amz-copy-source-range': 'bytes=0-998' };
    await client.succeed({ method: 'PUT', target, headers: { ...headers, ...range }, body: '' });
    assert.deepEqual(await usage(), { objects: 1, bytes: 1999 });
  });

  test('aborting an upload makes room again', async () => {
    const { client, name, put, usage } = await tenant(LARGE);
    const begun = xmlOf(await client.succeed({ method: 'POST', target: `/${name}/k?uploads=`, body: '' }));
    const id = textOf(begun, 'UploadId');
    const part = { method: 'PUT', target: `/${name}/k?partNumber=1&uploadId=${id}`, body: Buffer.alloc(LARGE) };
    await client.succeed(part);
    assert.equal((await put('another', 1)).status, 403);
    await client.succeed({ method: 'DELETE', target: `/${name}/k?uploadId=${id}` });
    assert.deepEqual(await usage(), { objects: 0, bytes: 0 });
    assert.equal((await put('another', LARGE)).status, 200);
  });
});

test('fifty racing writers never overrun a quota by a byte, and leave nothing of what was refused', async () => {
  const quota = 20 * LARGE + 1999;
  const { usage, put } = await tenant(quota);
  const before = (await files()).length;
  const sizes = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? LARGE : 100));
  const replies = await Promise.all(sizes.map((size, index) => put(`racer-${index}`, size)));
  const isStored = (_: number, index: number) => replies[index]?.status === 200;
  const stored = sizes.filter(isStored);
  const total = stored.reduce((sum, size) => sum + size, 0);
  assert.deepEqual(await usage(), { objects: stored.length, bytes: total });
  assert.ok(total <= quota);
  for (const [index, size] of sizes.entries()) {
    if (isStored(size, index)) continue;
    assert.equal(replies[index]?.status, 403);
    assert.ok(total + size > quota, 'what was refused would not fit');
  }
  assert.equal((await files()).length - before, stored.filter((size) => size === LARGE).length);
});
