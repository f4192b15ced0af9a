import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  RenameObjectCommand,
  type RenameObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';
import { keyPath } from '../../../support/wire-request.ts';

const BUCKET = 'nameplates';
const VERSIONED = 'nameplates-kept';
const MIB = 1024 ** 2;
const UNMET = /^At least one of the pre-conditions you specified did not hold$/;

let gateway: TestGateway;
let client: S3Client;
let wire: Conversation;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  wire = new Conversation(gateway);
  for (const Bucket of [BUCKET, VERSIONED]) await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket: VERSIONED, VersioningConfiguration: { Status: 'Enabled' } }),
  );
});
after(() => gateway.stop());

function put(Key: string, input: Partial<PutObjectCommandInput> = {}) {
  return client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: `contents of ${Key}`, ...input }));
}

function rename(from: string, to: string, input: Partial<RenameObjectCommandInput> = {}) {
  const RenameSource = encodeURIComponent(from);
  return client.send(new RenameObjectCommand({ Bucket: BUCKET, Key: to, RenameSource, ...input }));
}

async function read(Key: string, Bucket = BUCKET): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return await Body?.transformToString();
  } catch (error) {
    s3Failure('NoSuchKey', 404, /^The specified key does not exist.$/)(error);
    return undefined;
  }
}

/** A rename of which every header is the test's own choice. */
function request(to: string, headers: Record<string, string>) {
  return { method: 'PUT', target: `${keyPath(BUCKET, to)}?renameObject`, headers };
}

test('RenameObject gives an object another key and keeps all that is said of it', async () => {
  await put('draft.txt', {
    ContentType: 'text/plain',
    CacheControl: 'no-cache',
    Metadata: { author: 'Ann' },
    ChecksumAlgorithm: 'SHA256',
  });
  const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
  const { $metadata: _, ...before } = await head('draft.txt');
  await rename('draft.txt', 'final.txt');
  const { $metadata, ...after } = await head('final.txt');
  assert.deepEqual(after, before);
  assert.equal(await read('final.txt'), 'contents of draft.txt');
  assert.equal(await read('draft.txt'), undefined);
});

test('the reply is 200 without a body', async () => {
  await put('plain');
  const reply = await wire.send(request('plainer', { 'x-amz-rename-source': 'plain' }));
  assert.deepEqual([reply.status, reply.body.byteLength, reply.headers.get('content-length')], [200, 0, '0']);
  assert.equal(reply.headers.get('x-amz-version-id'), undefined);
});

test('an object of the backend, and one of parts, are renamed and outlive every sweep', async () => {
  const large = Buffer.alloc(100_000, 'large ');
  await put('large', { Body: large });
  const upload = { Bucket: BUCKET, Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of [Buffer.alloc(5 * MIB, 'a'), Buffer.from('tail')].entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));
  for (const key of ['large', 'parts']) await rename(key, `renamed/${key}`);
  await gateway.sweep();
  assert.equal(await read('renamed/large'), large.toString());
  assert.equal(await read('renamed/parts'), `${'a'.repeat(5 * MIB)}tail`);
  const attributes = { Bucket: BUCKET, Key: 'renamed/parts', ObjectAttributes: ['ObjectParts' as const] };
  const { ObjectParts } = await client.send(new GetObjectAttributesCommand(attributes));
  assert.equal(ObjectParts?.TotalPartsCount, 2);
});

test('what is under the new key is overwritten', async () => {
  await put('winner');
  await put('loser');
  await rename('winner', 'loser');
  assert.deepEqual([await read('winner'), await read('loser')], [undefined, 'contents of winner']);
});

test('the source is found under every odd key', async () => {
  for (const key of ['a b', 'a+b', 'a%20b', 'a%2Fb', '/leading', 'a//b', '?q#f&x=y', 'سلام/🎉', 'quotes\'"<>&']) {
    await put(`odd:${key}`);
    await rename(`odd:${key}`, `even:${key}`);
    assert.equal(await read(`even:${key}`), `contents of odd:${key}`);
    assert.equal(await read(`odd:${key}`), undefined);
  }
});

