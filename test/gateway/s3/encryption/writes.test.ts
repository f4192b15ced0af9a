import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { Conversation } from '../../../support/conversation.ts';
import { kmsKey, MODE_NAMES, TestKey, type TestMode, testMode } from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'writes';
const SSE = 'x-amz-server-side-encryption';
const BODIES = { inline: Buffer.from('contents'), blob: Buffer.alloc(200_000, 'contents') };
const CONTEXT = { team: 'photos', größe: 'ü' };
const ENCODED_CONTEXT = Buffer.from(JSON.stringify(CONTEXT)).toString('base64');

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let kmsKeyId: string;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  kmsKeyId = (await kmsKey(gateway, 'create')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const put = (Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: BODIES.inline, ...input }));
const head = (Key: string, input = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...input }));

async function get(Key: string, input = {}) {
  const found = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return { ...found, bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []) };
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

for (const name of MODE_NAMES) {
  describe(`with ${name}`, () => {
    let mode: TestMode;
    before(() => {
      mode = testMode(name, kmsKeyId);
    });

    for (const [what, body] of Object.entries(BODIES)) {
      test(`an ETag is the MD5 of the contents where S3 says so, and no other time: ${what}`, async () => {
        const stored = await put(what, { Body: body, ...mode.write });
        const isMd5 = name === 'none' || name === 'SSE-S3';
        assert.match(stored.ETag ?? '', /^"[0-9a-f]{32}"$/);
        assert.equal(stored.ETag === `"${md5(body)}"`, isMd5);
        assert.equal((await head(what, mode.read)).ETag, stored.ETag);
        const again = await put(`${what} again`, { Body: body, ...mode.write });
        assert.equal(again.ETag === stored.ETag, isMd5, 'who compares hidden ETags learns nothing');
      });

      test(`every checksum is compared with the contents, kept and told: ${what}`, async () => {
        for (const algorithm of CHECKSUM_ALGORITHMS) {
          const field = `Checksum${algorithm}`;
          const value = checksumOf(algorithm, body).toString('base64');
          const stored = await put('summed', { Body: body, ...mode.write, [field]: value });
          assert.equal(stored[field as 'ChecksumCRC32'], value);
          const told = await head('summed', { ChecksumMode: 'ENABLED', ...mode.read });
          assert.equal(told[field as 'ChecksumCRC32'], value);
          const wrong = checksumOf(algorithm, Buffer.from('other')).toString('base64');
          const damaged = put('damaged', { Body: body, ...mode.write, [field]: wrong });
          await assert.rejects(
            damaged,
            s3Failure('BadDigest', 400, new RegExp(`^The ${algorithm} you specified did not`)),
          );
        }
        await assert.rejects(head('damaged', mode.read), { name: 'NotFound' });
      });

      test(`Content-MD5 is compared with the contents: ${what}`, async () => {
        const ContentMD5 = Buffer.from(md5(body), 'hex').toString('base64');
        await put('digested', { Body: body, ...mode.write, ContentMD5 });
        const other = put('damaged', { Body: Buffer.concat([body, body]), ...mode.write, ContentMD5 });
        await assert.rejects(other, s3Failure('BadDigest', 400, /^The Content-MD5 you specified did not match/));
        await assert.rejects(head('damaged', mode.read), { name: 'NotFound' });
      });
    }

    test('a form stores as its fields say', async () => {
      const Fields = fieldsOf(mode);
      const { fields } = await createPresignedPost(client, { Bucket, Key: 'posted', Fields });
      const form = new FormData();
      for (const [field, value] of Object.entries(fields)) form.append(field, value);
      form.append('file', new Blob(['posted']));
      const response = await fetch(`${gateway.s3Url}/${Bucket}`, { method: 'POST', body: form });
      assert.equal(response.status, 204, await response.text());
      mode.check(toldBy(response.headers));
      const found = await get('posted', mode.read);
      mode.check(found);
      assert.equal(found.bytes.toString(), 'posted');
    });

    test('a presigned URL stores and reads with the headers that it was signed for', async () => {
      const Key = 'presigned';
      const headers = name === 'none' ? {} : fieldsOf(mode);
      const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key, ...mode.write }), {
        unhoistableHeaders: new Set(Object.keys(headers)),
      });
      const stored = await fetch(url, { method: 'PUT', body: 'presigned', headers });
      assert.equal(stored.status, 200, await stored.text());
      mode.check(toldBy(stored.headers));
      const reading = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key, ...mode.read }), {
        unhoistableHeaders: new Set(Object.keys(headers)),
      });
      const found = await fetch(reading, { headers: name === 'SSE-C' ? headers : {} });
      assert.equal(await found.text(), 'presigned');
      mode.check(toldBy(found.headers));
      // Without what it was signed for it is another request.
      if (name !== 'none') assert.equal((await fetch(url, { method: 'PUT', body: 'presigned' })).status, 403);
    });
  });
}

/** A mode as the fields of a form, or the headers of a request, say it. */
function fieldsOf({ name, write }: TestMode): Record<string, string> {
  if (name === 'none') return {};
  if (name === 'SSE-S3') return { [SSE]: 'AES256' };
  if (name === 'SSE-KMS') return { [SSE]: 'aws:kms', [`${SSE}-aws-kms-key-id`]: write.SSEKMSKeyId ?? '' };
  const key = write.SSECustomerKey ?? '';
  return {
    [`${SSE}-customer-algorithm`]: 'AES256',
    [`${SSE}-customer-key`]: key,
    [`${SSE}-customer-key-md5`]: createHash('md5').update(Buffer.from(key, 'base64')).digest('base64'),
  };
}

