import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf } from '../../../../gateway/services/checksums.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';

const Bucket = 'summed-parts';
const BODIES = [partBody(), partBody(1000)];
const BYTES = PART_BYTES + 1000;

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

async function uploadParts(input: Omit<CreateMultipartUploadCommandInput, 'Bucket'>, bodies = BODIES): Promise<void> {
  await (await (await TestUpload.begin(client, { Bucket, ...input })).sendAll(bodies)).complete();
}

function sumOf(algorithm: ChecksumAlgorithm, body: Buffer): string {
  return checksumOf(algorithm, body).toString('base64');
}

/** What GET and HEAD tell, which is to be the same. */
async function told(Key: string, input: Partial<GetObjectCommandInput>, algorithm: ChecksumAlgorithm) {
  const where = { Bucket, Key, ChecksumMode: 'ENABLED', ...input } as const;
  const head = await client.send(new HeadObjectCommand(where));
  const query = input.PartNumber === undefined ? '' : `?partNumber=${input.PartNumber}`;
  const headers = { 'x-amz-checksum-mode': 'ENABLED', ...(input.Range === undefined ? {} : { range: input.Range }) };
  const got = await gateway.fetchSigned(`/${Bucket}/${Key}${query}`, { headers });
  await got.arrayBuffer();
  const found = {
    value: got.headers.get(`x-amz-checksum-${algorithm.toLowerCase()}`) ?? undefined,
    type: got.headers.get('x-amz-checksum-type') ?? undefined,
  };
  assert.deepEqual({ value: head[`Checksum${algorithm}`], type: head.ChecksumType }, found);
  return found;
}

const NOTHING = { value: undefined, type: undefined };

for (const algorithm of CHECKSUM_ALGORITHMS.filter((name) => name !== 'CRC64NVME')) {
  describe(`a composite ${algorithm}`, () => {
    before(() => uploadParts({ Key: algorithm, ChecksumAlgorithm: algorithm }));

    test('is told with the whole, and that of a part with the part', async () => {
      const digests = Buffer.concat(BODIES.map((body) => checksumOf(algorithm, body)));
      const whole = { value: `${sumOf(algorithm, digests)}-2`, type: 'COMPOSITE' };
      assert.deepEqual(await told(algorithm, {}, algorithm), whole);
      for (const [index, body] of BODIES.entries()) {
        const part = { value: sumOf(algorithm, body), type: 'COMPOSITE' };
        assert.deepEqual(await told(algorithm, { PartNumber: index + 1 }, algorithm), part);
      }
    });

    test('gives way to that of a part where the range is the part', async () => {
      const [one, two] = BODIES as [Buffer, Buffer];
      const range = (Range: string) => told(algorithm, { Range }, algorithm);
      const first = { value: sumOf(algorithm, one), type: 'COMPOSITE' };
      assert.deepEqual(await range(`bytes=0-${PART_BYTES - 1}`), first);
      const last = { value: sumOf(algorithm, two), type: 'COMPOSITE' };
      assert.deepEqual(await range(`bytes=${PART_BYTES}-`), last);
      assert.deepEqual(await range('bytes=-1000'), last);
      for (const other of ['bytes=0-', `bytes=0-${PART_BYTES}`, 'bytes=0-9', `bytes=${BYTES - 999}-`]) {
        assert.deepEqual(await range(other), NOTHING, other);
      }
    });
  });
}

test('a full-object checksum is told with the whole alone', async () => {
  await uploadParts({ Key: 'full', ChecksumAlgorithm: 'CRC64NVME' });
  const whole = { value: sumOf('CRC64NVME', Buffer.concat(BODIES)), type: 'FULL_OBJECT' };
  assert.deepEqual(await told('full', {}, 'CRC64NVME'), whole);
  assert.deepEqual(await told('full', { Range: 'bytes=0-' }, 'CRC64NVME'), whole);
  assert.deepEqual(await told('full', { PartNumber: 1 }, 'CRC64NVME'), NOTHING);
  assert.deepEqual(await told('full', { PartNumber: 2 }, 'CRC64NVME'), NOTHING);
});

test('the only part of an upload has its own checksum beside that of the object', async () => {
  const body = partBody(10);
  await uploadParts({ Key: 'single', ChecksumAlgorithm: 'SHA256' }, [body]);
  const whole = `${sumOf('SHA256', checksumOf('SHA256', body))}-1`;
  assert.deepEqual(await told('single', {}, 'SHA256'), { value: whole, type: 'COMPOSITE' });
  const part = { value: sumOf('SHA256', body), type: 'COMPOSITE' };
  assert.deepEqual(await told('single', { PartNumber: 1 }, 'SHA256'), part);
  await uploadParts({ Key: 'single-full', ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }, [body]);
  const full = { value: sumOf('CRC32', body), type: 'FULL_OBJECT' };
  assert.deepEqual(await told('single-full', { PartNumber: 1 }, 'CRC32'), full);
});

test('an object that was not uploaded in parts is its own first part', async () => {
  for (const [Key, Body] of [
    ['plain', 'body'],
    ['nothing', ''],
  ] as const) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ChecksumAlgorithm: 'SHA1' }));
    const whole = { value: sumOf('SHA1', Buffer.from(Body)), type: 'FULL_OBJECT' };
    assert.deepEqual(await told(Key, { PartNumber: 1 }, 'SHA1'), whole);
  }
  assert.deepEqual(await told('plain', { Range: 'bytes=0-2' }, 'SHA1'), NOTHING);
});

test('an empty last part has the checksum of nothing', async () => {
  await uploadParts({ Key: 'empty-end', ChecksumAlgorithm: 'XXHASH64' }, [partBody(), Buffer.alloc(0)]);
  const nothing = { value: sumOf('XXHASH64', Buffer.alloc(0)), type: 'COMPOSITE' };
  assert.deepEqual(await told('empty-end', { PartNumber: 2 }, 'XXHASH64'), nothing);
});

test('a client that verifies what it reads accepts the parts', async () => {
  for (const [index, body] of BODIES.entries()) {
    for (const Key of ['CRC32', 'SHA256']) {
      const where = { Bucket, Key, PartNumber: index + 1, ChecksumMode: 'ENABLED' } as const;
      const { Body } = await client.send(new GetObjectCommand(where));
      assert.ok(body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)));
    }
  }
});

test('no checksum is told where none is asked for', async () => {
  const response = await gateway.fetchSigned(`/${Bucket}/SHA256?partNumber=2`);
  assert.equal(response.headers.get('x-amz-checksum-sha256'), null);
  assert.equal((await response.arrayBuffer()).byteLength, 1000);
});