test('the source may be a key, with or without a slash before it, or the bucket and a key', async () => {
  for (const source of ['forms/it', '/forms/it', `${BUCKET}/forms/it`, `/${BUCKET}/forms/it`, 'forms%2Fit']) {
    await put('forms/it');
    await wire.succeed(request('forms/renamed', { 'x-amz-rename-source': source }));
    assert.equal(await read('forms/it'), undefined, source);
  }
});

test('a key that begins with the name of its bucket is taken as it stands', async () => {
  await put('twin');
  await put(`${BUCKET}/twin`);
  await rename(`${BUCKET}/twin`, 'renamed twin');
  assert.equal(await read('renamed twin'), `contents of ${BUCKET}/twin`);
  assert.equal(await read('twin'), 'contents of twin');
});

test('a source that is not there is NoSuchKey and costs the new key nothing', async () => {
  await put('unharmed');
  await assert.rejects(
    rename('nothing', 'unharmed'),
    s3Failure('NoSuchKey', 404, /^The specified key does not exist.$/),
  );
  await assert.rejects(rename('other-bucket/key', 'unharmed'), s3Failure('NoSuchKey', 404, /./));
  assert.equal(await read('unharmed'), 'contents of unharmed');
});

test('a bucket that is not there is NoSuchBucket', async () => {
  const nowhere = rename('a', 'b', { Bucket: 'nowhere-at-all' });
  await assert.rejects(nowhere, s3Failure('NoSuchBucket', 404, /^The specified bucket does not exist$/));
});

test('its own key, and keys that end with a slash, are InvalidRequest', async () => {
  await put('same');
  await put('folder/');
  const own = /^This rename request is illegal because it gives an object the key that it has.$/;
  await assert.rejects(rename('same', 'same'), s3Failure('InvalidRequest', 400, own));
  const slash = /^RenameObject is not supported for keys that end with a slash \(\/\).$/;
  await assert.rejects(rename('folder/', 'file'), s3Failure('InvalidRequest', 400, slash));
  await assert.rejects(rename('same', 'folder/'), s3Failure('InvalidRequest', 400, slash));
  assert.deepEqual([await read('same'), await read('folder/')], ['contents of same', 'contents of folder/']);
});

test('a request without a source, or with one that cannot be read, changes nothing', async () => {
  await put('stays');
  const missing = await wire.fail(request('stays', {}), 400, 'InvalidRequest');
  assert.equal(textOf(missing, 'Message'), 'Missing required header for this request: x-amz-rename-source');
  const invalid = await wire.fail(request('stays', { 'x-amz-rename-source': 'a%zz' }), 400, 'InvalidArgument');
  assert.equal(textOf(invalid, 'Message'), 'Invalid rename source encoding.');
  await wire.fail(request('stays', { 'x-amz-rename-source': 'k'.repeat(1025) }), 400, 'KeyTooLongError');
  await wire.fail(request('k'.repeat(1025), { 'x-amz-rename-source': 'stays' }), 400, 'KeyTooLongError');
  assert.equal(await read('stays'), 'contents of stays');
});

