import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { MISSING_KEY, NOT_APPLICABLE, TestKey, WRONG_KEY } from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';
import type { WireReply } from '../../../support/wire.ts';

const Bucket = 'keys';
const SSE = 'x-amz-server-side-encryption';
const target = `/${Bucket}/sealed`;
/** A body that is kept in the database, and one that is not. */
const BODIES = { inline: 'contents', blob: 'contents'.repeat(20_000) };

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
const mine = new TestKey();
const other = new TestKey();

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  await client.send(new CreateBucketCommand({ Bucket }));
  await put('sealed', mine.target);
});
after(() => gateway.stop());

const put = (Key: string, input = {}, Body = BODIES.inline) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...input }));

async function get(Key: string, input = {}) {
  const found = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return { ...found, text: await found.Body?.transformToString() };
}

const missing = s3Failure('InvalidRequest', 400, MISSING_KEY);
const wrong = s3Failure('AccessDenied', 403, WRONG_KEY);
const notApplicable = s3Failure('InvalidRequest', 400, NOT_APPLICABLE);

function assertSealed({ headers }: WireReply): void {
  assert.equal(headers.get(`${SSE}-customer-algorithm`), 'AES256');
  assert.equal(headers.get(`${SSE}-customer-key-md5`), mine.md5);
  assert.equal(headers.get(`${SSE}-customer-key`), undefined);
  assert.equal(headers.get(SSE), undefined);
}

describe("what a customer's key encrypts", () => {
  for (const [what, body] of Object.entries(BODIES)) {
    test(`is stored and read with the key, and the key is named in each reply: ${what}`, async () => {
      const at = { target: `/${Bucket}/${what}` };
      assertSealed(await root.succeed({ ...at, method: 'PUT', body, headers: mine.headers }));
      const reply = await root.succeed({ ...at, headers: mine.headers });
      assertSealed(reply);
      assert.equal(reply.body.toString(), body);
      assertSealed(await root.succeed({ ...at, method: 'HEAD', headers: mine.headers }));
      assertSealed(await root.succeed({ ...at, headers: { ...mine.headers, range: 'bytes=1-3' } }));
    });

    test(`is refused without the key and with another one, before a byte of it: ${what}`, async () => {
      await put(what, mine.target, body);
      for (const Range of [undefined, 'bytes=1-3']) {
        await assert.rejects(get(what, { Range }), missing);
        await assert.rejects(get(what, { Range, ...other.target }), wrong);
      }
    });
  }

  test('tells nothing of itself without the key', async () => {
    const attributes = { Bucket, Key: 'sealed', ObjectAttributes: ['ETag' as const] };
    await assert.rejects(client.send(new GetObjectAttributesCommand(attributes)), missing);
    await assert.rejects(client.send(new GetObjectAttributesCommand({ ...attributes, ...other.target })), wrong);
    const { ETag } = await client.send(new GetObjectAttributesCommand({ ...attributes, ...mine.target }));
    assert.equal(`"${ETag}"`, (await get('sealed', mine.target)).ETag);

    for (const [headers, status] of [
      [{}, 400],
      [other.headers, 403],
    ] as const) {
      const reply = await root.send({ method: 'HEAD', target, headers });
      assert.equal(reply.status, status);
      assert.equal(reply.headers.get('etag'), undefined);
      assert.equal(reply.headers.get('last-modified'), undefined);
    }
  });

  test('is asked for before its conditions are', async () => {
    const { ETag = '' } = await get('sealed', mine.target);
    for (const [name, value, status] of [
      ['if-none-match', ETag, 304],
      ['if-match', '"another"', 412],
    ] as const) {
      const condition = { [name]: value };
      await root.fail({ target, headers: condition }, 400, 'InvalidRequest');
      await root.fail({ target, headers: { ...condition, ...other.headers } }, 403, 'AccessDenied');
      assert.equal((await root.send({ target, headers: { ...condition, ...mine.headers } })).status, status);
    }
  });

  test('is listed with the size of its contents, and deleted without the key', async () => {
    await put('listed', mine.target, BODIES.blob);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'listed' }));
    assert.equal(Contents[0]?.Size, BODIES.blob.length);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'listed' }));
    await assert.rejects(get('listed', mine.target), { name: 'NoSuchKey' });
  });

  test('can have another key in each version', async () => {
    const versioned = { Bucket: 'versioned-keys', Key: 'sealed' };
    await client.send(new CreateBucketCommand(versioned));
    await client.send(new PutBucketVersioningCommand({ ...versioned, VersioningConfiguration: { Status: 'Enabled' } }));
    const keys = [mine, other, undefined];
    const versions: (string | undefined)[] = [];
    for (const [index, key] of keys.entries()) {
      const stored = await client.send(new PutObjectCommand({ ...versioned, Body: `body ${index}`, ...key?.target }));
      versions.push(stored.VersionId);
    }
    for (const [index, VersionId] of versions.entries()) {
      for (const key of keys) {
        const found = get(versioned.Key, { ...versioned, VersionId, ...key?.target });
        if (key === keys[index]) assert.equal((await found).text, `body ${index}`);
        else if (keys[index] === undefined) await assert.rejects(found, notApplicable);
        else await assert.rejects(found, key === undefined ? missing : wrong);
      }
    }
  });
});

