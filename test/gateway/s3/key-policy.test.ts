import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { operations } from '../../../gateway/s3/operations/index.ts';
import { presignUrl } from '../../../signer/index.ts';
import { Conversation } from '../../support/conversation.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';
import type { XmlElement } from '../../support/strict-xml.ts';
import { type WireReply, xmlOf } from '../../support/wire.ts';
import { sha256, type WireRequest } from '../../support/wire-request.ts';

const BUCKET = 'narrow';
const ARN = 'arn:aws:s3:::';
const OBJECT = `${ARN}${BUCKET}/key`;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Condition?: object;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource: string | readonly string[];
}

let gateway: TestGateway;
let owner: Conversation;
let ownerId: string;

before(async () => {
  gateway = await startGateway();
  const credentials = await gateway.addUser('owner');
  ownerId = credentials.id;
  owner = new Conversation(gateway, credentials);
  await owner.createBucket(BUCKET);
  await owner.put(BUCKET, 'key', { body: 'precious' });
  await owner.put(BUCKET, 'other', { body: 'other' });
});
after(() => gateway.stop());

async function keyWith(...statements: readonly Statement[]): Promise<Credentials> {
  const policy = { Version: '2012-10-17', Statement: statements };
  return gateway.services.accessKeys.create({ id: ownerId }, { policy });
}

async function withPolicy(...statements: readonly Statement[]): Promise<Conversation> {
  return new Conversation(gateway, await keyWith(...statements));
}

const allow = (Action: string | readonly string[], Resource: string | readonly string[]): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

interface Case {
  readonly name: string;
  readonly request: WireRequest;
  readonly action: string;
  readonly resource: string;
}

/** What an operation needs beside its own action, and where. */
const ALSO: Readonly<Record<string, Statement>> = {
  CopyObject: allow('s3:GetObject', `${ARN}${BUCKET}/other`),
  RenameObject: allow(['s3:GetObject', 's3:DeleteObject'], `${ARN}${BUCKET}/other`),
  GetObjectAttributes: allow(['s3:GetObject', 's3:GetObjectVersion'], OBJECT),
};

/** What an operation is told in headers, so that it comes to what it needs. */
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CopyObject: { 'x-amz-copy-source': `${BUCKET}/other` },
  GetObjectAttributes: { 'x-amz-object-attributes': 'ETag' },
  RenameObject: { 'x-amz-rename-source': 'other' },
  UploadPartCopy: { 'x-amz-copy-source': `${BUCKET}/other` },
};

/** A request for each operation, and for each on a version. The form and DeleteObjects have tests of their own. */
const CASES: readonly Case[] = operations
  .filter(({ name }) => !['PostObject', 'DeleteObjects'].includes(name))
  .flatMap((operation) => {
    const { name, method, scope, query = [], action = '', versionAction } = operation;
    const pairs = query.map((pair) => (pair.includes('=') ? pair : `${pair}=1`));
    const path = { service: '/', bucket: `/${BUCKET}`, object: `/${BUCKET}/key` }[scope];
    const resource = { service: '*', bucket: `${ARN}${BUCKET}`, object: OBJECT }[scope];
    // What is malformed behind the decision is refused for that: nothing here is to be changed.
    const request = (...more: string[]) => ({
      method,
      target: [path, [...pairs, ...more].sort().join('&')].filter((part) => part !== '').join('?'),
      headers: HEADERS[name] ?? {},
      ...(method === 'PUT' || method === 'POST' ? { body: 'no document' } : {}),
    });
    const plain = { name, request: request(), action, resource };
    if (versionAction === undefined) return [plain];
    return [
      plain,
      { ...plain, name: `${name} of a version`, request: request('versionId=null'), action: versionAction },
    ];
  });

/** What the requests that pass change. */
async function restore(): Promise<void> {
  await owner.send({ method: 'PUT', target: `/${BUCKET}`, body: '' });
  await owner.put(BUCKET, 'key', { body: 'precious' });
  await owner.put(BUCKET, 'other', { body: 'other' });
}

function isDenied(reply: WireReply, { method }: WireRequest): boolean {
  if (method === 'HEAD') return reply.status === 403;
  return reply.status === 403 && reply.body.includes('<Code>AccessDenied</Code>');
}

