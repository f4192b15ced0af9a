import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  type CompletedPart,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'copied-parts';
const SMALL = Buffer.from('0123456789');
const LARGE = partBody(PART_BYTES * 2 + 333);

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: SMALL }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: LARGE }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'a b+ü?', Body: 'odd' }));
});
after(() => gateway.stop());

async function copyPart(upload: TestUpload, source: string, input: Partial<UploadPartCopyCommandInput> = {}) {
  const CopySource = `${Bucket}/${source}`;
  const command = new UploadPartCopyCommand({ ...upload.target, PartNumber: 1, CopySource, ...input });
  return (await client.send(command)).CopyPartResult ?? {};
}

async function begin(Key = 'target', input: object = {}): Promise<TestUpload> {
  return TestUpload.begin(client, { Bucket, Key, ...input });
}

async function read(Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

test('UploadPartCopy answers with ETag and time of the part', async () => {
  const upload = await begin();
  const path = `/${Bucket}/target?partNumber=1&uploadId=${upload.id}`;
  const headers = { 'x-amz-copy-source': `/${Bucket}/small` };
  const response = await gateway.fetchSigned(path, { method: 'PUT', headers });
  const xml = await response.text();
  assert.equal(response.status, 200);
  assert.match(
    xml,
    /<CopyPartResult xmlns="[^"]+"><ETag>[^<]+<\/ETag><LastModified>[^<]+<\/LastModified><\/CopyPartResult>/,
  );
  assert.equal(elementText(xml, 'ETag'), `&quot;${hash('md5', SMALL)}&quot;`);
  assert.ok(Math.abs(Date.parse(elementText(xml, 'LastModified') ?? '') - Date.now()) < 60_000);
});

test('ranges of one object make another one', async () => {
  const upload = await begin('assembled');
  const cuts = [0, PART_BYTES, PART_BYTES * 2, LARGE.byteLength];
  const parts: CompletedPart[] = [];
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const CopySourceRange = `bytes=${start}-${(cuts[index + 1] ?? 0) - 1}`;
    const { ETag = '' } = await copyPart(upload, 'large', { PartNumber: index + 1, CopySourceRange });
    assert.equal(ETag, `"${hash('md5', LARGE.subarray(start, cuts[index + 1]))}"`);
    parts.push({ PartNumber: index + 1, ETag });
  }
  await upload.complete(parts);
  assert.ok(LARGE.equals(await read('assembled')));
});

test('a part may be copied from an object that was uploaded in parts, across their borders', async () => {
  const bodies = [partBody(), partBody(), partBody(99)];
  const source = await (await begin('in-parts')).sendAll(bodies);
  await source.complete();
  const upload = await begin('crossing');
  const [start, end] = [PART_BYTES - 7, PART_BYTES * 2 + 5];
  const { ETag = '' } = await copyPart(upload, 'in-parts', { CopySourceRange: `bytes=${start}-${end}` });
  await upload.complete([{ PartNumber: 1, ETag }]);
  assert.ok(
    Buffer.concat(bodies)
      .subarray(start, end + 1)
      .equals(await read('crossing')),
  );
});

test('a part may be copied from the object that the upload will replace', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'self', Body: LARGE }));
  const upload = await begin('self');
  const { ETag = '' } = await copyPart(upload, 'self');
  const added = await upload.send(2, Buffer.from('more'));
  await upload.complete([{ PartNumber: 1, ETag }, added]);
  assert.ok(Buffer.concat([LARGE, Buffer.from('more')]).equals(await read('self')));
});

test('an empty object makes an empty part', async () => {
  const upload = await begin('nothing');
  const { ETag = '' } = await copyPart(upload, 'empty');
  await upload.complete([{ PartNumber: 1, ETag }]);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'nothing' }));
  assert.equal(head.ContentLength, 0);
});

test('a key with odd characters is found by its escaped name', async () => {
  const upload = await begin();
  const { ETag } = await copyPart(upload, encodeURIComponent('a b+ü?'));
  assert.equal(ETag, `"${hash('md5', 'odd')}"`);
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`a copied part is summed by the ${algorithm} of its upload`, async () => {
    const upload = await begin('summed', { ChecksumAlgorithm: algorithm });
    const expected = checksumOf(algorithm, SMALL).toString('base64');
    assert.equal((await copyPart(upload, 'small'))[`Checksum${algorithm}`], expected);
    const { Parts } = await client.send(new ListPartsCommand(upload.target));
    assert.equal(Parts?.[0]?.[`Checksum${algorithm}`], expected);
  });
}

