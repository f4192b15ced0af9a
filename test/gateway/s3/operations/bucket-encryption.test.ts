import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  type ServerSideEncryptionRule,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Conversation } from '../../../support/conversation.ts';
import { KMS_KEY, kmsKey, TestKey, type TestMode, testMode } from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'vault';
const NOT_FOUND = s3Failure(
  'ServerSideEncryptionConfigurationNotFoundError',
  404,
  /^The server side encryption configuration was not found$/,
);
const BLOCKED = s3Failure(
  'AccessDenied',
  403,
  /^This bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys \(SSE-C\)\./,
);
const AES256: ServerSideEncryptionRule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
const KMS: ServerSideEncryptionRule = {
  ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KMS_KEY },
};
const WITH_BUCKET_KEY = { ...KMS, BucketKeyEnabled: true };
const ALLOWED = { EncryptionType: ['NONE' as const] };
const WITHOUT_CUSTOMER_KEYS = { EncryptionType: ['SSE-C' as const] };

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let modes: { readonly none: TestMode; readonly s3: TestMode; readonly kms: TestMode };

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  const { id } = await kmsKey(gateway, 'create');
  modes = { none: testMode('none', id), s3: testMode('SSE-S3', id), kms: testMode('SSE-KMS', id) };
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const configure = (...Rules: ServerSideEncryptionRule[]) =>
  client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
const configured = async (name = Bucket) => {
  const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket: name }));
  return ServerSideEncryptionConfiguration?.Rules;
};
const remove = () => client.send(new DeleteBucketEncryptionCommand({ Bucket }));
const put = (Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'contents', ...input }));
const head = (Key: string, input = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...input }));

/** The document in which the SDK would never send it. */
const putDocument = (document: string) => ({ method: 'PUT', target: `/${Bucket}?encryption`, body: document });
const documentOf = (rules: string) =>
  `<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules}</ServerSideEncryptionConfiguration>`;
const byDefault = (fields: string) =>
  `<ApplyServerSideEncryptionByDefault>${fields}</ApplyServerSideEncryptionByDefault>`;