describe('a key that may do nothing but', () => {
  for (const { name, request, action, resource } of CASES) {
    test(`${name} (${action}) passes there, and elsewhere it does not`, async () => {
      const also = ALSO[name.replace(' of a version', '')];
      const narrow = await withPolicy(allow(action, resource), ...(also === undefined ? [] : [also]));
      await restore();
      const reply = await narrow.send(request);
      assert.ok(!isDenied(reply, request), `${reply.status} ${reply.body}`);
      const elsewhere = await withPolicy(allow(action, `${ARN}${BUCKET}-2*`), ...(also === undefined ? [] : [also]));
      assert.ok(isDenied(await elsewhere.send(request), request));
      if (also === undefined) return;
      assert.ok(isDenied(await (await withPolicy(allow(action, resource))).send(request), request), 'without the rest');
    });
  }
});

describe('a key that may do everything but', () => {
  before(restore);

  for (const { name, request, action, resource } of CASES) {
    test(`${name} (${action}) is refused that`, async () => {
      const objects = [allow('*', '*'), { Effect: 'Deny', Action: action, Resource: resource } as const];
      assert.ok(isDenied(await (await withPolicy(...objects)).send(request), request));
      const others: Statement = { Effect: 'Allow', NotAction: action, Resource: '*' };
      assert.ok(isDenied(await (await withPolicy(others)).send(request), request));
    });
  }

  test('nothing of it has changed the objects', async () => {
    assert.equal(await owner.read(BUCKET, 'key'), 'precious');
    assert.equal(await owner.read(BUCKET, 'other'), 'other');
  });
});

const READ = allow(['s3:GetObject', 's3:ListBucket'], [`${ARN}${BUCKET}`, `${ARN}${BUCKET}/public/*`]);