for (const range of ['bytes=0', 'bytes=-5', 'bytes=0-', 'bytes=5-2', 'bytes=0-2,4-5', 'bytes=a-b', '0-5']) {
  test(`the source range ${range} is refused`, async () => {
    await assert.rejects(
      copyPart(await begin(), 'small', { CopySourceRange: range }),
      s3Failure('InvalidArgument', 400, /x-amz-copy-source-range value must be of the form/),
    );
  });
}

test('a source range that leaves the source is refused with the size of that', async () => {
  for (const [source, CopySourceRange, size] of [
    ['small', 'bytes=0-10', 10],
    ['small', 'bytes=10-11', 10],
    ['empty', 'bytes=0-0', 0],
  ] as const) {
    const message = new RegExp(`^Range specified is not valid for source object of size: ${size}$`);
    await assert.rejects(
      copyPart(await begin(), source, { CopySourceRange }),
      s3Failure('InvalidArgument', 400, message),
    );
  }
});

test('the last byte of the source may be copied alone', async () => {
  const { ETag } = await copyPart(await begin(), 'small', { CopySourceRange: 'bytes=9-9' });
  assert.equal(ETag, `"${hash('md5', '9')}"`);
});

test('preconditions of the source decide', async () => {
  const upload = await begin();
  const ETag = `"${hash('md5', SMALL)}"`;
  const past = new Date(Date.now() - 3_600_000);
  const future = new Date(Date.now() + 3_600_000);
  const holding: Partial<UploadPartCopyCommandInput>[] = [
    { CopySourceIfMatch: ETag },
    { CopySourceIfNoneMatch: '"another"' },
    { CopySourceIfModifiedSince: past },
    { CopySourceIfUnmodifiedSince: future },
    { CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past },
  ];
  for (const condition of holding) assert.equal((await copyPart(upload, 'small', condition)).ETag, ETag);
  const failing: Partial<UploadPartCopyCommandInput>[] = [
    { CopySourceIfMatch: '"another"' },
    { CopySourceIfNoneMatch: ETag },
    { CopySourceIfUnmodifiedSince: past },
    { CopySourceIfNoneMatch: ETag, CopySourceIfModifiedSince: past },
  ];
  for (const condition of failing) {
    await assert.rejects(
      copyPart(upload, 'small', condition),
      s3Failure('PreconditionFailed', 412, /pre-conditions/),
      JSON.stringify(condition),
    );
  }
});

test('the null version is the object, any other does not exist', async () => {
  const upload = await begin();
  assert.equal((await copyPart(upload, 'small?versionId=null')).ETag, `"${hash('md5', SMALL)}"`);
  await assert.rejects(
    copyPart(upload, `small?versionId=${newVersionId(1)}`),
    s3Failure('NoSuchVersion', 404, /version does not exist/),
  );
  await assert.rejects(
    copyPart(upload, 'small?versionId=3'),
    s3Failure('InvalidArgument', 400, /Invalid version id specified/),
  );
});

test('a source that is not there is told apart from an upload and a bucket that are not', async () => {
  const upload = await begin();
  await assert.rejects(copyPart(upload, 'missing'), s3Failure('NoSuchKey', 404, /key does not exist/));
  await assert.rejects(
    copyPart(upload, '', { CopySource: 'nowhere/key' }),
    s3Failure('NoSuchBucket', 404, /bucket does not exist/),
  );
  await assert.rejects(
    copyPart(upload, 'small', { UploadId: 'missing' }),
    s3Failure('NoSuchUpload', 404, /upload does not exist/),
  );
});

test('a source that names no key is refused', async () => {
  await assert.rejects(
    copyPart(await begin(), '', { CopySource: Bucket }),
    s3Failure('InvalidArgument', 400, /sourcebucket\/sourcekey/),
  );
});

test('what the caller may not read cannot be copied', async () => {
  const owner = await gateway.addUser('reader');
  const own = gateway.client(owner);
  await own.send(new CreateBucketCommand({ Bucket: 'readers-own' }));
  const upload = await TestUpload.begin(own, { Bucket: 'readers-own', Key: 'taken' });
  const CopySource = `${Bucket}/small`;
  await assert.rejects(
    own.send(new UploadPartCopyCommand({ ...upload.target, PartNumber: 1, CopySource })),
    s3Failure('AccessDenied', 403, /Access Denied/),
  );
});

test('the expected owner of the source must be its owner', async () => {
  await assert.rejects(
    copyPart(await begin(), 'small', { ExpectedSourceBucketOwner: '111122223333' }),
    s3Failure('AccessDenied', 403, /Access Denied/),
  );
});