test('conditions on both ends are held to the objects that are there', async () => {
  const etag = (key: string) => `"${hash('md5', `contents of ${key}`)}"`;
  await put('from');
  await put('onto');
  const hour = 3_600_000;
  const past = new Date(Date.now() - hour);
  const future = new Date(Date.now() + hour);
  for (const [condition, refusal] of [
    ['If-Match', { SourceIfMatch: etag('onto') }],
    ['If-None-Match', { SourceIfNoneMatch: etag('from') }],
    ['If-None-Match', { SourceIfNoneMatch: '*' }],
    ['If-Modified-Since', { SourceIfModifiedSince: future }],
    ['If-Unmodified-Since', { SourceIfUnmodifiedSince: past }],
    ['If-Match', { DestinationIfMatch: etag('from') }],
    ['If-None-Match', { DestinationIfNoneMatch: '*' }],
    ['If-None-Match', { DestinationIfNoneMatch: etag('onto') }],
    ['If-Modified-Since', { DestinationIfModifiedSince: future }],
    ['If-Unmodified-Since', { DestinationIfUnmodifiedSince: past }],
    ['If-Match', { SourceIfMatch: etag('from'), DestinationIfMatch: etag('from'), DestinationIfNoneMatch: '*' }],
  ] as const) {
    await assert.rejects(rename('from', 'onto', refusal), (error: unknown) => {
      assert.equal((error as { Condition?: string }).Condition, condition);
      return s3Failure('PreconditionFailed', 412, UNMET)(error);
    });
  }
  assert.deepEqual([await read('from'), await read('onto')], ['contents of from', 'contents of onto']);
  await rename('from', 'onto', {
    SourceIfMatch: etag('from'),
    SourceIfNoneMatch: etag('onto'),
    SourceIfModifiedSince: past,
    SourceIfUnmodifiedSince: future,
    DestinationIfMatch: etag('onto'),
    DestinationIfNoneMatch: etag('from'),
    DestinationIfModifiedSince: past,
    DestinationIfUnmodifiedSince: future,
  });
  assert.equal(await read('onto'), 'contents of from');
});

test('conditions on a new key that is free', async () => {
  await put('climber');
  for (const refusal of [
    { DestinationIfMatch: '*' },
    { DestinationIfMatch: '"a"' },
    { DestinationIfModifiedSince: new Date(0) },
  ]) {
    await assert.rejects(rename('climber', 'free', refusal), s3Failure('PreconditionFailed', 412, UNMET));
  }
  await rename('climber', 'free', { DestinationIfNoneMatch: '*', DestinationIfUnmodifiedSince: new Date(0) });
  assert.equal(await read('free'), 'contents of climber');
});

test('of twenty that rename one object exactly one does', async () => {
  await put('race');
  const keys = Array.from({ length: 20 }, (_, index) => `raced/${index}`);
  const results = await Promise.allSettled(keys.map((key) => rename('race', key)));
  const winners = keys.filter((_, index) => results[index]?.status === 'fulfilled');
  assert.equal(winners.length, 1);
  for (const result of results) {
    if (result.status === 'rejected') s3Failure('NoSuchKey', 404, /./)(result.reason);
  }
  for (const key of keys) assert.equal(await read(key), key === winners[0] ? 'contents of race' : undefined);
});

test('a rename that comes again with its token succeeds and does nothing', async () => {
  await put('once');
  const again = { ClientToken: 'the-one-and-only' };
  await rename('once', 'twice', again);
  await put('once', { Body: 'another' });
  await rename('once', 'twice', again);
  assert.deepEqual([await read('once'), await read('twice')], ['another', 'contents of once']);
});

test('a token that comes with another request is IdempotencyParameterMismatch', async () => {
  await put('token-source');
  const again = { ClientToken: 'mixed-up' };
  await rename('token-source', 'token-target', again);
  await put('token-source');
  const mismatch = s3Failure(
    'IdempotencyParameterMismatch',
    400,
    /^Parameters on this idempotent request are inconsistent with parameters used in previous request\(s\).$/,
  );
  await assert.rejects(rename('token-source', 'elsewhere', again), mismatch);
  await assert.rejects(rename('token-source', 'token-target', { ...again, DestinationIfNoneMatch: '*' }), mismatch);
  assert.equal(await read('token-source'), 'contents of token-source');
});

test('a token that is none is InvalidArgument', async () => {
  await put('untouched');
  const headers = { 'x-amz-rename-source': 'untouched', 'x-amz-client-token': 'with blanks' };
  const error = await wire.fail(request('touched', headers), 400, 'InvalidArgument');
  assert.equal(textOf(error, 'ArgumentName'), 'x-amz-client-token');
  assert.equal(await read('untouched'), 'contents of untouched');
});

