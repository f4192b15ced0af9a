import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';

const BUCKET = 'guarded';
const here = `arn:aws:s3:::${BUCKET}`;

describe('the policy of a bucket', () => {
  let gateway: TestGateway;
  let owner: Credentials;
  let friend: Credentials;
  let stranger: Credentials;

  before(async () => {
    gateway = await startGateway({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' });
    owner = await gateway.addUser('owner');
    friend = await gateway.addUser('friend');
    stranger = await gateway.addUser('stranger');
    const client = gateway.client(owner);
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a/open', Body: 'open' }));
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'b/closed', Body: 'closed' }));
  });
  after(() => gateway.stop());

  async function put(...statements: object[]): Promise<void> {
    const { services } = gateway;
    const bucket = await services.buckets.find(BUCKET);
    assert.ok(bucket !== undefined);
    const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    const id = (await services.accounts.get('friend')).id;
    const document = { text, principals: { friend: id } };
    await services.configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
  }

  async function status(path: string, credentials?: Credentials, method = 'GET'): Promise<number> {
    const reply =
      credentials === undefined
        ? await fetch(`${gateway.s3Url}${path}`, { method })
        : await gateway.fetchSigned(path, { method, credentials });
    await reply.arrayBuffer();
    return reply.status;
  }

  test('lets whom it names do what it says, and nobody and nothing else', async () => {
    const Principal = { AWS: 'arn:aws:iam::000000000000:user/friend' };
    await put({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `${here}/a/*` });
    assert.equal(await status(`/${BUCKET}/a/open`, friend), 200);
    assert.equal(await status(`/${BUCKET}/b/closed`, friend), 403);
    assert.equal(await status(`/${BUCKET}/a/open`, friend, 'DELETE'), 403);
    assert.equal(await status(`/${BUCKET}`, friend), 403);
    assert.equal(await status(`/${BUCKET}/a/open`, stranger), 403);
    assert.equal(await status(`/${BUCKET}/a/open`), 403);
    assert.equal(await status(`/${BUCKET}/b/closed`, owner), 200);
  });

  test('opens to everybody, without a signature', async () => {
    await put({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${here}/a/*` });
    assert.equal(await status(`/${BUCKET}/a/open`), 200);
    assert.equal(await status(`/${BUCKET}/a/open`, undefined, 'HEAD'), 200);
    assert.equal(await status(`/${BUCKET}/b/closed`), 403);
    assert.equal(await status(`/${BUCKET}/a/open`, stranger), 200);
  });

  test('lets nobody without a signature say what the reply calls the contents', async () => {
    await put({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${here}/a/*` });
    const path = `/${BUCKET}/a/open?response-content-type=text%2Fhtml`;
    const reply = await fetch(`${gateway.s3Url}${path}`);
    assert.equal(reply.status, 400);
    assert.match(
      await reply.text(),
      /<Code>InvalidRequest<\/Code><Message>Request specific response headers cannot be/,
    );
    assert.equal(await status(path, undefined, 'HEAD'), 400);
    assert.equal(await status(path, stranger), 200);
  });

  test('what is missing is 403 for who may not list, and 404 for who may', async () => {
    const read = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${here}/*` };
    await put(read);
    for (const method of ['GET', 'HEAD']) {
      assert.equal(await status(`/${BUCKET}/missing`, undefined, method), 403);
      assert.equal(await status(`/${BUCKET}/missing`, stranger, method), 403);
      assert.equal(await status(`/${BUCKET}/missing`, owner, method), 404);
    }
    await put(read, { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: here });
    assert.equal(await status(`/${BUCKET}/missing`), 404);
  });

  test('an explicit deny stands against everybody, the owner too, who can still mend the policy', async () => {
    await put(
      { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: [here, `${here}/*`] },
      { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: [here, `${here}/b/*`] },
    );
    for (const credentials of [owner, friend, undefined]) {
      assert.equal(await status(`/${BUCKET}/b/closed`, credentials), 403);
      assert.equal(await status(`/${BUCKET}/a/open`, credentials), 200);
    }
    const root = { accessKey: gateway.accessKey, secretKey: gateway.secretKey };
    assert.equal(await status(`/${BUCKET}/b/closed`, root), 403);
    assert.equal(await status(`/${BUCKET}?policy`, owner), 200);
    assert.equal(await status(`/${BUCKET}?policy`, stranger), 403);
  });

  test('asks for conditions: the prefix of a list, the address, the transport', async () => {
    const list = { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: here };
    await put({ ...list, Condition: { StringEquals: { 's3:prefix': 'a/' } } });
    assert.equal(await status(`/${BUCKET}?list-type=2&prefix=a/`, stranger), 200);
    assert.equal(await status(`/${BUCKET}?list-type=2&prefix=b/`, stranger), 403);
    assert.equal(await status(`/${BUCKET}?list-type=2`, stranger), 403);
    await put({ ...list, Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } });
    assert.equal(await status(`/${BUCKET}`), 200);
    await put({ ...list, Condition: { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } });
    assert.equal(await status(`/${BUCKET}`), 403);
    await put({ ...list, Condition: { Bool: { 'aws:SecureTransport': 'true' } } });
    assert.equal(await status(`/${BUCKET}`), 403);
  });

  test('asks for the tags of what is there', async () => {
    const Condition = { StringEquals: { 's3:ExistingObjectTag/level': 'public' } };
    await put({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${here}/*`, Condition });
    assert.equal(await status(`/${BUCKET}/a/open`), 403);
    const Tagging = { TagSet: [{ Key: 'level', Value: 'public' }] };
    await gateway.client(owner).send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: 'a/open', Tagging }));
    assert.equal(await status(`/${BUCKET}/a/open`), 200);
    assert.equal(await status(`/${BUCKET}/b/closed`), 403);
  });

  test('counts at once when it changes', async () => {
    for (const verdict of [200, 403, 200, 403]) {
      const Effect = verdict === 200 ? 'Allow' : 'Deny';
      await put({ Effect, Principal: '*', Action: 's3:GetObject', Resource: `${here}/*` });
      assert.equal(await status(`/${BUCKET}/a/open`), verdict);
    }
  });
});

test('a bucket that was not told otherwise is opened to nobody by a public policy', async () => {
  const gateway = await startGateway();
  try {
    const client = gateway.client();
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: 'k' }));
    const bucket = await gateway.services.buckets.find(BUCKET);
    assert.ok(bucket !== undefined);
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${here}/*` }];
    const document = { text: JSON.stringify({ Version: '2012-10-17', Statement }), principals: {} };
    await gateway.services.configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
    assert.equal((await fetch(`${gateway.s3Url}/${BUCKET}/k`)).status, 403);
  } finally {
    await gateway.stop();
  }
});
