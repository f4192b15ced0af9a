import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { assertDocumentRows } from '../../support/document-rows.ts';
import { addDocumentUser, addIndex, type DocumentUser } from '../../support/documents.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { s3Failure } from '../../support/s3-failure.ts';

const MIB = 1024 ** 2;
const BY_AGE = { name: 'age_1', fields: [{ path: 'age', isDescending: false }], isUnique: false, isSparse: false };
const BY_MAIL = { name: 'mail_1', fields: [{ path: 'mail', isDescending: false }], isUnique: true, isSparse: true };

describe('documents as objects', () => {
  let gateway: TestGateway;
  let user: DocumentUser;
  let count = 0;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_INLINE_LIMIT: '0' });
  });
  after(() => gateway.stop());
  afterEach(() => assertDocumentRows(gateway.dataFolder));

  const fresh = async () => {
    count += 1;
    user = await addDocumentUser(gateway, `user${count}`);
    await addIndex(gateway, { bucket: user.bucket, collection: 'workers', ...BY_AGE });
    await addIndex(gateway, { bucket: user.bucket, collection: 'workers', ...BY_MAIL });
    return user;
  };
  const put = (Key: string, Body: string | Uint8Array, more: object = {}) =>
    user.s3.send(new PutObjectCommand({ Bucket: user.bucket, Key, Body, ...more }));
  const get = async (Key: string, more: object = {}) => {
    const { Body } = await user.s3.send(new GetObjectCommand({ Bucket: user.bucket, Key, ...more }));
    return Body?.transformToString();
  };
  const remove = (Key: string, more: object = {}) =>
    user.s3.send(new DeleteObjectCommand({ Bucket: user.bucket, Key, ...more }));
  const keys = async () => {
    const { Contents = [] } = await user.s3.send(new ListObjectsV2Command({ Bucket: user.bucket }));
    return Contents.map(({ Key }) => Key);
  };
  /** The ids of all documents, as the API sees them. */
  const stored = async (collection: string, id: string) => {
    const row = await gateway.services.buckets.find(user.bucket);
    assert.ok(row);
    const found = await gateway.services.databases.find(row, collection);
    return found && (await gateway.services.documentStore.find(found, id))?.document;
  };
  const rename = (from: string, to: string) =>
    gateway.fetchSigned(`/${user.bucket}/${to}?renameObject`, {
      method: 'PUT',
      headers: { 'x-amz-rename-source': encodeURIComponent(from) },
      credentials: user.credentials,
    });

  test('a PUT of JSON is a document, whose bytes and ETag are those that were sent', async () => {
    await fresh();
    const body = '{ "age" : 41,\n "name": "Cary" }\n';
    const { ETag } = await put('workers/cary.json', body, {
      ContentType: 'application/json',
      Metadata: { from: 'test' },
    });
    assert.equal(ETag, `"${createHash('md5').update(body).digest('hex')}"`);
    assert.equal(await get('workers/cary.json'), body);
    const head = await user.s3.send(new HeadObjectCommand({ Bucket: user.bucket, Key: 'workers/cary.json' }));
    assert.deepEqual([head.ContentLength, head.Metadata], [body.length, { from: 'test' }]);
    assert.deepEqual(await stored('workers', 'cary'), { _id: 'cary', age: 41, name: 'Cary' });
    await put('workers/cary.json', '{"_id":"cary","age":42}');
    assert.deepEqual(await stored('workers', 'cary'), { _id: 'cary', age: 42 });
  });

  test('a PUT makes the collection that is not there yet', async () => {
    await fresh();
    await put('places/rome.json', '{"country":"it"}');
    assert.deepEqual(await stored('places', 'rome'), { _id: 'rome', country: 'it' });
  });

  test('an ObjectId follows from the key, and numbers are told by the body', async () => {
    await fresh();
    await put('workers/507f1f77bcf86cd799439011.json', '{"_id":{"$oid":"507f1f77bcf86cd799439011"}}');
    await put('workers/507f1f77bcf86cd799439012.json', '{}');
    await assert.rejects(
      put('workers/507f1f77bcf86cd799439013.json', '{"_id":"507f1f77bcf86cd799439013"}'),
      s3Failure('InvalidRequest', 400, /_id that is stored under another key: workers\/~/),
    );
    await assert.rejects(put('workers/1.json', '{"_id":1}'), s3Failure('InvalidRequest', 400, /another key/));
    await assert.rejects(put('workers/~03.json', '{}'), s3Failure('InvalidRequest', 400, /_id .* does not follow/));
  });

  test('what is no document is refused, and changes nothing', async () => {
    await fresh();
    const refused: readonly (readonly [string | Uint8Array, RegExp])[] = [
      ['', /not JSON/],
      ['{"a":', /not JSON/],
      ['[1]', /JSON object/],
      ['"text"', /JSON object/],
      ['{"a":1,"a":2}', /"a" comes twice/],
      ['{"a":{"b":1,"\\u0062":2}}', /comes twice/],
      ['{"__proto__":{"x":1}}', /__proto__/],
      ['{"a":[{"constructor":1}]}', /constructor/],
      ['{"\\u005f_proto__":1}', /__proto__/],
      [`${'{"a":'.repeat(102)}1${'}'.repeat(102)}`, /100 levels/],
      [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /UTF-8/],
      ['\ufeff{}', /not JSON/],
      ['{"a":"\\ud800"}', /Unicode/],
      ['{"a":{"$oid":"xyz"}}', /\$oid/],
      ['{"_id":"other"}', /another key: workers\/other\.json/],
      ['{"_id":[1]}', /cannot be an array/],
    ];
    for (const [body, message] of refused) {
      await assert.rejects(put('workers/x.json', body), s3Failure('InvalidRequest', 400, message), String(body));
    }
    assert.deepEqual(await keys(), []);
  });

  test('a document of 16 MiB is stored, and a longer one refused', async () => {
    await fresh();
    const text = (sizeBytes: number) => `{"a":"${'x'.repeat(sizeBytes - 8)}"}`;
    await put('workers/large.json', text(16 * MIB));
    const head = await user.s3.send(new HeadObjectCommand({ Bucket: user.bucket, Key: 'workers/large.json' }));
    assert.equal(head.ContentLength, 16 * MIB);
    await assert.rejects(
      put('workers/larger.json', text(16 * MIB + 1)),
      s3Failure('EntityTooLarge', 400, /16777216 bytes/),
    );
  });

  test('markers of folders are allowed, and all other keys are refused with a word on what the bucket is for', async () => {
    await fresh();
    await put('workers/', '');
    assert.deepEqual(await keys(), ['workers/']);
    await assert.rejects(put('workers/', 'x'), s3Failure('InvalidRequest', 400, /has no bytes/));
    for (const key of [
      'x.json',
      'workers/x.txt',
      'workers/a/b.json',
      '1x/a.json',
      'system.x/a.json',
      'workers/.json',
      'a/b/',
    ]) {
      await assert.rejects(put(key, '{}'), s3Failure('InvalidRequest', 400, /This bucket holds documents/), key);
    }
    await remove('workers/');
    assert.deepEqual(await keys(), []);
  });

  test('unique indexes hold', async () => {
    await fresh();
    await put('workers/a.json', '{"mail":"a@x"}');
    await assert.rejects(put('workers/b.json', '{"mail":"a@x"}'), s3Failure('DuplicateKey', 409, /E11000/));
    await put('workers/b.json', '{"mail":"b@x"}');
    await assert.rejects(put('workers/b.json', '{"mail":"a@x"}'), s3Failure('DuplicateKey', 409, /mail_1/));
    await remove('workers/a.json');
    await put('workers/b.json', '{"mail":"a@x"}');
  });

  test('conditions hold', async () => {
    await fresh();
    const { ETag } = await put('workers/a.json', '{"age":1}', { IfNoneMatch: '*' });
    await assert.rejects(put('workers/a.json', '{}', { IfNoneMatch: '*' }), s3Failure('PreconditionFailed', 412, /./));
    await put('workers/a.json', '{"age":2}', { IfMatch: ETag });
    await assert.rejects(put('workers/a.json', '{}', { IfMatch: ETag }), s3Failure('PreconditionFailed', 412, /./));
    await assert.rejects(put('workers/none.json', '{}', { IfMatch: ETag }), s3Failure('NoSuchKey', 404, /./));
    await assert.rejects(remove('workers/a.json', { IfMatch: ETag }), s3Failure('PreconditionFailed', 412, /./));
    assert.deepEqual(await stored('workers', 'a'), { _id: 'a', age: 2 });
  });

  test('of racing writers that want to be the first, one is', async () => {
    await fresh();
    const racers = Array.from({ length: 20 }, (_, age) =>
      put('workers/a.json', `{"age":${age}}`, { IfNoneMatch: '*' }),
    );
    const settled = await Promise.allSettled(racers);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    const all = Array.from({ length: 20 }, (_, age) => put('workers/a.json', `{"age":[${age},7]}`));
    await Promise.all(all);
  });

  test('DeleteObject and DeleteObjects delete documents', async () => {
    await fresh();
    for (const name of ['a', 'b', 'c']) await put(`workers/${name}.json`, '{"age":[1,2]}');
    await remove('workers/a.json');
    await remove('workers/a.json');
    await remove('nothing/a.json');
    const Objects = ['workers/b.json', 'workers/c.json', 'other.txt'].map((Key) => ({ Key }));
    const { Deleted = [], Errors } = await user.s3.send(
      new DeleteObjectsCommand({ Bucket: user.bucket, Delete: { Objects } }),
    );
    assert.deepEqual([Deleted.length, Errors], [3, undefined]);
    assert.deepEqual(await keys(), []);
  });

  test('CopyObject brings documents in, out and along', async () => {
    const { s3, bucket } = await fresh();
    await put('workers/a.json', '{"age":5}', { Metadata: { from: 'test' } });
    await s3.send(new CreateBucketCommand({ Bucket: `${bucket}-other` }));
    await s3.send(
      new CopyObjectCommand({ Bucket: `${bucket}-other`, Key: 'a', CopySource: `${bucket}/workers/a.json` }),
    );
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'places/a.json', CopySource: `${bucket}-other/a` }));
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'places/a.json' }));
    assert.deepEqual(head.Metadata, { from: 'test' });
    await put('workers/a.json', '{"age":6}');
    assert.deepEqual(await stored('places', 'a'), { _id: 'a', age: 5 });
    await s3.send(new PutObjectCommand({ Bucket: `${bucket}-other`, Key: 'text', Body: 'text' }));
    await assert.rejects(
      s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'places/b.json', CopySource: `${bucket}-other/text` })),
      s3Failure('InvalidRequest', 400, /not JSON/),
    );
    const large = `{"a":"${'x'.repeat(100_000)}"}`;
    await s3.send(new PutObjectCommand({ Bucket: `${bucket}-other`, Key: 'large', Body: large }));
    await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'places/c.json', CopySource: `${bucket}-other/large` }));
    assert.equal(await get('places/c.json'), large);
  });

  test("a browser's form stores a document, and is told what is none", async () => {
    const { s3, bucket } = await fresh();
    const post = async (content: string) => {
      const { url, fields } = await createPresignedPost(s3, { Bucket: bucket, Key: 'workers/form.json' });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([content]), 'form.json');
      const reply = await fetch(url, { method: 'POST', body: form });
      return { status: reply.status, text: await reply.text() };
    };
    assert.equal((await post('{"age":3}')).status, 204);
    assert.deepEqual(await stored('workers', 'form'), { _id: 'form', age: 3 });
    const refused = await post('{"age":');
    assert.equal(refused.status, 400);
    assert.match(refused.text, /<Code>InvalidRequest<.*not JSON/s);
    assert.deepEqual(await stored('workers', 'form'), { _id: 'form', age: 3 });
  });

  test('RenameObject moves a document to another collection, and to another id that its body does not contradict', async () => {
    await fresh();
    await put('workers/a.json', '{"age":1}');
    await put('workers/b.json', '{"_id":"b","age":2}');
    assert.equal((await rename('workers/a.json', 'retired/a.json')).status, 200);
    assert.equal(await stored('workers', 'a'), undefined);
    assert.deepEqual(await stored('retired', 'a'), { _id: 'a', age: 1 });
    assert.equal((await rename('retired/a.json', 'workers/z.json')).status, 200);
    assert.deepEqual(await stored('workers', 'z'), { _id: 'z', age: 1 });
    const refused = await rename('workers/b.json', 'workers/c.json');
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /<Code>InvalidRequest<.*another key/s);
    assert.equal((await rename('workers/b.json', 'workers/c.txt')).status, 400);
    assert.equal((await rename('workers/none.json', 'workers/c.json')).status, 404);
    assert.equal((await rename('workers/z.json', 'retired/b.json')).status, 200);
    assert.equal((await rename('workers/b.json', 'retired/b.json')).status, 200);
    assert.deepEqual(await stored('retired', 'b'), { _id: 'b', age: 2 });
  });

  test('an upload in parts becomes a document in one piece, or is refused', async () => {
    const { s3, bucket } = await fresh();
    const complete = async (Key: string, texts: readonly string[]) => {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key, Metadata: { x: 'y' } }),
      );
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for (const [at, Body] of texts.entries()) {
        const PartNumber = at + 1;
        const part = { Bucket: bucket, Key, UploadId, PartNumber, Body };
        const { ETag } = await s3.send(new UploadPartCommand(part));
        Parts.push({ ETag, PartNumber });
      }
      try {
        return await s3.send(
          new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts } }),
        );
      } catch (error) {
        await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
        throw error;
      }
    };
    const first = `{"age":7,"a":"${'x'.repeat(5 * MIB)}`;
    const { ETag } = await complete('workers/parts.json', [first, '"}']);
    assert.match(ETag ?? '', /-2"$/);
    assert.equal(await get('workers/parts.json'), `${first}"}`);
    assert.equal((await stored('workers', 'parts'))?.age, 7);
    await complete('workers/parts.json', ['{"age":8}']);
    assert.deepEqual(await stored('workers', 'parts'), { _id: 'parts', age: 8 });
    await assert.rejects(complete('workers/parts.json', [first, '"']), s3Failure('InvalidRequest', 400, /not JSON/));
    const pieces = [first, ...Array.from({ length: 3 }, () => 'x'.repeat(5 * MIB)), '"}'];
    await assert.rejects(complete('workers/parts.json', pieces), s3Failure('EntityTooLarge', 400, /./));
    await assert.rejects(complete('text.txt', ['x']), s3Failure('InvalidRequest', 400, /holds documents/));
    assert.deepEqual(await stored('workers', 'parts'), { _id: 'parts', age: 8 });
  });

  test('versions are kept where they are asked for, and indexes are right by what is current', async () => {
    const { s3, bucket } = await fresh();
    const enable = { Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' as const } };
    await s3.send(new PutBucketVersioningCommand(enable));
    const Key = 'workers/a.json';
    const first = await put(Key, '{"age":1,"mail":"a@x"}');
    const second = await put(Key, '{"age":[2,3]}');
    assert.equal(await get(Key, { VersionId: first.VersionId }), '{"age":1,"mail":"a@x"}');
    const third = await put(Key, '{"age":4}');
    await remove(Key, { VersionId: second.VersionId });
    assert.deepEqual(await stored('workers', 'a'), { _id: 'a', age: 4 });
    await remove(Key, { VersionId: third.VersionId });
    assert.deepEqual(await stored('workers', 'a'), { _id: 'a', age: 1, mail: 'a@x' });
    assertDocumentRows(gateway.dataFolder);
    const { VersionId: marker } = await remove(Key);
    assert.equal(await stored('workers', 'a'), undefined);
    assertDocumentRows(gateway.dataFolder);
    await put('workers/b.json', '{"mail":"a@x"}');
    await assert.rejects(remove(Key, { VersionId: marker }), s3Failure('DuplicateKey', 409, /mail_1/));
    await remove('workers/b.json');
    await remove(Key, { VersionId: marker });
    assert.deepEqual(await stored('workers', 'a'), { _id: 'a', age: 1, mail: 'a@x' });
    assert.equal((await rename(Key, 'retired/a.json')).status, 200);
    assertDocumentRows(gateway.dataFolder);
    await remove('never/was.json');
    await s3.send(new PutBucketVersioningCommand({ ...enable, VersioningConfiguration: { Status: 'Suspended' } }));
    await put('retired/a.json', '{"age":9}');
    await remove('retired/a.json');
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    for (const { Key: key = '', VersionId } of Versions) await remove(key, { VersionId });
  });

  test('encryption, storage classes, locks and rules that would take documents away are refused', async () => {
    const { s3, bucket } = await fresh();
    const key = 'workers/a.json';
    await assert.rejects(
      put(key, '{}', { ServerSideEncryption: 'AES256' }),
      s3Failure('InvalidRequest', 400, /encrypted/),
    );
    const encryption = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }] };
    await assert.rejects(
      s3.send(new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: encryption })),
      s3Failure('InvalidRequest', 400, /encrypt/),
    );
    const lock = { ObjectLockEnabled: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await assert.rejects(
      s3.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration: lock })),
      s3Failure('InvalidRequest', 400, /lock/),
    );
    const rule = (action: object) =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: { Rules: [{ ID: 'r', Status: 'Enabled', Filter: {}, ...action }] },
        }),
      );
    await assert.rejects(rule({ Expiration: { Days: 1 } }), s3Failure('InvalidRequest', 400, /An index can/));
    await rule({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } });
    await put(key, '{}');
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
    await s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging }));
  });

  test('the empty bucket of a database can be deleted, and comes again', async () => {
    const { s3, bucket } = await fresh();
    await put('workers/a.json', '{"age":1}');
    await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: bucket })), s3Failure('BucketNotEmpty', 409, /./));
    await remove('workers/a.json');
    await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    const account = await gateway.services.accounts.get(user.name);
    const again = await gateway.services.databases.open(account, {
      accountId: account.id,
      address: null,
      userAgent: null,
    });
    assert.equal(again.name, bucket);
    await put('workers/a.json', '{"age":1}');
  });
});
