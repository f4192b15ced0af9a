import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type ObjectIdentifier,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf } from '../../../../gateway/services/checksums.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const BUCKET = 'shelf';

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
});
after(() => gateway.stop());

async function put(...keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }))));
}

async function keysUnder(prefix: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

function remove(objects: ObjectIdentifier[], quiet = false) {
  return client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: objects, Quiet: quiet } }));
}

/** The request as plain XML: what no SDK would send. */
async function post(xml: string, headers?: Readonly<Record<string, string>>) {
  const md5 = hash('md5', xml, 'base64');
  const response = await gateway.fetchSigned(`/${BUCKET}?delete`, {
    method: 'POST',
    headers: headers ?? { 'content-md5': md5 },
    body: xml,
  });
  const body = await response.text();
  return { status: response.status, code: /<Code>(.*?)<\/Code>/.exec(body)?.[1], body };
}

test('DeleteObjects deletes what is there and reports what is not there as deleted too', async () => {
  await put('plain/a', 'plain/b', 'plain/c');
  const { Deleted, Errors } = await remove([{ Key: 'plain/a' }, { Key: 'plain/missing' }, { Key: 'plain/c' }]);
  assert.deepEqual(Deleted, [{ Key: 'plain/a' }, { Key: 'plain/missing' }, { Key: 'plain/c' }]);
  assert.equal(Errors, undefined);
  assert.deepEqual(await keysUnder('plain/'), ['plain/b']);
});

test('DeleteObjects takes a thousand keys', async () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
  await put(...keys.slice(0, 100), 'many/kept');
  const { Deleted = [] } = await remove(keys.map((Key) => ({ Key })));
  assert.deepEqual(
    Deleted.map(({ Key }) => Key),
    keys,
  );
  assert.deepEqual(await keysUnder('many/'), ['many/kept']);
});

test('DeleteObjects is quiet about what it deleted when asked to', async () => {
  await put('quiet/a');
  const { Deleted, Errors = [] } = await remove([{ Key: 'quiet/a' }, { Key: 'quiet/b', VersionId: 'old' }], true);
  assert.equal(Deleted, undefined);
  assert.deepEqual(
    Errors.map(({ Key, Code }) => [Key, Code]),
    [['quiet/b', 'NoSuchVersion']],
  );
  assert.deepEqual(await keysUnder('quiet/'), []);
});

test('one key that cannot be deleted does not keep the others', async () => {
  await put('mixed/a', 'mixed/b');
  const { Deleted, Errors = [] } = await remove([
    { Key: 'mixed/a' },
    { Key: 'k'.repeat(1025) },
    { Key: 'mixed/a', VersionId: '3HL4kqtJlcpXroDTDmjVBH40Nrjfkd' },
    { Key: 'mixed/b', VersionId: 'null' },
  ]);
  assert.deepEqual(Deleted, [{ Key: 'mixed/a' }, { Key: 'mixed/b', VersionId: 'null' }]);
  assert.deepEqual(
    Errors.map(({ Code, Message, VersionId }) => ({ Code, Message, VersionId })),
    [
      { Code: 'KeyTooLongError', Message: 'Your key is too long', VersionId: undefined },
      {
        Code: 'NoSuchVersion',
        Message: 'The specified version does not exist.',
        VersionId: '3HL4kqtJlcpXroDTDmjVBH40Nrjfkd',
      },
    ],
  );
  assert.deepEqual(await keysUnder('mixed/'), []);
});

test('an ETag makes the deletion of its key conditional', async () => {
  await put('tag/same', 'tag/other', 'tag/any');
  const etag = hash('md5', 'tag/same', 'hex');
  const { Deleted, Errors = [] } = await remove([
    { Key: 'tag/same', ETag: `"${etag}"` },
    { Key: 'tag/other', ETag: `"${etag}"` },
    { Key: 'tag/any', ETag: '*' },
    { Key: 'tag/gone', ETag: '*' },
  ]);
  assert.deepEqual(Deleted, [{ Key: 'tag/same' }, { Key: 'tag/any' }]);
  assert.deepEqual(
    Errors.map(({ Key, Code }) => [Key, Code]),
    [
      ['tag/other', 'PreconditionFailed'],
      ['tag/gone', 'NoSuchKey'],
    ],
  );
  assert.deepEqual(await keysUnder('tag/'), ['tag/other']);
});

