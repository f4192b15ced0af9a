import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'drawer';
const BAD_HEADER = s3Failure('InvalidArgument', 400, /^The header 'x-amz-tagging' shall be encoded as UTF-8 then URL/);
const TOO_MANY = s3Failure('BadRequest', 400, /^Object tags cannot be greater than 10$/);
const ELEVEN = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const put = (Key: string, Tagging?: string) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'contents', Tagging }));

async function tagsOf(Key: string, VersionId?: string): Promise<Record<string, string>> {
  const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
  return Object.fromEntries(TagSet.map(({ Key: name = '', Value = '' }) => [name, Value]));
}

async function exists(Key: string): Promise<boolean> {
  return client.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );
}

describe('PutObject with x-amz-tagging', () => {
  test('stores an object that has the tags', async () => {
    await put('put', 'project=gate%20house&form=a+b&empty=&%C3%A9=%2B');
    assert.deepEqual(await tagsOf('put'), { project: 'gate house', form: 'a b', empty: '', é: '+' });
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'put' }))).TagCount, 4);
  });

  test('takes a key without a value, and an empty header for no tags', async () => {
    await put('bare', 'key1&&&key2');
    assert.deepEqual(await tagsOf('bare'), { key1: '', key2: '' });
    const response = await gateway.fetchSigned(`/${Bucket}/bare`, {
      method: 'PUT',
      headers: { 'x-amz-tagging': '' },
      body: 'x',
    });
    assert.equal(response.status, 200);
    assert.deepEqual(await tagsOf('bare'), {});
  });

  for (const [what, tagging, refusal] of [
    ['a key twice', 'key1=val1&key1=val2', BAD_HEADER],
    ['a comma between its tags', 'key1=val1,key2=val2', BAD_HEADER],
    ['a bad escape', 'key=%zz', BAD_HEADER],
    ['eleven tags', ELEVEN, TOO_MANY],
    ['a key of the system', 'aws:x=y', s3Failure('InvalidTag', 400, /^Your TagKey cannot be prefixed with aws:$/)],
    ['an odd value', 'k=a%2Cb', s3Failure('InvalidTag', 400, /^The TagValue you have provided is invalid$/)],
  ] as const) {
    test(`of ${what} stores nothing`, async () => {
      await assert.rejects(put('refused', tagging), refusal);
      assert.equal(await exists('refused'), false);
    });
  }

  test('means the same in the query of a presigned URL', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'presigned', Tagging: 'a=b&c=d%20e' });
    const url = await getSignedUrl(client, command);
    assert.match(url, /[?&]x-amz-tagging=a%3Db%26c%3Dd%2520e(&|$)/i);
    const response = await fetch(url, { method: 'PUT', body: 'contents' });
    assert.equal(response.status, 200, await response.text());
    assert.deepEqual(await tagsOf('presigned'), { a: 'b', c: 'd e' });
  });
});

describe('an upload in parts', () => {
  const create = (Key: string, Tagging?: string) =>
    client.send(new CreateMultipartUploadCommand({ Bucket, Key, Tagging }));

  test('makes an object that has the tags with which it was begun', async () => {
    const target = { Bucket, Key: 'parts', UploadId: (await create('parts', 'a=1&b=2')).UploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload }));
    assert.deepEqual(await tagsOf('parts'), { a: '1', b: '2' });
  });

  test('takes nothing of the tags of what its parts are copied from', async () => {
    await put('donor', 'donor=yes');
    const target = { Bucket, Key: 'assembled', UploadId: (await create('assembled')).UploadId };
    const CopySource = `${Bucket}/donor`;
    const { CopyPartResult } = await client.send(new UploadPartCopyCommand({ ...target, PartNumber: 1, CopySource }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload }));
    assert.deepEqual(await tagsOf('assembled'), {});
  });

  test('is not begun with tags that cannot be', async () => {
    await assert.rejects(create('refused', 'a=1&a=2'), BAD_HEADER);
    await assert.rejects(create('refused', ELEVEN), TOO_MANY);
  });
});

