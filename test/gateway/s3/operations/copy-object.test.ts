import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { openDatabase } from '../../../../metadata/sqlite/driver.ts';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const BUCKET = 'originals';
const OTHER = 'duplicates';

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  for (const Bucket of [BUCKET, OTHER]) await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

function put(Key: string, input: Partial<PutObjectCommandInput> = {}) {
  return client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: `contents of ${Key}`, ...input }));
}

function copy(from: string, to: string, input: Partial<CopyObjectCommandInput> = {}) {
  const CopySource = `${BUCKET}/${encodeURIComponent(from)}`;
  return client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: to, CopySource, ...input }));
}

async function get(Key: string, Bucket = BUCKET) {
  const found = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  return { ...found, text: await found.Body?.transformToString() };
}

test('CopyObject copies the bytes, the content headers and the user metadata', async () => {
  await put('report.txt', { ContentType: 'text/plain', CacheControl: 'no-cache', Metadata: { author: 'Ann' } });
  const { CopyObjectResult } = await copy('report.txt', 'copy.txt', { Bucket: OTHER });
  assert.equal(CopyObjectResult?.ETag, `"${hash('md5', 'contents of report.txt')}"`);
  const found = await get('copy.txt', OTHER);
  assert.equal(found.text, 'contents of report.txt');
  assert.equal(found.ContentType, 'text/plain');
  assert.equal(found.CacheControl, 'no-cache');
  assert.deepEqual(found.Metadata, { author: 'Ann' });
  // The header has whole seconds, the XML milliseconds.
  const copiedAt = CopyObjectResult?.LastModified?.getTime() ?? 0;
  assert.equal(found.LastModified?.getTime(), Math.floor(copiedAt / 1000) * 1000);
});

test('a copy lives on when its source is overwritten and deleted', async () => {
  const large = Buffer.alloc(300_000, 'large ');
  for (const [from, body] of [
    ['short', Buffer.from('inline')],
    ['long', large],
  ] as const) {
    await put(from, { Body: body });
    await copy(from, `${from}.copy`);
    await put(from, { Body: 'another' });
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: from }));
    await gateway.sweep();
    assert.equal((await get(`${from}.copy`)).text, body.toString());
  }
});

test('COPY ignores the metadata of the request, REPLACE takes nothing from the source', async () => {
  await put('styled', { ContentType: 'text/css', ContentLanguage: 'de', Metadata: { old: 'yes' } });
  await copy('styled', 'kept', { MetadataDirective: 'COPY', ContentType: 'text/html', Metadata: { new: 'no' } });
  const kept = await get('kept');
  assert.deepEqual([kept.ContentType, kept.Metadata], ['text/css', { old: 'yes' }]);
  await copy('styled', 'replaced', { MetadataDirective: 'REPLACE', Metadata: { new: 'yes' } });
  const replaced = await get('replaced');
  assert.deepEqual([replaced.ContentType, replaced.ContentLanguage], ['binary/octet-stream', undefined]);
  assert.deepEqual(replaced.Metadata, { new: 'yes' });
});

test('any other metadata directive is InvalidArgument', async () => {
  await put('directed');
  await assert.rejects(copy('directed', 'nowhere', { MetadataDirective: 'MERGE' as 'COPY' }), {
    name: 'InvalidArgument',
    message: 'Unknown metadata directive.',
  });
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'nowhere' })), { name: 'NotFound' });
});

test('copying an object onto itself needs something that changes', async () => {
  await put('self', { ContentType: 'text/plain', Metadata: { version: '1' }, ChecksumAlgorithm: 'CRC32' });
  const refused = {
    name: 'InvalidRequest',
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  };
  await assert.rejects(copy('self', 'self'), refused);
  await assert.rejects(copy('self', 'self', { ChecksumAlgorithm: 'CRC32' }), refused);

  await copy('self', 'self', { MetadataDirective: 'REPLACE', Metadata: { version: '2' } });
  const found = await get('self');
  assert.equal(found.text, 'contents of self');
  assert.deepEqual(found.Metadata, { version: '2' });
  await copy('self', 'self', { ChecksumAlgorithm: 'SHA256' });
  assert.equal((await get('self')).ChecksumSHA256, hash('sha256', 'contents of self', 'base64'));
});

