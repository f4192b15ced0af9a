import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'read-in-parts';
const Key = 'whole';
const BODIES = [partBody(PART_BYTES + 3), partBody(), partBody(1000)];
const WHOLE = Buffer.concat(BODIES);
/** Where each part but the last begins. */
const BORDERS = [PART_BYTES + 3, PART_BYTES * 2 + 3];

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_SWEEP_GRACE: '0' });
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await uploadParts(Key, BODIES);
  await uploadParts('empty-end', [partBody(), Buffer.alloc(0)]);
  await client.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'plain' }));
});
after(() => gateway.stop());

async function uploadParts(name: string, bodies: readonly Buffer[]): Promise<void> {
  const upload = await TestUpload.begin(client, { Bucket, Key: name });
  await upload.sendAll(bodies);
  await upload.complete();
}

async function get(input: Partial<GetObjectCommandInput>) {
  const found = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return { ...found, bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []) };
}

test('each part can be read by its number', async () => {
  let start = 0;
  for (const [index, body] of BODIES.entries()) {
    const found = await get({ PartNumber: index + 1 });
    assert.equal(found.$metadata.httpStatusCode, 206);
    assert.equal(found.PartsCount, 3);
    assert.equal(found.ContentLength, body.byteLength);
    assert.equal(found.ContentRange, `bytes ${start}-${start + body.byteLength - 1}/${WHOLE.byteLength}`);
    assert.ok(body.equals(found.bytes));
    start += body.byteLength;
  }
});

test('HeadObject tells the size of each part', async () => {
  for (const [index, body] of BODIES.entries()) {
    const found = await client.send(new HeadObjectCommand({ Bucket, Key, PartNumber: index + 1 }));
    assert.equal(found.$metadata.httpStatusCode, 206);
    assert.deepEqual([found.PartsCount, found.ContentLength], [3, body.byteLength]);
  }
});

test('without a part number nothing is said of parts', async () => {
  const found = await client.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([found.PartsCount, found.ContentLength], [undefined, WHOLE.byteLength]);
});

test('a part beyond the last is not satisfiable', async () => {
  await assert.rejects(get({ PartNumber: 4 }), s3Failure('InvalidPartNumber', 416, /partnumber is not satisfiable/));
  await assert.rejects(get({ Key: 'plain', PartNumber: 2 }), s3Failure('InvalidPartNumber', 416, /not satisfiable/));
});

test('an object that was not uploaded in parts counts as one part', async () => {
  const found = await get({ Key: 'plain', PartNumber: 1 });
  assert.equal(found.bytes.toString(), 'plain');
  assert.equal(found.PartsCount, undefined);
});

test('part numbers outside 1 to 10,000, and a part number with a range, are refused', async () => {
  const message = /Part number must be an integer between 1 and 10000/;
  await assert.rejects(get({ PartNumber: 0 }), s3Failure('InvalidArgument', 400, message));
  await assert.rejects(get({ PartNumber: 10_001 }), s3Failure('InvalidArgument', 400, message));
  await assert.rejects(get({ PartNumber: 1, Range: 'bytes=0-1' }), s3Failure('InvalidRequest', 400, /both Range/));
});

test('ranges that touch, cross and span the borders of parts give their bytes', async () => {
  const last = WHOLE.byteLength - 1;
  const ranges: [number, number][] = [
    [0, 0],
    [last, last],
    [0, last],
    [1, last - 1],
  ];
  for (const border of BORDERS) {
    ranges.push([border - 1, border - 1], [border, border], [border - 1, border], [border - 100, border + 100]);
    ranges.push([0, border - 1], [0, border], [border, last], [border - 1, last]);
  }
  ranges.push([(BORDERS[0] ?? 0) - 1, BORDERS[1] ?? 0]);
  for (let count = 0; count < 20; count += 1) {
    const start = randomInt(WHOLE.byteLength);
    ranges.push([start, randomInt(start, WHOLE.byteLength)]);
  }
  for (const [start, end] of ranges) {
    const found = await get({ Range: `bytes=${start}-${end}` });
    assert.equal(found.ContentRange, `bytes ${start}-${end}/${WHOLE.byteLength}`);
    assert.ok(WHOLE.subarray(start, end + 1).equals(found.bytes), `${start}-${end}`);
  }
});

test('open and suffix ranges cross borders too', async () => {
  const open = (BORDERS[1] ?? 0) - 5;
  assert.ok(WHOLE.subarray(open).equals((await get({ Range: `bytes=${open}-` })).bytes));
  assert.ok(WHOLE.subarray(-1500).equals((await get({ Range: 'bytes=-1500' })).bytes));
});

test('an empty last part is read as nothing', async () => {
  const found = await get({ Key: 'empty-end', PartNumber: 2 });
  assert.equal(found.bytes.byteLength, 0);
  assert.equal(found.ContentLength, 0);
  // A range of no bytes cannot be written (RFC 9110 section 14.4).
  assert.equal(found.ContentRange, undefined);
  assert.equal((await get({ Key: 'empty-end' })).bytes.byteLength, PART_BYTES);
});

test('a copy of an object in parts reads the same, also when the original is gone', async () => {
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }));
  await client.send(new DeleteObjectCommand({ Bucket, Key }));
  await setTimeout(5);
  await gateway.sweep();
  assert.ok(WHOLE.equals((await get({ Key: 'copy' })).bytes));
});
