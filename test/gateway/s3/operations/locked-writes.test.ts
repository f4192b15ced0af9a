import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type HeadObjectCommandOutput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { hoursFromNow, LockedBucket } from '../../../support/locked-bucket.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const MODE = 'x-amz-object-lock-mode';
const UNTIL = 'x-amz-object-lock-retain-until-date';
const HOLD = 'x-amz-object-lock-legal-hold';
const SOON = hoursFromNow(1);
const LOCK = {
  ObjectLockMode: 'COMPLIANCE',
  ObjectLockRetainUntilDate: SOON,
  ObjectLockLegalHoldStatus: 'ON',
} as const;
const MISSING = s3Failure('InvalidRequest', 400, /^Bucket is missing Object Lock Configuration$/);

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let vault: LockedBucket;
let plain: LockedBucket;
/** Retains for a day what does not say how long. */
let daily: LockedBucket;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  vault = await LockedBucket.create(client, 'vault');
  daily = await LockedBucket.create(client, 'daily');
  await daily.configure({ DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } });
  plain = new LockedBucket(client, 'plain');
  await client.send(new CreateBucketCommand({ Bucket: plain.name }));
});
after(() => gateway.stop());

function lockOf({ ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus }: HeadObjectCommandOutput) {
  return { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus };
}

const FREE = { ObjectLockMode: undefined, ObjectLockRetainUntilDate: undefined, ObjectLockLegalHoldStatus: undefined };

/** What the default of the bucket `daily` makes of a version: the day is counted from when it came to be. */
async function assertRetainedForADay(key: string): Promise<void> {
  const found = await daily.head(key);
  assert.equal(found.ObjectLockMode, 'GOVERNANCE');
  const { LastModified = new Date(0), ObjectLockRetainUntilDate = new Date(0) } = found;
  // Last-Modified has whole seconds, the other date has milliseconds.
  const until = Math.floor(ObjectLockRetainUntilDate.getTime() / 1000) * 1000;
  assert.equal(until - LastModified.getTime(), 24 * 3_600_000);
}

describe('PutObject', () => {
  test('locks the version as its headers say', async () => {
    await vault.put('locked', LOCK);
    assert.deepEqual(lockOf(await vault.head('locked')), LOCK);
    await vault.put('held', { ObjectLockLegalHoldStatus: 'OFF' });
    assert.deepEqual(lockOf(await vault.head('held')), { ...FREE, ObjectLockLegalHoldStatus: 'OFF' });
    await vault.put('free');
    assert.deepEqual(lockOf(await vault.head('free')), FREE);
  });

  test('retains what says nothing for as long as the bucket does by default', async () => {
    await daily.put('default');
    await assertRetainedForADay('default');
    await daily.put('held', { ObjectLockLegalHoldStatus: 'ON' });
    await assertRetainedForADay('held');
    assert.equal((await daily.head('held')).ObjectLockLegalHoldStatus, 'ON');
    await daily.put('own', LOCK);
    assert.deepEqual(lockOf(await daily.head('own')), LOCK);
  });

  test('locks nothing in a bucket that cannot', async () => {
    await assert.rejects(plain.put('locked', LOCK), MISSING);
    await assert.rejects(plain.put('locked', { ObjectLockLegalHoldStatus: 'ON' }), MISSING);
    await assert.rejects(plain.put('locked', { ObjectLockLegalHoldStatus: 'OFF' }), MISSING);
    await assert.rejects(plain.head('locked'), { name: 'NotFound' });
  });

  for (const [what, headers, argument, message] of [
    ['a mode alone', { [MODE]: 'GOVERNANCE' }, UNTIL, `${UNTIL} and ${MODE} must both be supplied`],
    ['a date alone', { [UNTIL]: '2098-01-02T03:04:05Z' }, MODE, `${UNTIL} and ${MODE} must both be supplied`],
    [
      'what is no date',
      { [MODE]: 'GOVERNANCE', [UNTIL]: 'tomorrow' },
      UNTIL,
      'The retain until date must be provided in ISO 8601 format',
    ],
    [
      'a date that is over',
      { [MODE]: 'GOVERNANCE', [UNTIL]: '2019-12-25T12:00:00Z' },
      UNTIL,
      'The retain until date must be in the future!',
    ],
    [
      'a mode that S3 has not',
      { [MODE]: 'governance', [UNTIL]: '2098-01-02T03:04:05Z' },
      MODE,
      'Unknown wormMode directive.',
    ],
    ['a hold that is neither on nor off', { [HOLD]: 'yes' }, HOLD, "Legal Hold must be either of 'ON' or 'OFF'"],
  ] as const) {
    test(`refuses ${what}, whether or not the bucket can lock`, async () => {
      for (const bucket of ['vault', 'plain']) {
        const request = { method: 'PUT', target: `/${bucket}/refused`, body: 'x', headers };
        const error = await root.fail(request, 400, 'InvalidArgument');
        assert.deepEqual([textOf(error, 'Message'), textOf(error, 'ArgumentName')], [message, argument]);
        assert.equal(await root.read(bucket, 'refused'), undefined);
      }
    });
  }

  test('takes a date with a fraction and an offset', async () => {
    const headers = {
      [MODE]: 'GOVERNANCE',
      [UNTIL]: '2098-01-02T03:04:05.678+01:00',
      'content-md5': hash('md5', 'x', 'base64'),
    };
    await root.put('vault', 'dated', { body: 'x', headers });
    const reply = await root.succeed({ method: 'GET', target: '/vault/dated' });
    assert.equal(reply.headers.get(UNTIL), '2098-01-02T02:04:05.678Z');
  });

  test('needs a digest of what is to be locked, by its headers or by default', async () => {
    const message =
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
    for (const [target, headers] of [
      ['/vault/undigested', { [MODE]: 'GOVERNANCE', [UNTIL]: '2098-01-02T03:04:05Z' }],
      ['/vault/undigested', { [HOLD]: 'OFF' }],
      ['/daily/undigested', {}],
    ] as const) {
      const request = { method: 'PUT', target, body: 'x' };
      const error = await root.fail({ ...request, headers }, 400, 'InvalidRequest');
      assert.equal(textOf(error, 'Message'), message);
      const md5 = { 'content-md5': hash('md5', 'x', 'base64') };
      const damaged = { 'content-md5': hash('md5', 'y', 'base64') };
      await root.fail({ ...request, headers: { ...headers, ...damaged } }, 400, 'BadDigest');
      await root.succeed({ ...request, headers: { ...headers, ...md5 } });
      const crc32 = { 'x-amz-checksum-crc32': 'jNxhZA==' };
      await root.fail({ ...request, headers: { ...headers, ...crc32 } }, 400, 'BadDigest');
    }
    await root.put('vault', 'free', { body: 'x' });
  });
});

