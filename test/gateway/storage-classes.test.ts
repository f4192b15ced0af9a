import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ForeignStore } from '../../gateway/backends/index.ts';
import { ConfigError, loadConfig } from '../../gateway/config.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { s3Failure } from '../support/s3-failure.ts';

const Bucket = 'shelves';

describe('a storage class with a backend of its own', () => {
  let gateway: TestGateway;
  let client: S3Client;
  let cold: string;
  before(async () => {
    cold = await mkdtemp(join(tmpdir(), 'gatehouse-cold-'));
    gateway = await startGateway({
      GATEHOUSE_STORAGE_CLASSES: `STANDARD_IA=file:${cold}`,
      GATEHOUSE_SWEEP_GRACE: '0',
    });
    client = gateway.client();
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    await gateway.stop();
    await rm(cold, { recursive: true, force: true });
  });
  beforeEach(async () => {
    for (const Key of ['a', 'b']) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await gateway.sweep();
  });

  function put(Key: string, input: Partial<PutObjectCommandInput> = {}) {
    return client.send(new PutObjectCommand({ Bucket, Key, ...input }));
  }

  async function blobsIn(folder: string): Promise<number> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').length;
  }

  async function read(Key: string): Promise<Buffer> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  test('keeps what is put into it there, however small', async () => {
    await put('a', { Body: 'small', StorageClass: 'STANDARD_IA' });
    assert.deepEqual([await blobsIn(cold), await blobsIn(join(gateway.dataFolder, 'blobs'))], [1, 0]);
    assert.equal((await read('a')).toString(), 'small');
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).StorageClass, 'STANDARD_IA');
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    assert.deepEqual(
      Contents?.map(({ Key, StorageClass }) => [Key, StorageClass]),
      [['a', 'STANDARD_IA']],
    );
  });

  test('takes the parts of an upload', async () => {
    const target = { Bucket, Key: 'a' };
    const upload = await client.send(new CreateMultipartUploadCommand({ ...target, StorageClass: 'STANDARD_IA' }));
    const part = { ...target, UploadId: upload.UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId: upload.UploadId, MultipartUpload }));
    assert.deepEqual([await blobsIn(cold), await blobsIn(join(gateway.dataFolder, 'blobs'))], [1, 0]);
    assert.equal((await read('a')).toString(), 'part');
  });

  test('is left by a copy that does not ask for it, and entered by one that does', async () => {
    const body = randomBytes(100_000);
    await put('a', { Body: body, Metadata: { kept: 'yes' } });
    const source = { Bucket, CopySource: `${Bucket}/a` };
    await client.send(new CopyObjectCommand({ ...source, Key: 'b', StorageClass: 'STANDARD_IA' }));
    assert.deepEqual([await blobsIn(cold), await blobsIn(join(gateway.dataFolder, 'blobs'))], [1, 1]);
    assert.ok((await read('b')).equals(body));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'b' }));
    assert.deepEqual([head.StorageClass, head.Metadata], ['STANDARD_IA', { kept: 'yes' }]);
    await client.send(
      new CopyObjectCommand({ ...source, CopySource: `${Bucket}/b`, Key: 'b', StorageClass: 'STANDARD' }),
    );
    await gateway.sweep();
    assert.deepEqual([await blobsIn(cold), await blobsIn(join(gateway.dataFolder, 'blobs'))], [0, 2]);
    assert.ok((await read('b')).equals(body));
  });

  test('is swept like any other', async () => {
    await put('a', { Body: 'bytes', StorageClass: 'STANDARD_IA' });
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    assert.equal(await blobsIn(cold), 1);
    await gateway.sweep();
    assert.equal(await blobsIn(cold), 0);
  });

  test('has to be configured', async () => {
    const refused = s3Failure('InvalidStorageClass', 400, /^The storage class you specified is not valid$/);
    await assert.rejects(put('a', { Body: 'x', StorageClass: 'GLACIER' }), refused);
    await assert.rejects(put('a', { Body: 'x', StorageClass: 'ONEZONE_IA' }), refused);
    await assert.rejects(read('a'), s3Failure('NoSuchKey', 404, /./));
  });
});

