import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';
import { keyPath } from '../../../support/wire-request.ts';

const BUCKET = 'shredder';
const ETAG = `"${hash('md5', 'old', 'hex')}"`;

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket(BUCKET);
});
after(() => gateway.stop());

const remove = (key: string, headers: Record<string, string> = {}) => ({
  method: 'DELETE',
  target: keyPath(BUCKET, key),
  headers,
});

test('a deleted object is gone', async () => {
  await client.put(BUCKET, 'one', { body: 'old' });
  const reply = await client.succeed(remove('one'));
  assert.deepEqual([reply.status, reply.body.byteLength], [204, 0]);
  assert.equal(reply.headers.get('content-type'), undefined);
  await client.fail({ target: keyPath(BUCKET, 'one') }, 404, 'NoSuchKey');
});

test('deleting what is not there succeeds', async () => {
  for (let time = 0; time < 2; time += 1) assert.equal((await client.send(remove('never'))).status, 204);
});

test('deleting takes the one key and nothing below it', async () => {
  for (const key of ['dir', 'dir/', 'dir/a', 'dir/b']) await client.put(BUCKET, key, { body: key });
  await client.succeed(remove('dir/'));
  assert.equal(await client.read(BUCKET, 'dir/'), undefined);
  for (const key of ['dir', 'dir/a', 'dir/b']) assert.equal(await client.read(BUCKET, key), key);
});

test('a bucket that is not there is NoSuchBucket', async () => {
  await client.fail({ method: 'DELETE', target: '/nowhere/key' }, 404, 'NoSuchBucket');
});

test('If-Match deletes what has that tag and nothing else', async () => {
  await client.put(BUCKET, 'tagged', { body: 'old' });
  await client.fail(remove('tagged', { 'if-match': `"${'0'.repeat(32)}"` }), 412, 'PreconditionFailed');
  assert.equal(await client.read(BUCKET, 'tagged'), 'old');
  await client.succeed(remove('tagged', { 'if-match': ETAG }));
  assert.equal(await client.read(BUCKET, 'tagged'), undefined);
  await client.put(BUCKET, 'tagged', { body: 'old' });
  await client.succeed(remove('tagged', { 'if-match': '*' }));
});

test('If-Match on a key that is missing is NoSuchKey', async () => {
  for (const value of [ETAG, '*']) await client.fail(remove('missing', { 'if-match': value }), 404, 'NoSuchKey');
});

test('of twenty that delete one tag exactly one does', async () => {
  await client.put(BUCKET, 'race', { body: 'old' });
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => client.send(remove('race', { 'if-match': ETAG }))),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [204, ...Array(19).fill(404)]);
});

test('conditions that S3 has not for a delete are 501 and delete nothing', async () => {
  await client.put(BUCKET, 'kept', { body: 'old' });
  for (const headers of [
    { 'if-none-match': '*' },
    { 'if-none-match': ETAG },
    { 'if-unmodified-since': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    { 'x-amz-if-match-size': '10' },
    { 'x-amz-if-match-last-modified-time': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    { 'x-amz-mfa': 'serial 123456' },
  ] as Record<string, string>[]) {
    await client.fail(remove('kept', headers), 501, 'NotImplemented');
  }
  assert.equal(await client.read(BUCKET, 'kept'), 'old');
});

test('a bucket without versions has the null version alone', async () => {
  await client.put(BUCKET, 'versioned', { body: 'old' });
  const target = keyPath(BUCKET, 'versioned');
  const another = await client.send({ method: 'DELETE', target: `${target}?versionId=${newVersionId(1)}` });
  assert.equal(another.status, 204, 'what is not there counts as deleted');
  for (const [versionId, message] of [
    ['other', 'Invalid version id specified'],
    ['', 'Version id cannot be the empty string'],
  ]) {
    const error = await client.fail(
      { method: 'DELETE', target: `${target}?versionId=${versionId}` },
      400,
      'InvalidArgument',
    );
    assert.equal(textOf(error, 'Message'), message);
    assert.equal(textOf(error, 'ArgumentName'), 'versionId');
  }
  assert.equal(await client.read(BUCKET, 'versioned'), 'old');
  const { headers } = await client.succeed({ method: 'DELETE', target: `${target}?versionId=null` });
  assert.equal(headers.get('x-amz-version-id'), undefined);
  assert.equal(await client.read(BUCKET, 'versioned'), undefined);
});
