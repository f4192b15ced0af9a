import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { signRequest } from '../../../../signer/index.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { checksumField, PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'parts';

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

test('UploadPart answers with the MD5 of the part', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const body = partBody(1000);
  const { ETag } = await upload.send(1, body);
  assert.equal(ETag, `"${hash('md5', body)}"`);
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`UploadPart verifies a ${algorithm} and answers with it`, async () => {
    const upload = await TestUpload.begin(client, { Bucket, Key: 'key', ChecksumAlgorithm: algorithm });
    const body = partBody(70_000);
    const right = checksumField(algorithm, body);
    const sent = await client.send(new UploadPartCommand({ ...upload.target, PartNumber: 1, Body: body, ...right }));
    assert.equal(sent[`Checksum${algorithm}`], right[`Checksum${algorithm}`]);
    const wrong = checksumField(algorithm, partBody(10));
    await assert.rejects(upload.send(2, body, wrong), s3Failure('BadDigest', 400, new RegExp(`${algorithm}.*match`)));
    const { Parts } = await client.send(new ListPartsCommand(upload.target));
    assert.deepEqual(
      Parts?.map((part) => part.PartNumber),
      [1],
    );
  });
}

test('a part that comes without a checksum is summed by the algorithm of its upload', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key', ChecksumAlgorithm: 'SHA256' });
  const path = `/${Bucket}/key?partNumber=1&uploadId=${upload.id}`;
  const body = partBody(2000);
  const response = await gateway.fetchSigned(path, { method: 'PUT', body });
  assert.equal(response.status, 200);
  const { Parts } = await client.send(new ListPartsCommand(upload.target));
  assert.equal(Parts?.[0]?.ChecksumSHA256, checksumOf('SHA256', body).toString('base64'));
});

test('a part that is summed by another algorithm than its upload is refused', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key', ChecksumAlgorithm: 'SHA256' });
  const body = partBody(10);
  const command = new UploadPartCommand({
    ...upload.target,
    PartNumber: 1,
    Body: body,
    ...checksumField('CRC32', body),
  });
  await assert.rejects(client.send(command), s3Failure('InvalidRequest', 400, /expected.*sha256.*actual.*crc32/));
});

test('a part of an upload without an algorithm may bring any checksum', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const body = partBody(10);
  for (const [index, algorithm] of CHECKSUM_ALGORITHMS.entries()) {
    await upload.send(index + 1, body, checksumField(algorithm, body));
  }
  await assert.rejects(upload.send(1, body, { ChecksumSHA1: checksumOf('SHA1', partBody(9)).toString('base64') }), {
    name: 'BadDigest',
  });
});

test('a wrong Content-MD5 leaves no part', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const ContentMD5 = randomBytes(16).toString('base64');
  await assert.rejects(upload.send(1, partBody(10), { ContentMD5 }), s3Failure('BadDigest', 400, /Content-MD5/));
  const { Parts } = await client.send(new ListPartsCommand(upload.target));
  assert.equal(Parts, undefined);
});

test('a part that is uploaded again replaces the one before, whose bytes are freed', async () => {
  const frugal = await startGateway({ GATEHOUSE_SWEEP_GRACE: '0' });
  try {
    const other = frugal.client();
    await other.send(new CreateBucketCommand({ Bucket }));
    const upload = await TestUpload.begin(other, { Bucket, Key: 'key' });
    const first = await upload.send(1, partBody(100_000));
    const body = partBody(100_001);
    const second = await upload.send(1, body);
    const { Parts } = await other.send(new ListPartsCommand(upload.target));
    assert.deepEqual(
      Parts?.map(({ ETag, Size }) => [ETag, Size]),
      [[second.ETag, 100_001]],
    );
    await assert.rejects(upload.complete([first]), s3Failure('InvalidPart', 400, /could not be found/));
    await upload.complete([second]);
    // A blob that was released within this very millisecond is not older than the grace period yet.
    await setTimeout(5);
    assert.equal((await frugal.sweep()).releasedBlobs, 1);
    const found = await other.send(new GetObjectCommand({ Bucket, Key: 'key' }));
    assert.deepEqual(Buffer.from((await found.Body?.transformToByteArray()) ?? []), body);
  } finally {
    await frugal.stop();
  }
});

for (const number of ['0', '10001', '-1', '1.5', 'one', '']) {
  test(`a part number of ${JSON.stringify(number)} is refused`, async () => {
    const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
    const path = `/${Bucket}/key?partNumber=${number}&uploadId=${upload.id}`;
    const response = await gateway.fetchSigned(path, { method: 'PUT', body: 'body' });
    const xml = await response.text();
    assert.equal(response.status, 400);
    assert.equal(elementText(xml, 'Code'), 'InvalidArgument');
    assert.equal(elementText(xml, 'Message'), 'Part number must be an integer between 1 and 10000, inclusive');
    assert.equal(elementText(xml, 'ArgumentName'), 'partNumber');
    assert.equal(elementText(xml, 'ArgumentValue'), number);
  });
}

test('part numbers 1 and 10000 are accepted', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'edges' });
  await upload.send(1, partBody());
  await upload.send(10_000, Buffer.from('end'));
  const { ETag } = await upload.complete();
  assert.match(ETag ?? '', /-2"$/);
});

test('an upload that does not exist, or is of another key, takes no part', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const input = { ...upload.target, PartNumber: 1, Body: 'body' };
  for (const other of [{ UploadId: 'nothing' }, { Key: 'another' }]) {
    await assert.rejects(
      client.send(new UploadPartCommand({ ...input, ...other })),
      s3Failure('NoSuchUpload', 404, /upload does not exist/),
    );
  }
});

test('a part above 5 GiB is refused before its body is sent', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const url = new URL(`/${Bucket}/key?partNumber=1&uploadId=${upload.id}`, gateway.s3Url);
  const { accessKey, secretKey } = gateway;
  const payload = 'UNSIGNED-PAYLOAD';
  const credentials = { accessKey, secretKey };
  const signed = signRequest({
    method: 'PUT',
    url,
    headers: {},
    credentials,
    region: 'us-east-1',
    payload,
    now: Date.now(),
  });
  const headers = { ...signed, 'content-length': '5368709121', expect: '100-continue' };
  const [status, xml] = await new Promise<[number | undefined, string]>((resolve, reject) => {
    const sent = request(url, { method: 'PUT', headers }, async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      sent.destroy();
      resolve([response.statusCode, text]);
    });
    sent.once('continue', () => reject(new Error('The gateway asks for the body.')));
    sent.once('error', reject);
    sent.flushHeaders();
  });
  assert.equal(status, 400);
  assert.equal(elementText(xml, 'Code'), 'EntityTooLarge');
  assert.equal(elementText(xml, 'MaxSizeAllowed'), '5368709120');
});

test('a large part comes back byte for byte', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'large' });
  const body = partBody(PART_BYTES * 2 + 17);
  await upload.sendAll([body]);
  await upload.complete();
  const found = await client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
  assert.ok(body.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
});