test('a token is no excuse in a bucket that was made anew', async () => {
  const Bucket = 'phoenix';
  const again = { Bucket, ClientToken: 'from-the-ashes' };
  for (const body of ['first life', 'second life']) {
    await client.send(new CreateBucketCommand({ Bucket }));
    await put('old', { Bucket, Body: body });
    if (body === 'first life') await rename('old', 'new', again);
    else await assert.rejects(rename('old', 'new', again), s3Failure('IdempotencyParameterMismatch', 400, /./));
    for (const Key of ['old', 'new']) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteBucketCommand({ Bucket }));
  }
});

test('a token survives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-rename-'));
  const live = async (run: (mortal: S3Client) => Promise<unknown>) => {
    const own = await startGateway({ GATEHOUSE_DATA: folder });
    try {
      await run(own.client());
    } finally {
      await own.stop();
    }
  };
  const again = new RenameObjectCommand({ Bucket: BUCKET, Key: 'new', RenameSource: 'old', ClientToken: 'for-good' });
  try {
    await live(async (mortal) => {
      await mortal.send(new CreateBucketCommand({ Bucket: BUCKET }));
      await mortal.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'old', Body: 'kept' }));
      await mortal.send(again);
    });
    await live(async (mortal) => {
      await mortal.send(again);
      const { Body } = await mortal.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'new' }));
      assert.equal(await Body?.transformToString(), 'kept');
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('nobody renames in a bucket of somebody else, nor learns what is in it', async () => {
  await put('private');
  const stranger = gateway.client(await gateway.addUser('stranger'));
  const anonymous = new Conversation(gateway, 'anonymous');
  for (const source of ['private', 'nothing']) {
    const taking = stranger.send(new RenameObjectCommand({ Bucket: BUCKET, Key: 'taken', RenameSource: source }));
    await assert.rejects(taking, s3Failure('AccessDenied', 403, /^Access Denied$/));
    await anonymous.fail(request('taken', { 'x-amz-rename-source': source }), 403, 'AccessDenied');
  }
  assert.equal(await read('private'), 'contents of private');
});

test('with versions the source is hidden behind a delete marker, and both histories are kept', async () => {
  const Bucket = VERSIONED;
  const { VersionId: source } = await put('old', { Bucket });
  const { VersionId: overwritten } = await put('new', { Bucket });
  const reply = await wire.succeed({
    method: 'PUT',
    target: `${keyPath(Bucket, 'new')}?renameObject`,
    headers: { 'x-amz-rename-source': 'old' },
  });
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    Versions.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest]),
    [
      ['new', reply.headers.get('x-amz-version-id'), true],
      ['new', overwritten, false],
      ['old', source, false],
    ],
  );
  assert.deepEqual(
    DeleteMarkers.map(({ Key, IsLatest }) => [Key, IsLatest]),
    [['old', true]],
  );
  assert.deepEqual([await read('new', Bucket), await read('old', Bucket)], ['contents of old', undefined]);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'old', VersionId: source ?? '' }));
  await gateway.sweep();
  assert.equal(await read('new', Bucket), 'contents of old');
});

test('elsewhere its headers are NotImplemented: who means a rename must not overwrite or delete instead', async () => {
  await put('mistaken');
  for (const header of ['x-amz-rename-source', 'x-amz-rename-source-if-match']) {
    const headers = { [header]: '"value"' };
    await wire.fail({ method: 'PUT', target: keyPath(BUCKET, 'mistaken'), headers }, 501, 'NotImplemented');
    await wire.fail({ method: 'DELETE', target: keyPath(BUCKET, 'mistaken'), headers }, 501, 'NotImplemented');
  }
  assert.equal(await read('mistaken'), 'contents of mistaken');
});