test('a class that objects are in cannot be left out of the settings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-classes-'));
  const data = { GATEHOUSE_DATA: join(folder, 'data') };
  const first = await startGateway({ ...data, GATEHOUSE_STORAGE_CLASSES: `GLACIER_IR=file:${join(folder, 'cold')}` });
  const client = first.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', StorageClass: 'GLACIER_IR' }));
  await first.stop();
  await assert.rejects(
    startGateway(data),
    (error: Error) =>
      error instanceof ConfigError &&
      /GATEHOUSE_STORAGE_CLASSES lacks GLACIER_IR, which holds objects\./.test(error.message),
  );
  await rm(folder, { recursive: true, force: true });
});

test('a class is not served from the folder of another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-classes-'));
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  const data = { GATEHOUSE_DATA: join(folder, 'data') };
  const classes = (first: string, second: string) => ({
    ...data,
    GATEHOUSE_STORAGE_CLASSES: `STANDARD_IA=file:${first}, GLACIER_IR=file:${second}`,
  });
  await (await startGateway(classes(one, other))).stop();
  await assert.rejects(startGateway(classes(other, one)), (error: Error) => {
    assert.ok(error instanceof ForeignStore);
    assert.match(error.message, /other is marked as the store \w+ GLACIER_IR, and the database has \w+ STANDARD_IA\./);
    return true;
  });
  await symlink(one, join(folder, 'again'));
  await assert.rejects(startGateway(classes(one, join(folder, 'again'))), ForeignStore);
  await rm(folder, { recursive: true, force: true });
});

test('what is left of a class without bytes is no fault of the gateway when the class is not configured any more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-classes-'));
  const data = { GATEHOUSE_DATA: join(folder, 'data') };
  const first = await startGateway({ ...data, GATEHOUSE_STORAGE_CLASSES: `GLACIER_IR=file:${join(folder, 'cold')}` });
  const target = { Bucket, StorageClass: 'GLACIER_IR' } as const;
  await first.client().send(new CreateBucketCommand({ Bucket }));
  await first.client().send(new PutObjectCommand({ ...target, Key: 'empty', Body: '' }));
  const { UploadId } = await first.client().send(new CreateMultipartUploadCommand({ ...target, Key: 'begun' }));
  await first.stop();

  const second = await startGateway(data);
  const part = { Bucket, Key: 'begun', UploadId, PartNumber: 1, Body: 'x' };
  await assert.rejects(
    second.client().send(new UploadPartCommand(part)),
    s3Failure('InvalidStorageClass', 400, /^The storage class you specified is not valid$/),
  );
  await second.client().send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/empty` }));
  const copy = await second.client().send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
  assert.deepEqual([copy.ContentLength, copy.StorageClass], [0, undefined]);
  await second.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the folders of two classes must not be the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-classes-'));
  const settings = { GATEHOUSE_DATA: folder, GATEHOUSE_STORAGE_CLASSES: `GLACIER_IR=file:${join(folder, 'blobs')}` };
  await assert.rejects(startGateway(settings), /GATEHOUSE_STORAGE_CLASSES names .*blobs, which is in use already\./);
  await rm(folder, { recursive: true, force: true });
});

test('storage classes are pairs of a class that can be read at once and a place', () => {
  const { classes } = loadConfig({ GATEHOUSE_STORAGE_CLASSES: 'STANDARD_IA=file:/cold, GLACIER_IR=memory:' }).storage;
  assert.deepEqual(
    [...classes],
    [
      ['STANDARD_IA', { kind: 'file', folder: '/cold' }],
      ['GLACIER_IR', { kind: 'memory' }],
    ],
  );
  for (const text of ['GLACIER=file:/x', 'STANDARD=file:/x', 'STANDARD_IA', 'STANDARD_IA=s3://x', 'COLD=file:/x']) {
    assert.throws(() => loadConfig({ GATEHOUSE_STORAGE_CLASSES: text }), ConfigError, text);
  }
});
