import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type CORSRule, GetBucketCorsCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { checksumOf } from '../../../../gateway/services/checksums.ts';
import { Conversation } from '../../../support/conversation.ts';
import { corsRule } from '../../../support/cors.ts';
import { type Credentials, startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const RULE = corsRule(['AllowedOrigin', 'https://a.example'], ['AllowedMethod', 'GET']);
const BODY = `<CORSConfiguration>${RULE}</CORSConfiguration>`;

let gateway: TestGateway;
let owner: Conversation;
let credentials: Credentials & { readonly id: string };

before(async () => {
  gateway = await startGateway();
  credentials = await gateway.addUser('owner');
  owner = new Conversation(gateway, credentials);
  await owner.createBucket('shared');
});
after(() => gateway.stop());

const put = (body: string, headers: Readonly<Record<string, string>> = {}) => ({
  method: 'PUT',
  target: '/shared?cors',
  body,
  headers,
});

test('an SDK gets back what it put', async () => {
  const client = gateway.client(credentials);
  const CORSRules: CORSRule[] = [
    {
      ID: 'first',
      AllowedOrigins: ['https://*.example.com', 'http://localhost:3000'],
      AllowedMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
      AllowedHeaders: ['Authorization', 'x-AMZ-*'],
      ExposeHeaders: ['ETag', 'x-amz-request-id'],
      MaxAgeSeconds: 3000,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
  ];
  await client.send(new PutBucketCorsCommand({ Bucket: 'shared', CORSConfiguration: { CORSRules } }));
  const found = await client.send(new GetBucketCorsCommand({ Bucket: 'shared' }));
  assert.deepEqual(found.CORSRules, CORSRules);
});

test('it answers 200 without a body, and replaces the rules as a whole', async () => {
  const reply = await owner.succeed(put(BODY));
  assert.deepEqual([reply.status, reply.body.byteLength], [200, 0]);
  const { elements } = await owner.get('/shared', { cors: '' });
  assert.equal(elements.length, 1);
});

test('a rule that cannot be leaves those that are there', async () => {
  await owner.succeed(put(BODY));
  const sending = gateway.client(credentials).send(
    new PutBucketCorsCommand({
      Bucket: 'shared',
      CORSConfiguration: { CORSRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }] },
    }),
  );
  const message = /^Found unsupported HTTP method in CORS config\. Unsupported method is PATCH$/;
  await assert.rejects(sending, s3Failure('InvalidRequest', 400, message));
  const { elements } = await owner.get('/shared', { cors: '' });
  assert.equal(textOf(elements[0]!, 'AllowedOrigin'), 'https://a.example');
});

test('digests that come along are verified', async () => {
  const crc32 = checksumOf('CRC32', Buffer.from(BODY)).toString('base64');
  await owner.succeed(put(BODY, { 'content-md5': hash('md5', BODY, 'base64') }));
  await owner.succeed(put(BODY, { 'x-amz-checksum-crc32': crc32, 'x-amz-sdk-checksum-algorithm': 'CRC32' }));
  await owner.fail(put(BODY, { 'content-md5': hash('md5', 'other', 'base64') }), 400, 'BadDigest');
  await owner.fail(put(BODY, { 'content-md5': 'short' }), 400, 'InvalidDigest');
  const other = checksumOf('CRC32', Buffer.from('other')).toString('base64');
  await owner.fail(put(BODY, { 'x-amz-checksum-crc32': other }), 400, 'BadDigest');
});

test('a document of 64 KB is taken, and one byte more is not', async () => {
  const padded = (sizeBytes: number) => `${BODY}${' '.repeat(sizeBytes - BODY.length)}`;
  await owner.succeed(put(padded(64 * 1024)));
  await owner.fail(put(padded(64 * 1024 + 1)), 400, 'MaxMessageLengthExceeded');
});

test('no document, or none of the schema, is refused', async () => {
  await owner.fail(put(''), 400, 'MissingRequestBodyError');
  await owner.fail(put('<CORSConfiguration/>'), 400, 'MalformedXML');
  await owner.fail(put('<CORSConfiguration>'), 400, 'MalformedXML');
});

test('only who may configure the bucket may put rules', async () => {
  const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
  await stranger.fail(put(BODY), 403, 'AccessDenied');
  await new Conversation(gateway, 'anonymous').fail(put(BODY), 403, 'AccessDenied');
  await owner.fail(put(BODY, { 'x-amz-expected-bucket-owner': 'other' }), 403, 'AccessDenied');
  await owner.succeed(put(BODY, { 'x-amz-expected-bucket-owner': credentials.id }));
});

test('a bucket that is not there has no rules', async () => {
  await owner.fail({ ...put(BODY), target: '/nowhere?cors' }, 404, 'NoSuchBucket');
});