describe('the encryption of a bucket', () => {
  test('is not there at first, and gone when it was deleted', async () => {
    await assert.rejects(configured(), NOT_FOUND);
    const error = await root.fail(
      { target: `/${Bucket}?encryption` },
      404,
      'ServerSideEncryptionConfigurationNotFoundError',
    );
    assert.equal(textOf(error, 'BucketName'), Bucket);
    assert.equal((await configure(AES256)).$metadata.httpStatusCode, 200);
    for (let time = 0; time < 2; time += 1) assert.equal((await remove()).$metadata.httpStatusCode, 204);
    await assert.rejects(configured(), NOT_FOUND);
  });

  for (const [what, rule, told] of [
    ['SSE-S3', AES256, { ...AES256, BucketKeyEnabled: false, BlockedEncryptionTypes: ALLOWED }],
    ['SSE-KMS', KMS, { ...KMS, BucketKeyEnabled: false, BlockedEncryptionTypes: ALLOWED }],
    ['a bucket key', WITH_BUCKET_KEY, { ...WITH_BUCKET_KEY, BlockedEncryptionTypes: ALLOWED }],
    [
      'a block alone',
      { BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS },
      { BucketKeyEnabled: false, BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS },
    ],
    ['an end of it', { BlockedEncryptionTypes: ALLOWED }, { BucketKeyEnabled: false, BlockedEncryptionTypes: ALLOWED }],
  ] as const) {
    test(`is told as it was put: ${what}`, async () => {
      await configure(rule as ServerSideEncryptionRule);
      assert.deepEqual(await configured(), [told]);
    });
  }

  test('may name a key that is not there: who writes is told', async () => {
    await configure({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'alias/absent' },
    });
    const missing = s3Failure(
      'KMS.NotFoundException',
      400,
      /^Alias arn:aws:kms:us-east-1:000000000000:alias\/absent is not found\.$/,
    );
    await assert.rejects(put('unsealed'), missing);
    await assert.rejects(head('unsealed'), { name: 'NotFound' });
    await remove();
  });

  test('does not take a key that nothing would use', async () => {
    const fields = '<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>alias/photos</KMSMasterKeyID>';
    const document = documentOf(`<Rule>${byDefault(fields)}</Rule>`);
    const error = await root.fail(putDocument(document), 400, 'InvalidArgument');
    assert.equal(
      textOf(error, 'Message'),
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    );
    assert.equal(textOf(error, 'ArgumentName'), 'ApplyServerSideEncryptionByDefault');
  });

  test('cannot be in two layers', async () => {
    const rule = `<Rule>${byDefault('<SSEAlgorithm>aws:kms:dsse</SSEAlgorithm>')}</Rule>`;
    const error = await root.fail(putDocument(documentOf(rule)), 501, 'NotImplemented');
    assert.equal(textOf(error, 'Message'), 'Default encryption with aws:kms:dsse is not implemented.');
    await assert.rejects(configured(), NOT_FOUND);
  });

  const algorithm = '<SSEAlgorithm>AES256</SSEAlgorithm>';
  const rule = `<Rule>${byDefault(algorithm)}</Rule>`;
  for (const [what, document] of [
    ['no rule', documentOf('')],
    ['two rules', documentOf(rule + rule)],
    ['a rule that says nothing', documentOf('<Rule/>')],
    ['a default without an algorithm', documentOf(`<Rule>${byDefault('')}</Rule>`)],
    ['an algorithm that S3 has not', documentOf(`<Rule>${byDefault('<SSEAlgorithm>aes256</SSEAlgorithm>')}</Rule>`)],
    ['an algorithm twice', documentOf(`<Rule>${byDefault(algorithm + algorithm)}</Rule>`)],
    ['a default twice', documentOf(`<Rule>${byDefault(algorithm)}${byDefault(algorithm)}</Rule>`)],
    [
      'an empty key',
      documentOf(`<Rule>${byDefault('<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID></KMSMasterKeyID>')}</Rule>`),
    ],
    ['a bucket key that is no boolean', documentOf(`<Rule><BucketKeyEnabled>yes</BucketKeyEnabled></Rule>`)],
    [
      'a block of what S3 cannot block',
      documentOf(
        '<Rule><BlockedEncryptionTypes><EncryptionType>SSE-S3</EncryptionType></BlockedEncryptionTypes></Rule>',
      ),
    ],
    [
      'a block that contradicts itself',
      documentOf(
        '<Rule><BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>',
      ),
    ],
    ['an element that S3 has not', documentOf(`<Rule>${byDefault(algorithm)}<Colour>blue</Colour></Rule>`)],
    ['another document', '<Tagging/>'],
    ['what is no XML', 'AES256'],
  ] as const) {
    test(`is MalformedXML with ${what}`, async () => {
      await root.fail(putDocument(document), 400, 'MalformedXML');
      await assert.rejects(configured(), NOT_FOUND);
    });
  }

  test('is only for who may', async () => {
    const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
    const target = `/${Bucket}?encryption`;
    await stranger.fail({ target }, 403, 'AccessDenied');
    await stranger.fail({ ...putDocument(documentOf(rule)) }, 403, 'AccessDenied');
    await stranger.fail({ method: 'DELETE', target }, 403, 'AccessDenied');
    for (const method of ['GET', 'DELETE']) {
      await root.fail({ method, target: '/no-such-bucket?encryption' }, 404, 'NoSuchBucket');
    }
  });
});