describe("a customer's key", () => {
  test('is refused for what is encrypted otherwise, or not at all', async () => {
    for (const input of [{}, { ServerSideEncryption: 'AES256' }, { ServerSideEncryption: 'aws:kms' }]) {
      await put('otherwise', input);
      const attributes = { Bucket, Key: 'otherwise', ObjectAttributes: ['ETag' as const], ...mine.target };
      await assert.rejects(get('otherwise', mine.target), notApplicable);
      await assert.rejects(client.send(new GetObjectAttributesCommand(attributes)), notApplicable);
      const reply = await root.send({ method: 'HEAD', target: `/${Bucket}/otherwise`, headers: mine.headers });
      assert.deepEqual([reply.status, reply.headers.get('etag')], [400, undefined]);
    }
  });

  for (const [what, headers, code, message] of [
    [
      'without an algorithm',
      { [`${SSE}-customer-key`]: mine.key.toString('base64'), [`${SSE}-customer-key-md5`]: mine.md5 },
      'InvalidArgument',
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
    ],
    [
      'of another algorithm',
      { ...mine.headers, [`${SSE}-customer-algorithm`]: 'AES192' },
      'InvalidEncryptionAlgorithmError',
      'The Encryption request you specified is not valid. Supported value: AES256.',
    ],
    [
      'that is not there',
      { [`${SSE}-customer-algorithm`]: 'AES256' },
      'InvalidArgument',
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
    ],
    [
      'of another digest',
      { ...mine.headers, [`${SSE}-customer-key-md5`]: other.md5 },
      'InvalidArgument',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
    [
      'beside another encryption',
      { ...mine.headers, [SSE]: 'AES256' },
      'InvalidArgument',
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    ],
  ] as const) {
    test(`${what} is ${code}, and nothing is stored`, async () => {
      const error = await root.fail({ method: 'PUT', target: `/${Bucket}/refused`, body: 'x', headers }, 400, code);
      assert.equal(textOf(error, 'Message'), message);
      assert.equal(textOf(error, 'ArgumentName'), SSE);
      assert.equal(await root.read(Bucket, 'refused'), undefined);
      assert.doesNotMatch(
        JSON.stringify(error),
        new RegExp(mine.key.toString('base64').slice(0, 20).replace('+', '.')),
      );
    });
  }

  test('is not taken for what to encrypt with by what only reads', async () => {
    for (const header of [SSE, `${SSE}-aws-kms-key-id`, `${SSE}-context`, `${SSE}-bucket-key-enabled`]) {
      const error = await root.fail({ target, headers: { [header]: 'AES256' } }, 400, 'InvalidArgument');
      assert.equal(textOf(error, 'Message'), `${header} header is not supported for this operation.`);
      assert.equal((await root.send({ method: 'HEAD', target, headers: { [header]: 'AES256' } })).status, 400);
    }
  });

  test('is refused by name where an operation has no use for it', async () => {
    for (const request of [
      { method: 'PUT', target: '/another-bucket', body: '' },
      { method: 'DELETE', target },
      { target: `${target}?tagging` },
    ]) {
      await root.fail({ ...request, headers: mine.headers }, 501, 'NotImplemented');
    }
  });
});

describe("where customers' keys may not come over plain HTTP", () => {
  let strict: TestGateway;
  let direct: Conversation;
  const SECURE =
    'Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.';
  const proxied = { 'x-forwarded-proto': 'https' };
  before(async () => {
    strict = await startGateway({
      GATEHOUSE_SSE_C_OVER_HTTP: 'forbid',
      GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
    });
    direct = new Conversation(strict);
    await direct.createBucket(Bucket);
  });
  after(() => strict.stop());

  test('they are refused, whatever they are for, and nothing else is', async () => {
    const sealed = { target, headers: mine.headers };
    for (const request of [
      { ...sealed, method: 'PUT', body: 'x' },
      sealed,
      { ...sealed, method: 'POST', target: `${target}?uploads=`, body: '' },
      { method: 'PUT', target, headers: { 'x-amz-copy-source': target, ...mine.sourceHeaders } },
    ]) {
      const error = await direct.fail(request, 400, 'InvalidRequest');
      assert.equal(textOf(error, 'Message'), SECURE);
    }
    assert.equal((await direct.send({ ...sealed, method: 'HEAD' })).status, 400);
    await direct.put(Bucket, 'other', { body: 'x', headers: { [SSE]: 'AES256' } });
  });

  test('they are taken over TLS, of which a trusted proxy tells', async () => {
    const headers = { ...mine.headers, ...proxied };
    await direct.put(Bucket, 'sealed', { body: 'x', headers });
    assert.equal((await direct.succeed({ target, headers })).body.toString(), 'x');
    const copy = { 'x-amz-copy-source': target, ...mine.sourceHeaders, ...proxied };
    await direct.put(Bucket, 'copy', { headers: copy });
  });

  test('they are taken where the public URL is one of TLS', async () => {
    const settings = { GATEHOUSE_SSE_C_OVER_HTTP: 'forbid', GATEHOUSE_PUBLIC_S3_URL: 'https://s3.example.test' };
    const published = await startGateway(settings);
    try {
      const conversation = new Conversation(published);
      await conversation.createBucket(Bucket);
      await conversation.put(Bucket, 'sealed', { body: 'x', headers: mine.headers });
    } finally {
      await published.stop();
    }
  });

  test('a proxy that nobody trusts is not believed', async () => {
    const doubting = await startGateway({ GATEHOUSE_SSE_C_OVER_HTTP: 'forbid' });
    try {
      const conversation = new Conversation(doubting);
      await conversation.createBucket(Bucket);
      const request = { method: 'PUT', target, body: 'x', headers: { ...mine.headers, ...proxied } };
      await conversation.fail(request, 400, 'InvalidRequest');
    } finally {
      await doubting.stop();
    }
  });
});