test('the checksum of the source is copied, or computed anew when another one is asked for', async () => {
  const body = Buffer.alloc(100_000, 'abc');
  await put('summed', { Body: body, ChecksumAlgorithm: 'CRC32C' });
  const crc32c = checksumOf('CRC32C', body).toString('base64');
  const same = await copy('summed', 'summed.same');
  assert.equal(same.CopyObjectResult?.ChecksumCRC32C, crc32c);
  assert.equal(same.CopyObjectResult?.ChecksumType, 'FULL_OBJECT');
  assert.equal((await get('summed.same')).ChecksumCRC32C, crc32c);

  for (const algorithm of CHECKSUM_ALGORITHMS.filter((name) => name !== 'CRC32C')) {
    const value = checksumOf(algorithm, body).toString('base64');
    const { CopyObjectResult } = await copy('summed', 'summed.other', { ChecksumAlgorithm: algorithm });
    assert.equal(CopyObjectResult?.[`Checksum${algorithm}`], value);
    const found = await client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'summed.other', ChecksumMode: 'ENABLED' }),
    );
    assert.equal(found[`Checksum${algorithm}`], value);
    assert.equal(found.ChecksumCRC32C, undefined);
  }
});

test('an algorithm that S3 has not is InvalidRequest', async () => {
  await put('plain');
  await assert.rejects(copy('plain', 'other', { ChecksumAlgorithm: 'CRC16' as 'CRC32' }), { name: 'InvalidRequest' });
});

test('If-None-Match and If-Match are of the destination', async () => {
  const { ETag } = await put('condition/source');
  await put('condition/taken', { Body: 'taken' });
  await assert.rejects(copy('condition/source', 'condition/taken', { IfNoneMatch: '*' }), {
    name: 'PreconditionFailed',
  });
  await assert.rejects(copy('condition/source', 'condition/taken', { IfMatch: ETag }), { name: 'PreconditionFailed' });
  await assert.rejects(copy('condition/source', 'condition/free', { IfMatch: ETag }), { name: 'NoSuchKey' });
  assert.equal((await get('condition/taken')).text, 'taken');

  await copy('condition/source', 'condition/free', { IfNoneMatch: '*' });
  await copy('condition/source', 'condition/taken', { IfMatch: `"${hash('md5', 'taken')}"` });
  assert.equal((await get('condition/taken')).text, 'contents of condition/source');
});

test('x-amz-copy-source-if-* are of the source', async () => {
  const { ETag } = await put('guarded');
  const past = new Date(Date.now() - 3_600_000);
  const refused = { name: 'PreconditionFailed' };
  await assert.rejects(copy('guarded', 'out', { CopySourceIfMatch: '"another"' }), refused);
  await assert.rejects(copy('guarded', 'out', { CopySourceIfNoneMatch: ETag }), refused);
  await assert.rejects(copy('guarded', 'out', { CopySourceIfUnmodifiedSince: past }), refused);
  await copy('guarded', 'out', { CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past });
  await copy('guarded', 'out', { CopySourceIfNoneMatch: '"another"', CopySourceIfModifiedSince: past });
});

test('keys with spaces, plus signs, percent signs and question marks are sources too', async () => {
  for (const key of ['a b', 'a+b', '50%25', 'what?versionId=x', 'ü/😀', 'x/../y']) {
    await put(key);
    await copy(key, 'odd.copy');
    assert.equal((await get('odd.copy')).text, `contents of ${key}`);
  }
});

