import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { partBody, TestUpload } from '../../../support/multipart.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'aborted';

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_SWEEP_GRACE: '0' });
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

test('AbortMultipartUpload answers 204 and frees the bytes of the parts', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  await upload.sendAll([partBody(50_000), partBody(50_000)]);
  const response = await client.send(new AbortMultipartUploadCommand(upload.target));
  assert.equal(response.$metadata.httpStatusCode, 204);
  // A blob that was released within this very millisecond is not older than the grace period yet.
  await setTimeout(5);
  assert.equal((await gateway.sweep()).releasedBlobs, 2);
});

test('nothing can be done with an aborted upload', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  const part = await upload.send(1, Buffer.from('body'));
  await client.send(new AbortMultipartUploadCommand(upload.target));
  const gone = s3Failure('NoSuchUpload', 404, /upload does not exist/);
  await assert.rejects(upload.send(2, Buffer.from('body')), gone);
  await assert.rejects(upload.complete([part]), gone);
  await assert.rejects(client.send(new AbortMultipartUploadCommand(upload.target)), gone);
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  assert.equal(Uploads, undefined);
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: 'key' })), { name: 'NotFound' });
});

test('aborting leaves the object of the key and its other uploads alone', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'shared', Body: 'stays' }));
  const [kept, aborted] = [
    await TestUpload.begin(client, { Bucket, Key: 'shared' }),
    await TestUpload.begin(client, { Bucket, Key: 'shared' }),
  ];
  await kept.send(1, Buffer.from('later'));
  await client.send(new AbortMultipartUploadCommand(aborted.target));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'shared' }));
  assert.equal(head.ContentLength, 5);
  await kept.complete();
});

test('an upload is aborted only by its own key', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  await assert.rejects(
    client.send(new AbortMultipartUploadCommand({ ...upload.target, Key: 'another' })),
    s3Failure('NoSuchUpload', 404, /upload does not exist/),
  );
  await client.send(new AbortMultipartUploadCommand(upload.target));
});

test('the precondition of a directory bucket is refused rather than ignored', async () => {
  const upload = await TestUpload.begin(client, { Bucket, Key: 'key' });
  await assert.rejects(
    client.send(new AbortMultipartUploadCommand({ ...upload.target, IfMatchInitiatedTime: new Date(0) })),
    s3Failure('NotImplemented', 501, /not implemented/),
  );
});
