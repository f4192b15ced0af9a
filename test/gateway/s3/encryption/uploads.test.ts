import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import {
  kmsKey,
  MISSING_KEY,
  MODE_NAMES,
  type ModeName,
  NOT_APPLICABLE,
  TestKey,
  testMode,
  WRONG_KEY,
} from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { checksumField, PART_BYTES } from '../../../support/multipart.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'uploads';
const FIRST = randomBytes(PART_BYTES + 1);
const LAST = randomBytes(70_001);
const NOT_ENCRYPTED_SO = s3Failure(
  'InvalidRequest',
  400,
  /^The multipart upload initiate requested encryption\. Subsequent part requests must include the appropriate encryption parameters\.$/,
);
const OTHER_KEY = s3Failure(
  'InvalidRequest',
  400,
  /^The provided encryption parameters did not match the ones used originally\.$/,
);

let gateway: TestGateway;
let client: S3Client;
let kmsKeyId: string;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  kmsKeyId = (await kmsKey(gateway, 'create')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const modeOf = (name: ModeName) => testMode(name, kmsKeyId);

/** Resolves to the reply, and to what every command on the upload takes. */
async function begin(Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) {
  const created = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }));
  return { created, upload: { Bucket, Key, UploadId: created.UploadId } };
}

const sendPart = (upload: object, PartNumber: number, input = {}) =>
  client.send(new UploadPartCommand({ Bucket, Key: '', UploadId: '', PartNumber, Body: LAST, ...upload, ...input }));

function complete(upload: object, ETags: readonly (string | undefined)[], input = {}) {
  const MultipartUpload = { Parts: ETags.map((ETag, index) => ({ PartNumber: index + 1, ETag })) };
  return client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key: '', UploadId: '', MultipartUpload, ...upload, ...input }),
  );
}

async function read(Key: string, input = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

for (const name of MODE_NAMES) {
  test(`an upload in parts tells in each reply that it is encrypted with ${name}`, async () => {
    const mode = modeOf(name);
    const Key = `whole/${name}`;
    const { created, upload } = await begin(Key, mode.write);
    mode.check(created);
    const parts = [await sendPart(upload, 1, { Body: FIRST, ...mode.read }), await sendPart(upload, 2, mode.read)];
    for (const part of parts) mode.check(part);
    const etags = parts.map(({ ETag }) => ETag);
    const completed = await complete(upload, etags);
    // S3 has no header for a customer's key in this reply: it was not given it.
    (name === 'SSE-C' ? modeOf('none') : mode).check(completed);
    assert.match(completed.ETag ?? '', /^"[0-9a-f]{32}-2"$/);
    mode.check(await client.send(new HeadObjectCommand({ Bucket, Key, ...mode.read })));
    assert.ok((await read(Key, mode.read)).equals(Buffer.concat([FIRST, LAST])));
    const again = await complete(upload, etags);
    assert.equal(again.ETag, completed.ETag);
    (name === 'SSE-C' ? modeOf('none') : mode).check(again);
  });
}

describe("an upload with a customer's key", () => {
  const mine = new TestKey();
  const other = new TestKey();

  test('takes parts that come with the key, and no others', async () => {
    const { upload } = await begin('guarded', mine.target);
    await assert.rejects(sendPart(upload, 1), NOT_ENCRYPTED_SO);
    await assert.rejects(sendPart(upload, 1, other.target), OTHER_KEY);
    const kms = sendPart(upload, 1, { ...mine.target, SSECustomerAlgorithm: 'AES192' });
    await assert.rejects(kms, s3Failure('InvalidEncryptionAlgorithmError', 400, /Supported value: AES256\.$/));
    const { Parts } = await client.send(new ListPartsCommand(upload));
    assert.equal(Parts, undefined, 'nothing was stored');
    const { ETag } = await sendPart(upload, 1, mine.target);
    await complete(upload, [ETag]);
    await assert.rejects(read('guarded'), s3Failure('InvalidRequest', 400, MISSING_KEY));
    await assert.rejects(read('guarded', other.target), s3Failure('AccessDenied', 403, WRONG_KEY));
    assert.ok((await read('guarded', mine.target)).equals(LAST));
  });

  test('gives each part an ETag that tells nothing of its bytes', async () => {
    const { upload } = await begin('same parts', mine.target);
    const one = await sendPart(upload, 1, mine.target);
    const same = await sendPart(upload, 2, mine.target);
    const elsewhere = await sendPart((await begin('same parts', mine.target)).upload, 1, mine.target);
    assert.equal(one.ETag, same.ETag);
    assert.notEqual(one.ETag, elsewhere.ETag);
  });

  test('needs the key to be completed, or listed, where it has checksums, and only there', async () => {
    const { upload } = await begin('plain', mine.target);
    const { ETag } = await sendPart(upload, 1, mine.target);
    await client.send(new ListPartsCommand(upload));
    await client.send(new ListPartsCommand({ ...upload, ...mine.target, SSECustomerKeyMD5: mine.md5 }));
    await assert.rejects(complete(upload, [ETag], other.target), OTHER_KEY);
    await complete(upload, [ETag], mine.target);

    const summed = await begin('summed', { ...mine.target, ChecksumAlgorithm: 'SHA256' });
    const checksum = checksumField('SHA256', LAST);
    const part = await sendPart(summed.upload, 1, { ...mine.target, ...checksum });
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag, ...checksum }] };
    await assert.rejects(client.send(new ListPartsCommand(summed.upload)), NOT_ENCRYPTED_SO);
    const keyed = { ...mine.target, SSECustomerKeyMD5: mine.md5 };
    const { Parts } = await client.send(new ListPartsCommand({ ...summed.upload, ...keyed }));
    assert.equal(Parts?.[0]?.ChecksumSHA256, checksum.ChecksumSHA256);
    await assert.rejects(complete(summed.upload, [], { MultipartUpload }), NOT_ENCRYPTED_SO);
    await assert.rejects(complete(summed.upload, [], { MultipartUpload, ...other.target }), OTHER_KEY);
    await complete(summed.upload, [], { MultipartUpload, ...mine.target });
    const attributes = { Bucket, Key: 'summed', ObjectAttributes: ['ObjectParts' as const], ...mine.target };
    const { ObjectParts } = await client.send(new GetObjectAttributesCommand(attributes));
    assert.equal(ObjectParts?.Parts?.[0]?.ChecksumSHA256, checksum.ChecksumSHA256);
  });
});