function toldBy(headers: Headers) {
  const of = (name: string) => headers.get(`${SSE}${name}`) ?? undefined;
  return {
    ServerSideEncryption: of('') as 'AES256' | 'aws:kms' | undefined,
    SSEKMSKeyId: of('-aws-kms-key-id'),
    SSECustomerAlgorithm: of('-customer-algorithm'),
    SSECustomerKeyMD5: of('-customer-key-md5'),
  };
}

describe('SSE-KMS', () => {
  const kms = { ServerSideEncryption: 'aws:kms' } as const;

  test('takes a key by its id, its ARN, its alias and the ARN of that', async () => {
    const arn = `arn:aws:kms:us-east-1:000000000000:key/${kmsKeyId}`;
    for (const SSEKMSKeyId of [kmsKeyId, arn, 'alias/photos', 'arn:aws:kms:us-east-1:123456789012:alias/photos']) {
      assert.equal((await put('named', { ...kms, SSEKMSKeyId })).SSEKMSKeyId, arn, SSEKMSKeyId);
    }
  });

  test('refuses a key that is not there, and stores nothing', async () => {
    for (const [SSEKMSKeyId, message] of [
      ['fake-key-id', /^Invalid keyId 'fake-key-id'$/],
      ['134f2428-cec1-4b25-a1ae-9048164dba47', /^Key 'arn:aws:kms:us-east-1:\d{12}:key\/134f2428-.*' does not exist$/],
      [`arn:aws:kms:us-west-2:000000000000:key/${kmsKeyId}`, /^Invalid arn us-west-2$/],
    ] as const) {
      await assert.rejects(put('sealed', { ...kms, SSEKMSKeyId }), s3Failure('KMS.NotFoundException', 400, message));
    }
    await assert.rejects(head('sealed'), { name: 'NotFound' });
  });

  test('tells the context to who writes, and to nobody who reads', async () => {
    const stored = await put('context', { ...kms, SSEKMSEncryptionContext: ENCODED_CONTEXT });
    const told = Buffer.from(stored.SSEKMSEncryptionContext ?? '', 'base64').toString();
    assert.deepEqual(JSON.parse(told), CONTEXT);
    const reply = await root.succeed({ target: `/${Bucket}/context` });
    assert.equal(reply.headers.get(SSE), 'aws:kms');
    assert.equal(reply.headers.get(`${SSE}-context`), undefined);
    assert.equal(reply.body.toString(), 'contents');
  });

  test('tells that there is a bucket key, and nothing where there is none', async () => {
    const told = async (BucketKeyEnabled?: boolean) => {
      const stored = await put('bucket-key', { ...kms, BucketKeyEnabled });
      return [stored.BucketKeyEnabled, (await head('bucket-key')).BucketKeyEnabled];
    };
    assert.deepEqual(await told(true), [true, true]);
    assert.deepEqual(await told(false), [undefined, undefined]);
    assert.deepEqual(await told(), [undefined, undefined]);
  });

  for (const [what, headers, message] of [
    [
      'a key',
      { [`${SSE}-aws-kms-key-id`]: 'alias/photos' },
      /requires HTTP header x-amz-server-side-encryption : aws:kms$/,
    ],
    ['a context', { [`${SSE}-context`]: 'e30=' }, /requires HTTP header x-amz-server-side-encryption : aws:kms$/],
    [
      'a context that is no object',
      { [SSE]: 'aws:kms', [`${SSE}-context`]: 'W10=' },
      /^The header '.*' shall be Base64/,
    ],
    ['another method', { [SSE]: 'aes:kms' }, /^The encryption method specified is not supported$/],
    ['no method', { [SSE]: '' }, /^The encryption method specified is not supported$/],
  ] as const) {
    test(`is InvalidArgument for ${what} alone, and nothing is stored`, async () => {
      const request = { method: 'PUT', target: `/${Bucket}/refused`, body: 'x', headers };
      const error = await root.fail(request, 400, 'InvalidArgument');
      assert.match(textOf(error, 'Message') ?? '', message);
      assert.equal(await root.read(Bucket, 'refused'), undefined);
    });
  }
});

test('what a presigned URL says of encryption in its query counts', async () => {
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'hoisted' }));
  assert.doesNotMatch(url, /server-side-encryption/);
  const { presignUrl } = await import('../../../../signer/index.ts');
  const hoisted = presignUrl({
    method: 'PUT',
    url: new URL(`${gateway.s3Url}/${Bucket}/hoisted?X-Amz-Server-Side-Encryption=AES256`),
    credentials: { accessKey: gateway.accessKey, secretKey: gateway.secretKey },
    region: 'us-east-1',
    expiresInSeconds: 60,
    now: Date.now(),
  });
  const response = await fetch(hoisted, { method: 'PUT', body: 'hoisted' });
  assert.equal(response.status, 200, await response.text());
  assert.equal((await head('hoisted')).ServerSideEncryption, 'AES256');
});

test("a presigned URL of a customer's object needs the key with each request", async () => {
  const mine = new TestKey();
  await put('for-some', mine.target);
  const unhoistableHeaders = new Set(Object.keys(mine.headers));
  const command = new GetObjectCommand({ Bucket, Key: 'for-some', ...mine.target });
  const url = await getSignedUrl(client, command, { unhoistableHeaders });
  assert.ok(!url.includes(encodeURIComponent(mine.key.toString('base64'))));
  assert.equal((await fetch(url, { headers: mine.headers })).status, 200);
  assert.equal((await fetch(url)).status, 403);
  const bare = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'for-some' }));
  const response = await fetch(bare);
  assert.equal(response.status, 400);
  assert.match(await response.text(), /<Code>InvalidRequest<\/Code>/);
});
