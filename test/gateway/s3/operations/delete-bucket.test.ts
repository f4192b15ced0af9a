import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
});
after(() => gateway.stop());

test('an empty bucket is deleted and then is missing', async () => {
  await client.createBucket('empty');
  const reply = await client.succeed({ method: 'DELETE', target: '/empty' });
  assert.deepEqual([reply.status, reply.body.byteLength, reply.headers.get('content-length')], [204, 0, undefined]);
  await client.fail({ target: '/empty' }, 404, 'NoSuchBucket');
  await client.fail({ method: 'DELETE', target: '/empty' }, 404, 'NoSuchBucket');
  await client.fail({ method: 'PUT', target: '/empty/key', body: 'x' }, 404, 'NoSuchBucket');
});

test('a bucket with an object is BucketNotEmpty until that is gone', async () => {
  await client.createBucket('full');
  await client.put('full', 'one');
  const error = await client.fail({ method: 'DELETE', target: '/full' }, 409, 'BucketNotEmpty');
  assert.equal(textOf(error, 'BucketName'), 'full');
  await client.succeed({ method: 'DELETE', target: '/full/one' });
  await client.succeed({ method: 'DELETE', target: '/full' });
});

test('a bucket that never was is NoSuchBucket', async () => {
  await client.fail({ method: 'DELETE', target: '/never-was' }, 404, 'NoSuchBucket');
});

test('a bucket made again begins empty', async () => {
  await client.createBucket('again');
  await client.put('again', 'old', { body: 'old' });
  await client.succeed({ method: 'DELETE', target: '/again/old' });
  await client.succeed({ method: 'DELETE', target: '/again' });
  await client.createBucket('again');
  assert.equal(await client.read('again', 'old'), undefined);
});

test('a delete and uploads that race leave no object without a bucket', async () => {
  for (let round = 0; round < 5; round += 1) {
    const bucket = `race-${round}`;
    await client.createBucket(bucket);
    const puts = Array.from({ length: 8 }, (_, index) =>
      client.send({ method: 'PUT', target: `/${bucket}/${index}`, body: 'x' }),
    );
    const [deleted, ...stored] = await Promise.all([client.send({ method: 'DELETE', target: `/${bucket}` }), ...puts]);
    if (deleted.status === 204) {
      assert.deepEqual(
        stored.map(({ status }) => status),
        Array(8).fill(404),
      );
      await client.fail({ target: `/${bucket}` }, 404, 'NoSuchBucket');
    } else {
      assert.equal(deleted.status, 409);
      for (const [index, { status }] of stored.entries()) {
        assert.equal(status, 200);
        assert.equal(await client.read(bucket, String(index)), 'x');
      }
    }
  }
});