test("an upload without a customer's key takes none with its parts", async () => {
  const mine = new TestKey();
  for (const name of ['none', 'SSE-S3', 'SSE-KMS'] as const) {
    const { upload } = await begin('keyless', modeOf(name).write);
    await assert.rejects(sendPart(upload, 1, mine.target), NOT_ENCRYPTED_SO);
    await assert.rejects(complete(upload, ['"0"'], mine.target), NOT_ENCRYPTED_SO);
  }
});

test('the encryption of an upload is said when it is begun, and not with its parts', async () => {
  const { upload } = await begin('said');
  const target = `/${Bucket}/said?partNumber=1&uploadId=${upload.UploadId}`;
  const headers = { 'x-amz-server-side-encryption': 'AES256' };
  await new Conversation(gateway).fail({ method: 'PUT', target, body: 'x', headers }, 400, 'InvalidArgument');
});

test('the checksums of encrypted parts are compared with what they were made of', async () => {
  for (const name of MODE_NAMES) {
    const mode = modeOf(name);
    const { upload } = await begin('compared', { ...mode.write, ChecksumAlgorithm: 'SHA256' });
    const wrong = sendPart(upload, 1, { ...mode.read, ...checksumField('SHA256', FIRST) });
    await assert.rejects(wrong, s3Failure('BadDigest', 400, /^The SHA256 you specified did not match/));
  }
});

describe('UploadPartCopy', () => {
  const sources = new Map<ModeName, ReturnType<typeof modeOf>>();
  before(async () => {
    for (const name of MODE_NAMES) {
      const mode = modeOf(name);
      sources.set(name, mode);
      await client.send(new PutObjectCommand({ Bucket, Key: `from/${name}`, Body: FIRST, ...mode.write }));
    }
  });

  for (const from of MODE_NAMES) {
    for (const to of MODE_NAMES) {
      test(`copies ranges from ${from} to ${to}`, async () => {
        const source = sources.get(from) ?? modeOf('none');
        const target = modeOf(to);
        const Key = `to/${from} to ${to}`;
        const { upload } = await begin(Key, target.write);
        const etags: (string | undefined)[] = [];
        for (const [index, [start, end]] of [
          [1, PART_BYTES],
          [65_535, 131_072],
        ].entries()) {
          const copied = await client.send(
            new UploadPartCopyCommand({
              ...upload,
              PartNumber: index + 1,
              CopySource: `${Bucket}/from/${from}`,
              CopySourceRange: `bytes=${start}-${end}`,
              ...source.source,
              ...target.read,
            }),
          );
          target.check(copied);
          etags.push(copied.CopyPartResult?.ETag);
        }
        await complete(upload, etags);
        const expected = Buffer.concat([FIRST.subarray(1, PART_BYTES + 1), FIRST.subarray(65_535, 131_073)]);
        assert.ok((await read(Key, target.read)).equals(expected));
      });
    }
  }

  test('needs the key of the source and that of the upload, each for itself', async () => {
    const [mine, other] = [new TestKey(), new TestKey()];
    const { upload } = await begin('both', mine.target);
    const source = sources.get('SSE-C')?.source ?? {};
    const copy = (input: object) =>
      client.send(
        new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${Bucket}/from/SSE-C`, ...input }),
      );
    await assert.rejects(copy(mine.target), s3Failure('InvalidRequest', 400, MISSING_KEY));
    await assert.rejects(copy({ ...mine.target, ...other.source }), s3Failure('AccessDenied', 403, WRONG_KEY));
    await assert.rejects(copy(source), NOT_ENCRYPTED_SO);
    await assert.rejects(copy({ ...source, ...other.target }), OTHER_KEY);
    const plain = { ...mine.target, ...other.source, CopySource: `${Bucket}/from/none` };
    await assert.rejects(copy(plain), s3Failure('InvalidRequest', 400, NOT_APPLICABLE));
    assert.equal((await client.send(new ListPartsCommand(upload))).Parts, undefined);
    await copy({ ...source, ...mine.target });
  });
});