test('a source that is not there, in a bucket that is not there, or of somebody else', async () => {
  await put('private');
  await assert.rejects(copy('missing', 'x'), { name: 'NoSuchKey' });
  await assert.rejects(copy('x', 'x', { CopySource: 'no-such-bucket-here/x' }), { name: 'NoSuchBucket' });
  await assert.rejects(copy('x', 'x', { CopySource: 'nothing' }), { name: 'InvalidArgument' });
  const another = newVersionId(1);
  await assert.rejects(copy('private', 'x', { CopySource: `${BUCKET}/private?versionId=${another}` }), {
    name: 'NoSuchVersion',
  });
  await assert.rejects(copy('private', 'x', { CopySource: `${BUCKET}/private?versionId=v1` }), {
    name: 'InvalidArgument',
    message: 'Invalid version id specified',
  });

  const stranger = gateway.client(await gateway.addUser('copier'));
  await stranger.send(new CreateBucketCommand({ Bucket: 'copiers-own' }));
  const CopySource = `${BUCKET}/private`;
  const stealing = new CopyObjectCommand({ Bucket: 'copiers-own', Key: 'loot', CopySource });
  await assert.rejects(stranger.send(stealing), { name: 'AccessDenied' });
  const planting = new CopyObjectCommand({ Bucket: BUCKET, Key: 'planted', CopySource });
  await assert.rejects(stranger.send(planting), { name: 'AccessDenied' });
});

test('what would change the copy and is not supported is 501', async () => {
  await put('fancy');
  for (const input of [{ ServerSideEncryption: 'aws:kms:dsse' }, { WebsiteRedirectLocation: '/elsewhere' }] as const) {
    await assert.rejects(copy('fancy', 'fancier', input), { name: 'NotImplemented' });
  }
  await assert.rejects(copy('fancy', 'fancier', { StorageClass: 'GLACIER' }), { name: 'InvalidStorageClass' });
});

test('a source of more than 5 GiB is InvalidRequest', async () => {
  await put('huge');
  const database = openDatabase(join(gateway.dataFolder, 'metadata.db'));
  database.prepare("UPDATE objects SET size_bytes = ? WHERE key = 'huge'").run(5 * 1024 ** 3 + 1);
  database.close();
  await assert.rejects(copy('huge', 'huge.copy'), {
    name: 'InvalidRequest',
    message: 'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
  });
});

test('the body of a copy request is ignored', async () => {
  await put('source');
  const response = await gateway.fetchSigned(`/${BUCKET}/target`, {
    method: 'PUT',
    headers: { 'x-amz-copy-source': `/${BUCKET}/source` },
    body: 'not this',
  });
  const xml = await response.text();
  assert.equal(response.status, 200);
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<CopyObjectResult xmlns="http:\/\/s3\.amazonaws\.com\/doc\/2006-03-01\/"><LastModified>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z<\/LastModified><ETag>&quot;[0-9a-f]{32}&quot;<\/ETag>/,
  );
  assert.equal((await get('target')).text, 'contents of source');
});

test('a source that is replaced while it is copied is copied whole, as one version or another', async () => {
  const versions = Array.from({ length: 30 }, (_, index) => `version ${index} `.repeat(20_000));
  await put('moving', { Body: 'version' });
  const writing = (async () => {
    for (const body of versions) await put('moving', { Body: body });
  })();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, (_, index) => copy('moving', `moved/${index}`, { ChecksumAlgorithm: 'SHA1' })),
  );
  await writing;
  for (const [index, outcome] of outcomes.entries()) {
    // S3's word for losing every race: the client is told to try again.
    if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'OperationAborted');
    else {
      const { text = '', ChecksumSHA1 } = await get(`moved/${index}`);
      assert.ok(text === 'version' || versions.includes(text));
      assert.equal(ChecksumSHA1, hash('sha1', text, 'base64'));
      assert.equal(outcome.value.CopyObjectResult?.ETag, `"${hash('md5', text)}"`);
    }
  }
  assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
});
