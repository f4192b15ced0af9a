import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';

const Bucket = 'photos';
let gateway: TestGateway;
let ann: Credentials & { readonly id: string };
let owner: S3Client;
let friend: S3Client;

before(async () => {
  gateway = await startGateway();
  ann = await gateway.addUser('ann');
  owner = gateway.client(ann);
  friend = gateway.client(await gateway.addUser('bob'));
  await owner.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['a/1', 'a/2', 'b/1', 'open']) await owner.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
after(() => gateway.stop());

const dcl = (text: string) =>
  gateway.services.grants.runText(text, { accountId: ann.id, address: null, userAgent: null });
const denied = { name: 'AccessDenied' };
const read = (Key: string) => friend.send(new GetObjectCommand({ Bucket, Key }));

test('a friend reads what it was granted, and no more, until it is revoked', async () => {
  await assert.rejects(read('a/1'), denied);
  await dcl("GRANT READ ON BUCKET photos PREFIX 'a/' TO USER bob");
  assert.equal(await (await read('a/1')).Body?.transformToString(), 'a/1');
  await assert.rejects(read('b/1'), denied);
  await assert.rejects(friend.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'x' })), denied);
  await dcl("REVOKE READ ON BUCKET photos PREFIX 'a/' FROM USER bob");
  await assert.rejects(read('a/1'), denied);
});

test('a friend lists the prefix that it was granted, by its name', async () => {
  await dcl("GRANT LIST ON BUCKET photos PREFIX 'a/' TO USER bob");
  const { Contents } = await friend.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['a/1', 'a/2'],
  );
  await assert.rejects(friend.send(new ListObjectsV2Command({ Bucket })), denied);
  await assert.rejects(friend.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/' })), denied);
  await dcl('GRANT LIST ON BUCKET photos TO USER bob');
  await friend.send(new HeadBucketCommand({ Bucket }));
  await dcl("REVOKE LIST ON BUCKET photos FROM USER bob; REVOKE LIST ON BUCKET photos PREFIX 'a/' FROM USER bob");
});

test('a friend writes and deletes by its role', async () => {
  await dcl(
    "CREATE ROLE editors; GRANT editors TO USER bob; GRANT WRITE, DELETE ON BUCKET photos PREFIX 'b/' TO ROLE editors",
  );
  await friend.send(new PutObjectCommand({ Bucket, Key: 'b/2', Body: 'x' }));
  await friend.send(new DeleteObjectCommand({ Bucket, Key: 'b/2' }));
  await assert.rejects(friend.send(new DeleteObjectCommand({ Bucket, Key: 'a/1' })), denied);
  await dcl('REVOKE editors FROM USER bob');
  await assert.rejects(friend.send(new PutObjectCommand({ Bucket, Key: 'b/2', Body: 'x' })), denied);
});

test('an ADMIN configures the bucket, and opens it to nobody', async () => {
  await dcl('GRANT ADMIN ON BUCKET photos TO USER bob');
  const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
  await friend.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await assert.rejects(friend.send(new PutBucketPolicyCommand({ Bucket, Policy })), denied);
  await dcl('REVOKE ALL ON BUCKET photos FROM USER bob');
  await assert.rejects(friend.send(new PutBucketTaggingCommand({ Bucket, Tagging })), denied);
});

test('what is granted to PUBLIC is open to everybody once the bucket lets the public in', async () => {
  await dcl("GRANT READ ON OBJECT 'photos/open' TO PUBLIC");
  const url = `${gateway.s3Url}/${Bucket}/open`;
  assert.equal((await fetch(url)).status, 403);
  await assert.rejects(read('open'), denied);
  await owner.send(new DeletePublicAccessBlockCommand({ Bucket }));
  assert.equal(await (await fetch(url)).text(), 'open');
  assert.equal((await fetch(`${gateway.s3Url}/${Bucket}/a/1`)).status, 403);
  await read('open');
});

test('a bucket that is made again is nobody else\u2019s', async () => {
  const again = { Bucket: 'again' };
  await owner.send(new CreateBucketCommand(again));
  await dcl('GRANT READ, LIST ON BUCKET again TO USER bob');
  await friend.send(new HeadBucketCommand(again));
  await owner.send(new DeleteBucketCommand(again));
  await owner.send(new CreateBucketCommand(again));
  await assert.rejects(friend.send(new ListObjectsV2Command(again)), denied);
});