describe('an upload in parts', () => {
  const create = (bucket: LockedBucket, Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) =>
    client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key, ...input }));

  async function upload(bucket: LockedBucket, Key: string, input: Partial<CreateMultipartUploadCommandInput> = {}) {
    const { UploadId } = await create(bucket, Key, input);
    const target = { Bucket: bucket.name, Key, UploadId };
    const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload }));
  }

  test('makes a version with the locks with which it was begun', async () => {
    await upload(vault, 'parts', LOCK);
    assert.deepEqual(lockOf(await vault.head('parts')), LOCK);
    await upload(daily, 'own', LOCK);
    assert.deepEqual(lockOf(await daily.head('own')), LOCK);
  });

  test('makes a version that is retained by default from when it is complete', async () => {
    await upload(daily, 'parts');
    await assertRetainedForADay('parts');
  });

  test('is not begun with locks that cannot be', async () => {
    await assert.rejects(create(plain, 'refused', LOCK), MISSING);
    const past = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: hoursFromNow(-1) } as const;
    const refusal = s3Failure('InvalidArgument', 400, /^The retain until date must be in the future!$/);
    await assert.rejects(create(vault, 'refused', past), refusal);
  });

  test('needs a digest of each of its parts where it is to be locked', async () => {
    for (const [bucket, input] of [
      [vault, LOCK],
      [daily, {}],
    ] as const) {
      const { UploadId } = await create(bucket, 'undigested', input);
      const request = {
        method: 'PUT',
        target: `/${bucket.name}/undigested?partNumber=1&uploadId=${UploadId}`,
        body: 'x',
      };
      const error = await root.fail(request, 400, 'InvalidRequest');
      assert.equal(
        textOf(error, 'Message'),
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters',
      );
      await root.succeed({ ...request, headers: { 'content-md5': hash('md5', 'x', 'base64') } });
    }
    const { UploadId } = await create(vault, 'free');
    await root.succeed({ method: 'PUT', target: `/vault/free?partNumber=1&uploadId=${UploadId}`, body: 'x' });
  });
});

describe('CopyObject', () => {
  const copy = (to: LockedBucket, Key: string, input: Partial<CopyObjectCommandInput> = {}) =>
    client.send(new CopyObjectCommand({ Bucket: to.name, Key, CopySource: 'vault/source', ...input }));

  before(() => vault.put('source', LOCK));

  test('gives the copy none of the locks of its source', async () => {
    await copy(vault, 'copy');
    assert.deepEqual(lockOf(await vault.head('copy')), FREE);
    await copy(plain, 'copy');
    assert.deepEqual(lockOf(await plain.head('copy')), FREE);
  });

  test('locks the copy as its headers say, or as its bucket does by default', async () => {
    await copy(vault, 'locked', LOCK);
    assert.deepEqual(lockOf(await vault.head('locked')), LOCK);
    await copy(daily, 'copy');
    await assertRetainedForADay('copy');
    await assert.rejects(copy(plain, 'refused', LOCK), MISSING);
  });
});

describe('a form', () => {
  async function upload(Bucket: string, Fields: Record<string, string>): Promise<number> {
    const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'form', Fields });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['contents']), 'file');
    const response = await fetch(url, { method: 'POST', body: form });
    await response.text();
    return response.status;
  }

  test('locks the version as its fields say, or as the bucket does by default', async () => {
    const fields = { [MODE]: 'COMPLIANCE', [UNTIL]: SOON.toISOString(), [HOLD]: 'ON' };
    assert.equal(await upload('vault', fields), 204);
    assert.deepEqual(lockOf(await vault.head('form')), LOCK);
    assert.equal(await upload('daily', {}), 204);
    await assertRetainedForADay('form');
    assert.equal(await upload('plain', fields), 400);
    assert.equal(await upload('vault', { [MODE]: 'COMPLIANCE' }), 400);
  });
});
