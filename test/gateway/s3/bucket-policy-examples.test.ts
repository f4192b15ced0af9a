import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { policyText, type Statement, userArn } from '../../support/policies.ts';
import type { WireRequest } from '../../support/wire-request.ts';

const BUCKET = 'awsexamplebucket1';
const ARN = `arn:aws:s3:::${BUCKET}`;
const OBJECTS = `${ARN}/*`;

let gateway: TestGateway;
let owner: Conversation;
let friend: Conversation;
let anonymous: Conversation;
const versions: string[] = [];

before(async () => {
  gateway = await startGateway({
    GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off',
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
  });
  owner = new Conversation(gateway, await gateway.addUser('owner'));
  friend = new Conversation(gateway, await gateway.addUser('jane'));
  anonymous = new Conversation(gateway, 'anonymous');
  await owner.createBucket(BUCKET);
  const versioning = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  await owner.succeed({ method: 'PUT', target: `/${BUCKET}?versioning=`, body: versioning });
  for (const body of ['first', 'second']) {
    const { headers } = await owner.put(BUCKET, 'home/jane/note', { body });
    versions.push(headers.get('x-amz-version-id') ?? '');
  }
  await owner.put(BUCKET, 'home/john/note', { body: 'of john' });
  await owner.put(BUCKET, 'tagged', { body: 'x', headers: { 'x-amz-tagging': 'environment=production' } });
});
after(() => gateway.stop());

const jane = { AWS: userArn('jane') };
const allow = (more: Statement): Statement => ({ Effect: 'Allow', Principal: jane, Resource: OBJECTS, ...more });
const deny = (more: Statement): Statement => ({ Effect: 'Deny', Principal: '*', Resource: OBJECTS, ...more });
const get = (key: string, headers: Record<string, string> = {}): WireRequest => ({
  target: `/${BUCKET}/${key}`,
  headers,
});
const put = (headers: Record<string, string> = {}, key = 'home/jane/new'): WireRequest => ({
  method: 'PUT',
  target: `/${BUCKET}/${key}`,
  body: 'new',
  headers,
});
const list = (query: string): WireRequest => ({ target: `/${BUCKET}?${query}` });

interface Example {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly who?: () => Conversation;
  readonly allowed: () => readonly WireRequest[];
  readonly denied: () => readonly WireRequest[];
}

