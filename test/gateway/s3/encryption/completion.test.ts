import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { kmsKey } from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'uploads';
const SSE = 'x-amz-server-side-encryption';
const CONTEXT = Buffer.from('{"team":"a","case":"b"}').toString('base64');
const MISMATCH = 'The provided encryption parameters did not match the ones used originally.';

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let photos: string;
let others: string;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  photos = (await kmsKey(gateway, 'create')).id;
  others = (await kmsKey(gateway, 'create', 'others')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const S3 = { ServerSideEncryption: 'AES256' } as const;
const kms = (key: string) => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key }) as const;
const inContext = () => ({ ...kms('alias/photos'), SSEKMSEncryptionContext: CONTEXT });

/** An upload with a part in it, to be completed with some headers. */
async function uploaded(Key: string, encryption: object, headers: Readonly<Record<string, string>>) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...encryption }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: Key }));
  const part = `<Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part>`;
  const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
  return { method: 'POST', target: `/${Bucket}/${Key}?uploadId=${UploadId}`, body, headers };
}

/** S3 takes no such headers with a completion; minio-go sends them to whoever is not S3 itself. */
describe('a completion that repeats the encryption of its upload', () => {
  test('is as good as one that says nothing', async () => {
    const encrypted = { [SSE]: 'aws:kms' };
    for (const [encryption, headers] of [
      [S3, { [SSE]: 'AES256' }],
      [kms('alias/photos'), encrypted],
      [kms('alias/photos'), { ...encrypted, [`${SSE}-aws-kms-key-id`]: 'alias/photos' }],
      [kms('alias/photos'), { ...encrypted, [`${SSE}-aws-kms-key-id`]: photos }],
      [inContext(), { ...encrypted, [`${SSE}-context`]: Buffer.from('{"case":"b","team":"a"}').toString('base64') }],
    ] as const) {
      const reply = await root.succeed(await uploaded('repeated', encryption, headers));
      assert.equal(reply.headers.get(SSE), encryption.ServerSideEncryption);
      assert.equal(await root.read(Bucket, 'repeated'), 'repeated');
    }
  });

  test('must say what the upload was begun with', async () => {
    const encrypted = { [SSE]: 'aws:kms' };
    for (const [encryption, headers] of [
      [{}, { [SSE]: 'AES256' }],
      [S3, encrypted],
      [kms('alias/photos'), { [SSE]: 'AES256' }],
      [kms('alias/photos'), { ...encrypted, [`${SSE}-aws-kms-key-id`]: others }],
      [kms('alias/photos'), { ...encrypted, [`${SSE}-context`]: CONTEXT }],
      [inContext(), { ...encrypted, [`${SSE}-context`]: Buffer.from('{"team":"a"}').toString('base64') }],
    ] as const) {
      const error = await root.fail(await uploaded('other', encryption, headers), 400, 'InvalidRequest');
      assert.equal(textOf(error, 'Message'), MISMATCH);
    }
    assert.equal(await root.read(Bucket, 'other'), undefined);
  });

  test('cannot ask for a bucket key any more', async () => {
    const name = `${SSE}-bucket-key-enabled`;
    const error = await root.fail(await uploaded('late', S3, { [name]: 'true' }), 400, 'InvalidArgument');
    assert.equal(textOf(error, 'Message'), `${name} header is not supported for this operation.`);
    assert.equal(textOf(error, 'ArgumentName'), name);
  });
});
