import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeleteBucketCorsCommand, GetBucketCorsCommand } from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { corsRule, putCors } from '../../../support/cors.ts';
import { type Credentials, startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const RULE = corsRule(['AllowedOrigin', '*'], ['AllowedMethod', 'GET']);

let gateway: TestGateway;
let credentials: Credentials;
let owner: Conversation;

before(async () => {
  gateway = await startGateway();
  credentials = await gateway.addUser('owner');
  owner = new Conversation(gateway, credentials);
  await owner.createBucket('shared');
});
after(() => gateway.stop());

test('an SDK deletes the rules', async () => {
  await putCors(owner, 'shared', RULE);
  const client = gateway.client(credentials);
  const deleted = await client.send(new DeleteBucketCorsCommand({ Bucket: 'shared' }));
  assert.equal(deleted.$metadata.httpStatusCode, 204);
  const message = /^The CORS configuration does not exist$/;
  const getting = client.send(new GetBucketCorsCommand({ Bucket: 'shared' }));
  await assert.rejects(getting, s3Failure('NoSuchCORSConfiguration', 404, message));
});

test('deleting what was never there succeeds', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const reply = await owner.succeed({ method: 'DELETE', target: '/shared?cors' });
    assert.deepEqual([reply.status, reply.body.byteLength], [204, 0]);
  }
});

test('only who may configure the bucket may delete the rules', async () => {
  await putCors(owner, 'shared', RULE);
  const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
  await stranger.fail({ method: 'DELETE', target: '/shared?cors' }, 403, 'AccessDenied');
  await owner.get('/shared', { cors: '' });
});

test('the rules of a bucket go with it', async () => {
  await owner.createBucket('passing');
  await putCors(owner, 'passing', RULE);
  await owner.succeed({ method: 'DELETE', target: '/passing' });
  await owner.fail({ method: 'DELETE', target: '/passing?cors' }, 404, 'NoSuchBucket');
  await owner.createBucket('passing');
  await owner.fail({ target: '/passing?cors' }, 404, 'NoSuchCORSConfiguration');
});