/** Of "Examples of Amazon S3 bucket policies" and "Bucket policy examples using condition keys". */
const examples: readonly Example[] = [
  {
    name: 'granting read-only permission to anonymous requests that come from certain pages',
    statements: [
      allow({
        Principal: '*',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Condition: { StringLike: { 'aws:Referer': ['http://www.example.com/*', 'http://example.com/*'] } },
      }),
    ],
    who: () => anonymous,
    allowed: () => [get('tagged', { referer: 'http://www.example.com/page' })],
    denied: () => [get('tagged'), get('tagged', { referer: 'http://evil.example/http://www.example.com/' })],
  },
  {
    name: 'restricting access to certain addresses, which a trusted proxy tells',
    statements: [
      allow({ Action: 's3:*', Resource: [ARN, OBJECTS] }),
      deny({
        Action: 's3:*',
        Resource: [ARN, OBJECTS],
        Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      }),
    ],
    allowed: () => [get('tagged', { 'x-forwarded-for': '192.0.2.77' })],
    denied: () => [
      get('tagged'),
      get('tagged', { 'x-forwarded-for': '198.51.100.1' }),
      get('tagged', { 'x-forwarded-for': '192.0.2.77, 198.51.100.1' }),
    ],
  },
  {
    name: 'allowing IPv6 beside IPv4',
    statements: [
      allow({
        Action: 's3:GetObject',
        Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:DB8:1234:5678::/64'] } },
      }),
    ],
    allowed: () => [get('tagged', { 'x-forwarded-for': '2001:db8:1234:5678::1' })],
    denied: () => [get('tagged', { 'x-forwarded-for': '2001:db8:1234:5679::1' })],
  },
  {
    name: 'requiring encryption in transit',
    statements: [
      allow({ Action: 's3:*', Resource: [ARN, OBJECTS] }),
      deny({ Action: 's3:*', Resource: [ARN, OBJECTS], Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ],
    allowed: () => [get('tagged', { 'x-forwarded-proto': 'https' })],
    denied: () => [get('tagged'), list('list-type=2')],
  },
  {
    name: 'requiring server-side encryption of what is written',
    statements: [
      allow({ Action: 's3:PutObject' }),
      deny({ Action: 's3:PutObject', Condition: { Null: { 's3:x-amz-server-side-encryption': 'true' } } }),
    ],
    allowed: () => [put({ 'x-amz-server-side-encryption': 'AES256' })],
    denied: () => [put()],
  },
  {
    name: 'requiring the bucket owner to have full control',
    statements: [
      allow({
        Action: ['s3:PutObject', 's3:PutObjectAcl'],
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
      }),
    ],
    allowed: () => [put({ 'x-amz-acl': 'bucket-owner-full-control' })],
    denied: () => [put(), put({ 'x-amz-acl': 'private' })],
  },
  {
    name: 'requiring a storage class',
    statements: [
      allow({ Action: 's3:PutObject', Condition: { StringEquals: { 's3:x-amz-storage-class': ['STANDARD'] } } }),
    ],
    allowed: () => [put({ 'x-amz-storage-class': 'STANDARD' })],
    denied: () => [put()],
  },
  {
    name: 'allowing a user to read only objects that have a certain tag',
    statements: [
      allow({
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Condition: { StringEquals: { 's3:ExistingObjectTag/environment': 'production' } },
      }),
    ],
    allowed: () => [get('tagged')],
    denied: () => [get('home/jane/note'), get('missing')],
  },
  {
    name: 'requiring a certain tag with what is written, and no others than are allowed',
    statements: [
      allow({
        Action: ['s3:PutObject', 's3:PutObjectTagging'],
        Condition: {
          StringEquals: { 's3:RequestObjectTag/Department': 'Finance' },
          'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['Department', 'Owner'] },
        },
      }),
    ],
    allowed: () => [
      put({ 'x-amz-tagging': 'Department=Finance' }),
      put({ 'x-amz-tagging': 'Department=Finance&Owner=me' }),
    ],
    denied: () => [
      put(),
      put({ 'x-amz-tagging': 'Department=Sales' }),
      put({ 'x-amz-tagging': 'Department=Finance&Colour=red' }),
    ],
  },
  {
    name: 'giving each user a folder of its own by a policy variable',
    statements: [
      allow({
        Action: 's3:ListBucket',
        Resource: ARN,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables look like that
        Condition: { StringLike: { 's3:prefix': ['', 'home/', 'home/${aws:username}/*'] } },
      }),
      allow({ Action: ['s3:GetObject', 's3:PutObject'], Resource: `${ARN}/home/\${aws:username}/*` }),
    ],
    allowed: () => [
      list('list-type=2&prefix=home%2Fjane%2F'),
      list('list-type=2&prefix='),
      get('home/jane/note'),
      put(),
    ],
    denied: () => [list('list-type=2'), list('prefix=home%2Fjohn%2F'), get('home/john/note'), put({}, 'home/john/new')],
  },
  {
    name: 'limiting how many keys a list has',
    statements: [
      allow({ Action: 's3:ListBucket', Resource: ARN, Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } } }),
    ],
    allowed: () => [list('list-type=2&max-keys=10'), list('max-keys=1')],
    denied: () => [list('list-type=2'), list('max-keys=11')],
  },
  {
    name: 'reading a certain version of an object only',
    statements: [
      allow({ Action: 's3:GetObjectVersion', Condition: { StringLike: { 's3:VersionId': '*' } } }),
      deny({ Action: 's3:GetObjectVersion', Condition: { Null: { 's3:VersionId': 'true' } } }),
    ],
    allowed: () => versions.map((id) => get(`home/jane/note?versionId=${id}`)),
    denied: () => [get('home/jane/note')],
  },
  {
    name: 'restricting where copies come from',
    statements: [
      allow({ Action: ['s3:PutObject', 's3:GetObject'] }),
      deny({
        Action: 's3:PutObject',
        Condition: {
          StringNotLike: { 's3:x-amz-copy-source': `/${BUCKET}/home/*` },
        },
      }),
    ],
    allowed: () => [
      {
        method: 'PUT',
        target: `/${BUCKET}/copy`,
        body: '',
        headers: { 'x-amz-copy-source': `/${BUCKET}/home/jane/note` },
      },
    ],
    denied: () => [
      { method: 'PUT', target: `/${BUCKET}/copy`, body: '', headers: { 'x-amz-copy-source': `/${BUCKET}/tagged` } },
      put(),
    ],
  },
  {
    name: 'allowing only what is signed in a header',
    statements: [
      allow({ Principal: '*', Action: 's3:GetObject' }),
      deny({ Action: 's3:*', Condition: { StringNotEquals: { 's3:authType': 'REST-HEADER' } } }),
    ],
    allowed: () => [get('tagged')],
    denied: () => [{ ...get('tagged'), credentials: undefined }],
  },
  {
    name: 'allowing what is signed lately and by Signature V4 only',
    statements: [
      allow({ Action: 's3:GetObject' }),
      deny({ Action: 's3:*', Condition: { NumericGreaterThan: { 's3:signatureAge': '600000' } } }),
      deny({ Action: 's3:*', Condition: { StringNotEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } } }),
    ],
    allowed: () => [get('tagged')],
    denied: () => [{ ...get('tagged'), signing: { now: new Date(Date.now() - 700_000) } }],
  },
  {
    name: 'allowing everything but deletes, by NotAction',
    statements: [allow({ NotAction: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutBucketPolicy'] })],
    allowed: () => [get('tagged'), put()],
    denied: () => [{ method: 'DELETE', target: `/${BUCKET}/tagged` }],
  },
  {
    name: 'until a date',
    statements: [
      allow({ Action: 's3:GetObject', Condition: { DateLessThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } } }),
      allow({ Action: 's3:PutObject', Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }),
    ],
    allowed: () => [get('tagged')],
    denied: () => [put()],
  },
];

describe('a bucket policy', () => {
  for (const { name, statements, who = () => friend, allowed, denied } of examples) {
    test(`for ${name}`, async () => {
      await owner.succeed({ method: 'PUT', target: `/${BUCKET}?policy=`, body: policyText(...statements) });
      for (const request of allowed()) await who().succeed(request);
      for (const request of denied()) await who().fail(request, 403, 'AccessDenied');
    });
  }

  test('is asked for each key of DeleteObjects', async () => {
    const Resource = [`${ARN}/home/jane/*`];
    const statement = allow({ Action: 's3:DeleteObject', Resource });
    await owner.succeed({ method: 'PUT', target: `/${BUCKET}?policy=`, body: policyText(statement) });
    const body = '<Delete><Object><Key>home/jane/new</Key></Object><Object><Key>tagged</Key></Object></Delete>';
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const reply = await friend.succeed({ method: 'POST', target: `/${BUCKET}?delete=`, body, headers });
    const text = reply.body.toString();
    assert.match(text, /<Deleted><Key>home\/jane\/new<\/Key>/);
    assert.match(text, /<Error><Key>tagged<\/Key>.*<Code>AccessDenied<\/Code>/);
    assert.equal(await owner.read(BUCKET, 'tagged'), 'x');
  });
});
