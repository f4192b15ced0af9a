import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'begun';

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

function create(input: Partial<CreateMultipartUploadCommandInput> = {}) {
  return client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'key', ...input }));
}

test('CreateMultipartUpload names bucket, key and a new upload id', async () => {
  const response = await gateway.fetchSigned(`/${Bucket}/a%20%26%20b?uploads`, { method: 'POST' });
  const xml = await response.text();
  assert.equal(response.status, 200);
  assert.match(xml, /<InitiateMultipartUploadResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/"><Bucket>/);
  assert.equal(elementText(xml, 'Bucket'), Bucket);
  assert.equal(elementText(xml, 'Key'), 'a &amp; b');
  const first = elementText(xml, 'UploadId');
  assert.notEqual(first, (await create({ Key: 'a & b' })).UploadId);
  assert.notEqual(first, '');
});

test('an upload that was only begun is no object', async () => {
  await create({ Key: 'unfinished' });
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: 'unfinished' })), { name: 'NotFound' });
});

test('the object gets the headers and the metadata of its CreateMultipartUpload', async () => {
  const upload = await TestUpload.begin(client, {
    Bucket,
    Key: 'dressed',
    ContentType: 'text/css',
    CacheControl: 'no-cache',
    ContentDisposition: 'inline',
    ContentEncoding: 'identity',
    ContentLanguage: 'fa',
    Metadata: { author: 'Ann' },
  });
  await upload.sendAll([Buffer.from('body')]);
  await upload.complete();
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'dressed' }));
  assert.equal(head.ContentType, 'text/css');
  assert.equal(head.CacheControl, 'no-cache');
  assert.equal(head.ContentDisposition, 'inline');
  assert.equal(head.ContentEncoding, 'identity');
  assert.equal(head.ContentLanguage, 'fa');
  assert.deepEqual(head.Metadata, { author: 'Ann' });
});

/** What is asked for, and what S3 makes of it: "Full object and composite checksum types". */
const TYPES = [
  ['CRC32', undefined, 'COMPOSITE'],
  ['CRC32', 'COMPOSITE', 'COMPOSITE'],
  ['CRC32', 'FULL_OBJECT', 'FULL_OBJECT'],
  ['CRC32C', undefined, 'COMPOSITE'],
  ['CRC32C', 'FULL_OBJECT', 'FULL_OBJECT'],
  ['CRC64NVME', undefined, 'FULL_OBJECT'],
  ['CRC64NVME', 'FULL_OBJECT', 'FULL_OBJECT'],
  ['MD5', undefined, 'COMPOSITE'],
  ['SHA1', undefined, 'COMPOSITE'],
  ['SHA256', 'COMPOSITE', 'COMPOSITE'],
  ['SHA512', undefined, 'COMPOSITE'],
  ['XXHASH128', undefined, 'COMPOSITE'],
  ['XXHASH3', 'COMPOSITE', 'COMPOSITE'],
  ['XXHASH64', undefined, 'COMPOSITE'],
] as const;

for (const [ChecksumAlgorithm, ChecksumType, expected] of TYPES) {
  test(`an upload with ${ChecksumAlgorithm} and ${ChecksumType ?? 'no'} type is of type ${expected}`, async () => {
    const created = await create({ ChecksumAlgorithm, ...(ChecksumType === undefined ? {} : { ChecksumType }) });
    assert.equal(created.ChecksumAlgorithm, ChecksumAlgorithm);
    assert.equal(created.ChecksumType, expected);
  });
}

test('an upload without an algorithm has no checksum type', async () => {
  const created = await create();
  assert.equal(created.ChecksumAlgorithm, undefined);
  assert.equal(created.ChecksumType, undefined);
});

for (const [ChecksumAlgorithm, ChecksumType] of [
  ['CRC64NVME', 'COMPOSITE'],
  ['MD5', 'FULL_OBJECT'],
  ['SHA1', 'FULL_OBJECT'],
  ['SHA256', 'FULL_OBJECT'],
  ['SHA512', 'FULL_OBJECT'],
  ['XXHASH128', 'FULL_OBJECT'],
  ['XXHASH3', 'FULL_OBJECT'],
  ['XXHASH64', 'FULL_OBJECT'],
] as const) {
  test(`${ChecksumAlgorithm} cannot be ${ChecksumType}`, async () => {
    await assert.rejects(
      create({ ChecksumAlgorithm, ChecksumType }),
      s3Failure(
        'InvalidRequest',
        400,
        new RegExp(
          `^The ${ChecksumType} checksum type cannot be used with the ${ChecksumAlgorithm.toLowerCase()} checksum algorithm.$`,
        ),
      ),
    );
  });
}

test('a checksum type without an algorithm is refused', async () => {
  await assert.rejects(
    create({ ChecksumType: 'FULL_OBJECT' }),
    s3Failure('InvalidRequest', 400, /x-amz-checksum-algorithm/),
  );
});

test('an algorithm and a type that S3 has not are refused', async () => {
  const unknown = 'MD4' as 'CRC32'; // what no typed client would send
  await assert.rejects(
    create({ ChecksumAlgorithm: unknown }),
    s3Failure(
      'InvalidRequest',
      400,
      /^Checksum algorithm provided is unsupported. Please try again with any of the valid types: \[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]$/,
    ),
  );
  const headers = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'HALF' };
  const response = await gateway.fetchSigned(`/${Bucket}/key?uploads`, { method: 'POST', headers });
  assert.equal(response.status, 400);
  const xml = await response.text();
  assert.equal(elementText(xml, 'Code'), 'InvalidRequest');
  assert.equal(elementText(xml, 'Message'), 'Value for x-amz-checksum-type header is invalid.');
});

test('what cannot be obeyed is refused before anything is begun', async () => {
  const dsse = create({ ServerSideEncryption: 'aws:kms:dsse' });
  await assert.rejects(dsse, s3Failure('NotImplemented', 501, /not implemented/));
});

test('an upload needs a bucket that exists and a key that is not too long', async () => {
  await assert.rejects(create({ Bucket: 'nowhere' }), s3Failure('NoSuchBucket', 404, /does not exist/));
  await assert.rejects(create({ Key: 'k'.repeat(1025) }), s3Failure('KeyTooLongError', 400, /too long/));
});

test('an account that does not own the bucket may not begin an upload', async () => {
  const stranger = gateway.client(await gateway.addUser('stranger'));
  await assert.rejects(
    stranger.send(new CreateMultipartUploadCommand({ Bucket, Key: 'key' })),
    s3Failure('AccessDenied', 403, /Access Denied/),
  );
});