test('the conditions of directory buckets are refused key by key and never ignored', async () => {
  await put('size/a', 'size/b', 'size/c');
  const { Deleted, Errors = [] } = await remove([
    { Key: 'size/a', Size: 1 },
    { Key: 'size/b', LastModifiedTime: new Date(0) },
    { Key: 'size/c' },
  ]);
  assert.deepEqual(Deleted, [{ Key: 'size/c' }]);
  assert.deepEqual(
    Errors.map(({ Code }) => Code),
    ['NotImplemented', 'NotImplemented'],
  );
  assert.deepEqual(await keysUnder('size/'), ['size/a', 'size/b']);
});

test('odd keys come and go as they are', async () => {
  const keys = ['odd/ a ', 'odd/&<>"\'', 'odd/ü/😀', 'odd/../b//c', 'odd/%20+'];
  await put(...keys);
  const { Deleted = [] } = await remove(keys.map((Key) => ({ Key })));
  assert.deepEqual(
    Deleted.map(({ Key }) => Key),
    keys,
  );
  assert.deepEqual(await keysUnder('odd/'), []);
});

test('a carriage return in a key is named by a character reference, both ways', async () => {
  await put('cr/a\rb');
  const { status, body } = await post('<Delete><Object><Key>cr/a&#13;b</Key></Object></Delete>');
  assert.equal(status, 200);
  assert.match(body, /<Deleted><Key>cr\/a&#xD;b<\/Key><\/Deleted>/);
  assert.deepEqual(await keysUnder('cr/'), []);
});

test('DeleteObjects needs a digest of its body', async () => {
  await put('digest/a');
  const { status, code, body } = await post('<Delete><Object><Key>digest/a</Key></Object></Delete>', {});
  assert.deepEqual({ status, code }, { status: 400, code: 'InvalidRequest' });
  assert.match(body, /<Message>Missing required header for this request: Content-MD5<\/Message>/);
  assert.deepEqual(await keysUnder('digest/'), ['digest/a']);
});

test('a digest that disagrees deletes nothing', async () => {
  await put('bad/a');
  const xml = '<Delete><Object><Key>bad/a</Key></Object></Delete>';
  const checksums = CHECKSUM_ALGORITHMS.map((algorithm) => digestHeader(algorithm, 'something else'));
  for (const headers of [{ 'content-md5': hash('md5', 'something else', 'base64') }, ...checksums]) {
    const { status, code } = await post(xml, headers);
    assert.deepEqual({ status, code }, { status: 400, code: 'BadDigest' });
  }
  assert.deepEqual(await keysUnder('bad/'), ['bad/a']);
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`a ${algorithm} will do for the digest`, async () => {
    await put('checksum/a');
    const xml = '<Delete><Object><Key>checksum/a</Key></Object></Delete>';
    const { status } = await post(xml, digestHeader(algorithm, xml));
    assert.equal(status, 200);
    assert.deepEqual(await keysUnder('checksum/'), []);
  });
}

function digestHeader(algorithm: ChecksumAlgorithm, text: string): Record<string, string> {
  const value = checksumOf(algorithm, Buffer.from(text)).toString('base64');
  return { [`x-amz-checksum-${algorithm.toLowerCase()}`]: value };
}

test('a body that is not the documented XML is MalformedXML and deletes nothing', async () => {
  await put('xml/a');
  const one = '<Object><Key>xml/a</Key></Object>';
  const bodies = [
    '<Delete></Delete>',
    '<Delete><Object></Object></Delete>',
    `<Delete>${one}`,
    `<Remove>${one}</Remove>`,
    `<Delete>${one}<Quiet>perhaps</Quiet></Delete>`,
    `<Delete>${one.repeat(1001)}</Delete>`,
  ];
  for (const body of bodies) {
    const { status, code } = await post(body);
    assert.deepEqual({ status, code }, { status: 400, code: 'MalformedXML' }, body.slice(0, 60));
  }
  assert.deepEqual(await keysUnder('xml/'), ['xml/a']);
});

test('no body at all is MissingRequestBodyError', async () => {
  const { status, code } = await post('');
  assert.deepEqual({ status, code }, { status: 400, code: 'MissingRequestBodyError' });
});

test('DeleteObjects in a bucket of somebody else is AccessDenied for each key', async () => {
  await put('theirs/a');
  const stranger = gateway.client(await gateway.addUser('stranger'));
  const { Deleted, Errors } = await stranger.send(
    new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: 'theirs/a' }] } }),
  );
  assert.deepEqual([Deleted, Errors?.map(({ Key, Code }) => [Key, Code])], [undefined, [['theirs/a', 'AccessDenied']]]);
  assert.deepEqual(await keysUnder('theirs/'), ['theirs/a']);
});