describe('CopyObject', () => {
  const copy = (to: string, input: Partial<CopyObjectCommandInput> = {}) =>
    client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: `${Bucket}/source`, ...input }));

  before(() => put('source', 'from=source'));

  test('copies the tags of its source unless told otherwise, and then takes none of the request', async () => {
    await copy('copy');
    assert.deepEqual(await tagsOf('copy'), { from: 'source' });
    await copy('copy', { TaggingDirective: 'COPY', Tagging: 'from=request' });
    assert.deepEqual(await tagsOf('copy'), { from: 'source' });
    await copy('copy', { Tagging: 'from=request' });
    assert.deepEqual(await tagsOf('copy'), { from: 'source' });
  });

  test('replaces them by those of the request, or by none', async () => {
    await copy('replaced', { TaggingDirective: 'REPLACE', Tagging: 'from=request&more=1' });
    assert.deepEqual(await tagsOf('replaced'), { from: 'request', more: '1' });
    await copy('replaced', { TaggingDirective: 'REPLACE' });
    assert.deepEqual(await tagsOf('replaced'), {});
    assert.deepEqual(await tagsOf('source'), { from: 'source' });
  });

  test('copies tags apart from metadata', async () => {
    const Metadata = { by: 'request' };
    await copy('apart', { MetadataDirective: 'REPLACE', Metadata });
    assert.deepEqual(await tagsOf('apart'), { from: 'source' });
    await copy('apart', { TaggingDirective: 'REPLACE', Tagging: 'a=b', Metadata });
    assert.deepEqual((await client.send(new HeadObjectCommand({ Bucket, Key: 'apart' }))).Metadata, {});
  });

  test('copies the tags of the version that it is told', async () => {
    const archive = 'archive';
    await client.send(new CreateBucketCommand({ Bucket: archive }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: archive, VersioningConfiguration }));
    const store = (Tagging: string) =>
      client.send(new PutObjectCommand({ Bucket: archive, Key: 'k', Body: Tagging, Tagging }));
    const { VersionId } = await store('which=first');
    await store('which=second');
    await copy('older', { CopySource: `${archive}/k?versionId=${VersionId}` });
    assert.deepEqual(await tagsOf('older'), { which: 'first' });
    await copy('newer', { CopySource: `${archive}/k` });
    assert.deepEqual(await tagsOf('newer'), { which: 'second' });
  });

  test('takes no other directive, and no tags that cannot be', async () => {
    const directive = 'MERGE' as 'COPY';
    const unknown = s3Failure('InvalidArgument', 400, /^Unknown tagging directive\.$/);
    await assert.rejects(copy('refused', { TaggingDirective: directive }), unknown);
    await assert.rejects(copy('refused', { TaggingDirective: 'REPLACE', Tagging: 'a=b=c' }), BAD_HEADER);
    await assert.rejects(copy('refused', { TaggingDirective: 'REPLACE', Tagging: ELEVEN }), TOO_MANY);
    assert.equal(await exists('refused'), false);
  });

  test('of an object onto itself needs more than other tags', async () => {
    const refusal = s3Failure('InvalidRequest', 400, /trying to copy an object to itself/);
    await assert.rejects(copy('source', { TaggingDirective: 'REPLACE', Tagging: 'a=b' }), refusal);
    assert.deepEqual(await tagsOf('source'), { from: 'source' });
  });
});

describe('a form', () => {
  async function upload(key: string, tagging: string) {
    const Fields = { tagging };
    const { url, fields } = await createPresignedPost(client, { Bucket, Key: key, Fields });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['contents']), 'file');
    const response = await fetch(url, { method: 'POST', body: form });
    const xml = await response.text();
    return { status: response.status, code: elementText(xml, 'Code'), message: elementText(xml, 'Message') };
  }

  const document = (...tags: readonly (readonly [string, string])[]) =>
    `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`;

  test('stores an object that has the tags of its field tagging', async () => {
    const { status } = await upload('form', document(['a', '1'], ['größe', 'ü +']));
    assert.equal(status, 204);
    assert.deepEqual(await tagsOf('form'), { a: '1', größe: 'ü +' });
    assert.equal((await upload('form', document())).status, 204);
    assert.deepEqual(await tagsOf('form'), {});
  });

  for (const [what, field, code] of [
    ['no document', 'a=b', 'MalformedXML'],
    ['a document without a set', '<Tagging/>', 'MalformedXML'],
    ['eleven tags', document(...ELEVEN.split('&').map((pair) => [pair.slice(0, -2), 'v'] as const)), 'BadRequest'],
    ['a key of the system', document(['aws:a', '1']), 'InvalidTag'],
  ] as const) {
    test(`whose field tagging is ${what} is refused and stores nothing`, async () => {
      const outcome = await upload('refused', field);
      assert.deepEqual([outcome.status, outcome.code], [400, code]);
      assert.equal(await exists('refused'), false);
    });
  }
});