describe('a policy', () => {
  before(async () => {
    await owner.put(BUCKET, 'public/a', { body: 'a' });
    await owner.put(BUCKET, 'private/b', { body: 'b' });
  });

  test('gives no more than the account has', async () => {
    const root = new Conversation(gateway);
    await root.createBucket('of-root');
    await root.put('of-root', 'key', { body: 'of root' });
    const wide = await withPolicy(allow('*', '*'));
    await wide.fail({ target: '/of-root/key' }, 403, 'AccessDenied');
    await wide.fail({ method: 'PUT', target: '/of-root/key', body: '' }, 403, 'AccessDenied');
    assert.equal(await wide.read(BUCKET, 'public/a'), 'a');
  });

  test('may ask who the account is, in conditions and in variables', async () => {
    const own = allow('s3:GetObject', `${ARN}${BUCKET}/\${aws:username}/*`);
    await owner.put(BUCKET, 'owner/a', { body: 'mine' });
    const narrow = await withPolicy(own);
    assert.equal(await narrow.read(BUCKET, 'owner/a'), 'mine');
    await narrow.fail({ target: `/${BUCKET}/public/a` }, 403, 'AccessDenied');
    const Condition = { StringNotEquals: { 'aws:userid': ownerId } };
    const other = await withPolicy({ ...allow('s3:GetObject', '*'), Condition });
    await other.fail({ target: `/${BUCKET}/public/a` }, 403, 'AccessDenied');
  });

  test('may ask for the tags of the object that is there, also where nothing else does', async () => {
    const Condition = { StringEquals: { 's3:ExistingObjectTag/secret': 'yes' } };
    await owner.put(BUCKET, 'tagged', { body: 'secret', headers: { 'x-amz-tagging': 'secret=yes' } });
    await owner.put(BUCKET, 'untagged', { body: 'open' });
    const kept = await withPolicy(allow('s3:GetObject', '*'), {
      Effect: 'Deny',
      Action: 's3:GetObject',
      Resource: '*',
      Condition,
    });
    await kept.fail({ target: `/${BUCKET}/tagged` }, 403, 'AccessDenied');
    assert.equal(await kept.read(BUCKET, 'untagged'), 'open');
    const initiated = await withPolicy({ ...allow('s3:GetObject', '*'), Condition });
    assert.equal(await initiated.read(BUCKET, 'tagged'), 'secret');
    await initiated.fail({ target: `/${BUCKET}/untagged` }, 403, 'AccessDenied');
  });

  test('counts at once when it changes, and when it is taken away', async () => {
    const credentials = await keyWith(READ);
    const narrow = new Conversation(gateway, credentials);
    const actor = { accountId: ownerId, address: null, userAgent: null };
    const name = { accessKey: credentials.accessKey, accountId: ownerId };
    await narrow.fail({ target: `/${BUCKET}/private/b` }, 403, 'AccessDenied');
    const policy = { Version: '2012-10-17', Statement: [allow('s3:GetObject', `${ARN}${BUCKET}/private/*`)] };
    await gateway.services.accessKeys.change(name, { policy, actor });
    assert.equal(await narrow.read(BUCKET, 'private/b'), 'b');
    await narrow.fail({ target: `/${BUCKET}/public/a` }, 403, 'AccessDenied');
    await gateway.services.accessKeys.change(name, { policy: null, actor });
    assert.equal(await narrow.read(BUCKET, 'public/a'), 'a');
  });

  test('holds for presigned URLs', async () => {
    const credentials = await keyWith(READ);
    const presigned = (key: string) => {
      const url = new URL(`${gateway.s3Url}/${BUCKET}/${key}`);
      const input = { method: 'GET', url, credentials, region: 'us-east-1', expiresInSeconds: 60, now: Date.now() };
      return fetch(presignUrl(input));
    };
    assert.equal(await (await presigned('public/a')).text(), 'a');
    assert.equal((await presigned('private/b')).status, 403);
  });

  test('holds for the key that a form names', async () => {
    const { accessKey, secretKey } = await keyWith(allow('s3:PutObject', `${ARN}${BUCKET}/public/*`));
    const client = new S3Client({
      endpoint: gateway.s3Url,
      region: 'us-east-1',
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      forcePathStyle: true,
    });
    const statuses: number[] = [];
    for (const [key, extra] of [
      ['public/form', {}],
      ['private/form', {}],
      ['public/tagged', { tagging: '<Tagging><TagSet/></Tagging>' }],
    ] as const) {
      const { fields } = await createPresignedPost(client, { Bucket: BUCKET, Key: key, Fields: extra });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['x']));
      const reply = await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form });
      statuses.push(reply.status);
    }
    client.destroy();
    assert.deepEqual(statuses, [204, 403, 403]);
    assert.equal(await owner.read(BUCKET, 'private/form'), undefined);
  });

  test('holds for tags, locks and bypassing them in the headers of a PUT', async () => {
    await owner.succeed({
      method: 'PUT',
      target: '/narrow-locked',
      body: '',
      headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    });
    const digest = { 'x-amz-checksum-sha256': Buffer.from(sha256('x'), 'hex').toString('base64') };
    const put = (headers: Record<string, string>) => ({
      method: 'PUT',
      target: '/narrow-locked/k',
      body: 'x',
      headers: { ...digest, ...headers },
    });
    const until = new Date(Date.now() + 60_000).toISOString();
    const retention = { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': until };
    const locked = `${ARN}narrow-locked/*`;
    const narrow = await withPolicy(allow(['s3:PutObject', 's3:DeleteObject*'], locked));
    await narrow.fail(put({ 'x-amz-tagging': 'a=b' }), 403, 'AccessDenied');
    await narrow.fail(put(retention), 403, 'AccessDenied');
    await narrow.fail(put({ 'x-amz-object-lock-legal-hold': 'ON' }), 403, 'AccessDenied');
    await narrow.succeed(put({}));
    const keeper = await withPolicy(allow(['s3:PutObject', 's3:PutObjectRetention'], locked));
    const version = (await keeper.succeed(put(retention))).headers.get('x-amz-version-id');
    const bypass = { 'x-amz-bypass-governance-retention': 'true' };
    const deletion = { method: 'DELETE', target: `/narrow-locked/k?versionId=${version}`, headers: bypass };
    await narrow.fail(deletion, 403, 'AccessDenied');
    const bypasser = await withPolicy(allow(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention'], locked));
    await bypasser.succeed(deletion);
  });

  test('holds for the source of a part', async () => {
    const begun = await owner.succeed({ method: 'POST', target: `/${BUCKET}/parts?uploads=`, body: '' });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString())?.[1];
    const copyPart = (source: string) => ({
      method: 'PUT',
      target: `/${BUCKET}/parts?partNumber=1&uploadId=${uploadId}`,
      body: '',
      headers: { 'x-amz-copy-source': `${BUCKET}/${source}` },
    });
    const narrow = await withPolicy(
      allow('s3:PutObject', `${ARN}${BUCKET}/parts`),
      allow('s3:GetObject', `${ARN}${BUCKET}/public/*`),
    );
    await narrow.succeed(copyPart('public/a'));
    await narrow.fail(copyPart('private/b'), 403, 'AccessDenied');
    await narrow.fail(copyPart('public/a?versionId=null'), 403, 'AccessDenied');
  });

  test('holds for what CreateBucket is asked for beside the bucket', async () => {
    const narrow = await withPolicy(allow('s3:CreateBucket', [`${ARN}made-*`]));
    await narrow.createBucket('made-plain');
    await narrow.fail({ method: 'PUT', target: '/other-name', body: '' }, 403, 'AccessDenied');
    const headers = { 'x-amz-bucket-object-lock-enabled': 'true' };
    await narrow.fail({ method: 'PUT', target: '/made-locked', body: '', headers }, 403, 'AccessDenied');
    const tags = '<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>';
    const body = `<CreateBucketConfiguration>${tags}</CreateBucketConfiguration>`;
    await narrow.fail({ method: 'PUT', target: '/made-tagged', body }, 403, 'AccessDenied');
  });

  test('holds for the version that a copy reads, and for the tags that go with it', async () => {
    await owner.put(BUCKET, 'tagged', { body: 'x', headers: { 'x-amz-tagging': 'a=b' } });
    const copy = (source: string) => ({
      method: 'PUT',
      target: `/${BUCKET}/copy`,
      body: '',
      headers: { 'x-amz-copy-source': `${BUCKET}/${source}` },
    });
    const narrow = await withPolicy(allow(['s3:GetObject', 's3:PutObject'], '*'));
    await narrow.succeed(copy('public/a'));
    await narrow.fail(copy('public/a?versionId=null'), 403, 'AccessDenied');
    await narrow.fail(copy('tagged'), 403, 'AccessDenied');
    const tags = ['s3:GetObjectTagging', 's3:PutObjectTagging'];
    await (await withPolicy(allow(['s3:GetObject', 's3:PutObject', ...tags], '*'))).succeed(copy('tagged'));
  });
});