describe('a default encryption', () => {
  after(() => remove());

  test('is that of whatever is written without a word about it', async () => {
    await put('before');
    for (const [rule, mode] of [
      [AES256, modes.s3],
      [KMS, modes.kms],
    ] as const) {
      await configure(rule);
      mode.check(await put('put'));
      mode.check(await head('put'));
      mode.check(await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/before` })));
      mode.check(await head('copy'));
      mode.check(await head(await uploadParts(mode)));
      mode.check(await head(await postForm('posted')));
      modes.none.check(await head('before'));
    }
    await remove();
    modes.none.check(await put('after'));
    modes.kms.check(await head('put'));
  });

  test('gives way to what the writer asks for', async () => {
    await configure(KMS);
    modes.s3.check(await put('asked', modes.s3.write));
    modes.s3.check(await head('asked'));
    const mine = testMode('SSE-C', '');
    mine.check(await put('mine', mine.write));
    mine.check(await head('mine', mine.read));
    await configure(AES256);
    modes.kms.check(await put('asked', modes.kms.write));
  });

  test('without a key is of the default key', async () => {
    await configure({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
    const { SSEKMSKeyId, ServerSideEncryption } = await put('managed');
    assert.equal(ServerSideEncryption, 'aws:kms');
    assert.match(SSEKMSKeyId ?? '', /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
    assert.equal((await put('managed', { ServerSideEncryption: 'aws:kms' })).SSEKMSKeyId, SSEKMSKeyId);
    assert.notEqual((await put('managed', modes.kms.write)).SSEKMSKeyId, SSEKMSKeyId);
  });

  test('has its bucket key, which writers can do without, as they can have one where it has none', async () => {
    await configure({ ...KMS, BucketKeyEnabled: true });
    assert.equal((await put('with')).BucketKeyEnabled, true);
    assert.equal((await head('with')).BucketKeyEnabled, true);
    assert.equal((await put('with', modes.kms.write)).BucketKeyEnabled, true, 'also where the writer names the mode');
    assert.equal((await put('without', { BucketKeyEnabled: false })).BucketKeyEnabled, undefined);
    assert.equal((await put('without', { ...modes.kms.write, BucketKeyEnabled: false })).BucketKeyEnabled, undefined);
    assert.equal((await head('without')).BucketKeyEnabled, undefined);
    await configure(KMS);
    assert.equal((await put('with', { BucketKeyEnabled: true })).BucketKeyEnabled, true);
    assert.equal((await put('with')).BucketKeyEnabled, undefined);
    await configure({ ...AES256, BucketKeyEnabled: true });
    assert.equal((await put('plain')).BucketKeyEnabled, undefined);
  });
});

describe("a block of customers' keys", () => {
  const mine = new TestKey();
  before(async () => {
    await put('old', mine.target);
    await put('plain');
    await configure({ BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS });
  });
  after(() => remove());

  test('refuses what is written with them and nothing else', async () => {
    await assert.rejects(put('new', mine.target), BLOCKED);
    const copy = { Bucket, Key: 'new', CopySource: `${Bucket}/plain` };
    await assert.rejects(client.send(new CopyObjectCommand({ ...copy, ...mine.target })), BLOCKED);
    await assert.rejects(
      client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'new', ...mine.target })),
      BLOCKED,
    );
    assert.equal((await form('new', mine.headers)).status, 403);
    await assert.rejects(head('new'), { name: 'NotFound' });
    modes.s3.check(await put('new', modes.s3.write));
    modes.none.check(await put('new'));
  });

  test('lets what is there be read, copied and deleted', async () => {
    assert.equal((await head('old', mine.target)).ContentLength, 8);
    const CopySource = `${Bucket}/old`;
    modes.none.check(await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...mine.source })));
  });

  test('holds for uploads that were begun before it', async () => {
    await configure({ BlockedEncryptionTypes: ALLOWED });
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ...mine.target }));
    const upload = { Bucket, Key: 'parts', UploadId };
    const part = { ...upload, PartNumber: 1, ...mine.target };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'part' }));
    await configure({ BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS });
    await assert.rejects(client.send(new UploadPartCommand({ ...part, Body: 'part' })), BLOCKED);
    await assert.rejects(client.send(new UploadPartCopyCommand({ ...part, CopySource: `${Bucket}/plain` })), BLOCKED);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = () => client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    await assert.rejects(complete(), BLOCKED);
    await configure({ BlockedEncryptionTypes: ALLOWED });
    await complete();
    await configure({ BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS });
  });

  test('stays where a new configuration does not mention it', async () => {
    await configure(AES256);
    assert.deepEqual((await configured())?.[0]?.BlockedEncryptionTypes, WITHOUT_CUSTOMER_KEYS);
    await assert.rejects(put('new', mine.target), BLOCKED);
    await configure({ ...AES256, BlockedEncryptionTypes: ALLOWED });
    await put('new', mine.target);
    await configure({ ...AES256, BlockedEncryptionTypes: WITHOUT_CUSTOMER_KEYS });
    await remove();
    await put('new', mine.target);
  });
});

/** Resolves to the key of the object. */
async function uploadParts(mode: TestMode): Promise<string> {
  const upload = { Bucket, Key: 'parts' };
  const created = await client.send(new CreateMultipartUploadCommand(upload));
  mode.check(created);
  const target = { ...upload, UploadId: created.UploadId };
  const part = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'part' }));
  mode.check(part);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] };
  mode.check(await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload })));
  return upload.Key;
}

async function form(Key: string, Fields: Record<string, string> = {}): Promise<Response> {
  const { fields } = await createPresignedPost(client, { Bucket, Key, Fields });
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob(['posted']));
  return fetch(`${gateway.s3Url}/${Bucket}`, { method: 'POST', body });
}

async function postForm(Key: string): Promise<string> {
  assert.equal((await form(Key)).status, 204);
  return Key;
}