describe('DeleteObjects with a narrowed key', () => {
  /** What became of each key: 'Deleted' or the code of its error. */
  async function deleteAll(account: Conversation, keys: readonly string[]): Promise<Record<string, string>> {
    const objects = keys.map((key) => {
      const [name = '', version] = key.split('@');
      return `<Object><Key>${name}</Key>${version === undefined ? '' : `<VersionId>${version}</VersionId>`}</Object>`;
    });
    const body = `<Delete>${objects.join('')}</Delete>`;
    const headers = { 'x-amz-checksum-sha256': Buffer.from(sha256(body), 'hex').toString('base64') };
    const reply = await account.succeed({ method: 'POST', target: `/${BUCKET}?delete=`, body, headers });
    const textIn = (node: XmlElement, name: string) => node.elements.find((child) => child.name === name)?.text ?? '';
    return Object.fromEntries(
      xmlOf(reply).elements.map((node) => [
        textIn(node, 'Key') + (textIn(node, 'VersionId') === '' ? '' : `@${textIn(node, 'VersionId')}`),
        node.name === 'Deleted' ? 'Deleted' : textIn(node, 'Code'),
      ]),
    );
  }

  test('decides each key by itself', async () => {
    for (const key of ['del/a', 'del/b', 'keep/a']) await owner.put(BUCKET, key, { body: 'x' });
    const narrow = await withPolicy(allow('s3:DeleteObject', `${ARN}${BUCKET}/del/*`), {
      Effect: 'Deny',
      Action: '*',
      Resource: `${ARN}${BUCKET}/del/b`,
    });
    assert.deepEqual(await deleteAll(narrow, ['del/a', 'del/b', 'keep/a', 'del/none', 'del/a@null']), {
      'del/a': 'Deleted',
      'del/b': 'AccessDenied',
      'keep/a': 'AccessDenied',
      'del/none': 'Deleted',
      'del/a@null': 'AccessDenied',
    });
    assert.deepEqual(await Promise.all(['del/a', 'del/b', 'keep/a'].map((key) => owner.read(BUCKET, key))), [
      undefined,
      'x',
      'x',
    ]);
  });

  test('deletes versions by an action of their own', async () => {
    await owner.put(BUCKET, 'del/v', { body: 'x' });
    const narrow = await withPolicy(allow('s3:DeleteObjectVersion', `${ARN}${BUCKET}/del/*`));
    assert.deepEqual(await deleteAll(narrow, ['del/v@null', 'del/v']), {
      'del/v@null': 'Deleted',
      'del/v': 'AccessDenied',
    });
  });

  test('is refused for each key to who may do nothing in the bucket', async () => {
    const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
    const body = '<Delete><Object><Key>keep/a</Key></Object></Delete>';
    const headers = { 'x-amz-checksum-sha256': Buffer.from(sha256(body), 'hex').toString('base64') };
    const reply = await stranger.send({ method: 'POST', target: `/${BUCKET}?delete=`, body, headers });
    assert.equal(reply.status, 200);
    assert.match(reply.body.toString(), /<Key>keep\/a<\/Key><Code>AccessDenied<\/Code>/);
  });
});
