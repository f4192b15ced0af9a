import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { TestUpload } from '../support/multipart.ts';
import { awayFromMidnight, makeOlder } from '../support/past.ts';
import { s3Failure } from '../support/s3-failure.ts';

const COLD = 'GLACIER_IR';
const DAY_MS = 86_400_000;
const NOTHING = { expired: 0, deleted: 0, markersRemoved: 0, transitioned: 0, uploadsAborted: 0, locked: 0, failed: 0 };

describe('lifecycle rules are enforced', () => {
  let gateway: TestGateway;
  let client: S3Client;
  let cold: string;
  let Bucket: string;
  let count = 0;
  before(async () => {
    await awayFromMidnight();
    cold = await mkdtemp(join(tmpdir(), 'gatehouse-cold-'));
    gateway = await startGateway({
      GATEHOUSE_STORAGE_CLASSES: `${COLD}=file:${cold}`,
      GATEHOUSE_SWEEP_GRACE: '0',
    });
    client = gateway.client();
  });
  after(async () => {
    await gateway.stop();
    await rm(cold, { recursive: true, force: true });
  });
  beforeEach(async () => {
    // Those before have nothing more to do with it.
    if (Bucket !== undefined) await forgetRules();
    count += 1;
    Bucket = `lifecycle-${count}`;
    await client.send(new CreateBucketCommand({ Bucket }));
  });

  async function forgetRules(): Promise<void> {
    await configure({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 10_000 }, Filter: { Prefix: 'none' } });
  }

  function configure(...rules: Partial<LifecycleRule>[]) {
    const Rules = rules.map((rule) => ({ Status: 'Enabled' as const, Filter: {}, ...rule }));
    return client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  }

  function setVersioning(Status: 'Enabled' | 'Suspended') {
    return client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  }

  function put(Key: string, input: Partial<PutObjectCommandInput> = {}) {
    return client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...input }));
  }

  function hide(Key: string) {
    return client.send(new DeleteObjectCommand({ Bucket, Key }));
  }

  /** Lets days pass, and then the job come. */
  async function pass(days: number) {
    makeOlder(gateway.dataFolder, { bucket: Bucket, days });
    const result = await gateway.enforceLifecycle();
    return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== 0));
  }

  /** All versions and markers by key, the newest first: `k=body`, or `k-` for a marker. */
  async function everything(): Promise<string[]> {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const versions = await Promise.all(
      Versions.map(async ({ Key = '', VersionId, LastModified }) => {
        const reply = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
        return { text: `${Key}=${await textOf(reply)}`, Key, LastModified };
      }),
    );
    const markers = DeleteMarkers.map(({ Key = '', LastModified }) => ({ text: `${Key}-`, Key, LastModified }));
    return [...versions, ...markers]
      .sort((a, b) => a.Key.localeCompare(b.Key) || Number(b.LastModified) - Number(a.LastModified))
      .map(({ text }) => text);
  }

  /** Each put a day before the next. */
  async function putInTurn(Key: string, bodies: readonly string[]): Promise<void> {
    for (const Body of bodies) {
      makeOlder(gateway.dataFolder, { bucket: Bucket, days: 1 });
      await put(Key, { Body });
    }
  }

  async function filesIn(folder: string): Promise<number> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').length;
  }

  describe('where a bucket keeps no versions', () => {
    test('objects expire after their days, and not before', async () => {
      await configure({ Expiration: { Days: 3 } });
      await put('old');
      assert.deepEqual(await pass(2), {});
      await put('young');
      assert.deepEqual(await pass(2), { expired: 1 });
      assert.deepEqual(await everything(), ['young=young']);
      await assert.rejects(
        client.send(new GetObjectCommand({ Bucket, Key: 'old' })),
        s3Failure('NoSuchKey', 404, /^The specified key does not exist\.$/),
      );
    });

    test('objects expire from a date on, however young they are', async () => {
      const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
      await configure({ Expiration: { Date: new Date(midnight + 2 * DAY_MS) } });
      await put('object');
      assert.deepEqual(await pass(100), {});
      await configure({ Expiration: { Date: new Date(midnight) } });
      assert.deepEqual(await pass(0), { expired: 1 });
      assert.deepEqual(await everything(), []);
    });

    test('only what the filter is about expires', async () => {
      await configure(
        { ID: '1', Filter: { Prefix: 'logs/' }, Expiration: { Days: 1 } },
        { ID: '2', Filter: { Tag: { Key: 'kind', Value: 'temporary' } }, Expiration: { Days: 1 } },
        { ID: '3', Filter: { And: { Prefix: 'big/', ObjectSizeGreaterThan: 10 } }, Expiration: { Days: 1 } },
        { ID: '4', Filter: { ObjectSizeLessThan: 2 }, Expiration: { Days: 1 } },
        { ID: '5', Status: 'Disabled', Expiration: { Days: 1 } },
      );
      await Promise.all(['logs/1', 'logs', 'other/logs/1', 'big/1'].map((key) => put(key)));
      await put('big/2', { Body: 'more than ten' });
      await put('one byte', { Body: '1' });
      await put('tagged', { Tagging: 'kind=temporary' });
      await put('tagged otherwise', { Tagging: 'kind=other' });
      assert.deepEqual(await pass(2), { expired: 4 });
      assert.deepEqual(
        (await everything()).map((text) => text.replace(/=.*/, '')),
        ['big/1', 'logs', 'other/logs/1', 'tagged otherwise'],
      );
    });

    test('the bytes of what expired are swept', async () => {
      await configure({ Expiration: { Days: 1 } });
      const before = await filesIn(join(gateway.dataFolder, 'blobs'));
      await put('large', { Body: randomBytes(100_000) });
      assert.deepEqual(await pass(2), { expired: 1 });
      await sleep(2);
      await gateway.sweep();
      assert.equal(await filesIn(join(gateway.dataFolder, 'blobs')), before);
    });
  });

  describe('where a bucket keeps versions', () => {
    beforeEach(() => setVersioning('Enabled'));

    test('what expires is hidden behind a delete marker, once', async () => {
      await configure({ Expiration: { Days: 1 } });
      await put('k', { Body: 'kept' });
      assert.deepEqual(await pass(2), { expired: 1 });
      assert.deepEqual(await everything(), ['k-', 'k=kept']);
      assert.deepEqual(await pass(5), {});
    });

    test('a delete marker goes when nothing is left below it', async () => {
      await configure({ Expiration: { ExpiredObjectDeleteMarker: true } });
      await hide('alone');
      await put('covered', { Body: 'kept' });
      await hide('covered');
      assert.deepEqual(await pass(0), { markersRemoved: 1 });
      assert.deepEqual(await everything(), ['covered-', 'covered=kept']);
    });

    test('a delete marker that is alone goes with its age where days are told', async () => {
      await configure({ Expiration: { Days: 3 } });
      await hide('alone');
      assert.deepEqual(await pass(2), {});
      assert.deepEqual(await pass(2), { markersRemoved: 1 });
      assert.deepEqual(await everything(), []);
    });

    test('noncurrent versions are deleted their days after they were overwritten', async () => {
      await configure({ NoncurrentVersionExpiration: { NoncurrentDays: 3 } });
      await putInTurn('k', ['1', '2', '3']);
      assert.deepEqual(await pass(1), {});
      // The first was overwritten a day before the second was.
      assert.deepEqual(await pass(2), { deleted: 1 });
      assert.deepEqual(await everything(), ['k=3', 'k=2']);
      assert.deepEqual(await pass(2), { deleted: 1 });
      assert.deepEqual(await pass(1000), {});
      assert.deepEqual(await everything(), ['k=3']);
    });

    test('so many of the noncurrent versions are kept as the rule says', async () => {
      await configure({ NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 } });
      await putInTurn('k', ['1', '2', '3', '4', '5']);
      await putInTurn('few', ['1', '2', '3']);
      assert.deepEqual(await pass(10), { deleted: 2 });
      assert.deepEqual(await everything(), ['few=3', 'few=2', 'few=1', 'k=5', 'k=4', 'k=3']);
    });

    test('an object goes for good over two passes and more: hidden, deleted, forgotten', async () => {
      await configure({
        Expiration: { Days: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      });
      await put('k');
      assert.deepEqual(await pass(2), { expired: 1 });
      assert.deepEqual(await pass(2), { deleted: 1 });
      assert.deepEqual(await pass(0), { markersRemoved: 1 });
      assert.deepEqual(await everything(), []);
    });

    test('where versions were suspended, the null version gives way to a delete marker', async () => {
      await configure({ Expiration: { Days: 1 } });
      await put('named');
      await setVersioning('Suspended');
      await put('null');
      await put('both', { Body: 'null' });
      assert.deepEqual(await pass(2), { expired: 3 });
      assert.deepEqual(await everything(), ['both-', 'named-', 'named=named', 'null-']);
    });
  });

  describe('where versions are locked', () => {
    beforeEach(async () => {
      const account = await gateway.services.accounts.findRoot();
      assert.ok(account);
      Bucket = `${Bucket}-locked`;
      await gateway.services.buckets.create({ name: Bucket, account, objectLock: true });
    });

    async function target(key: string) {
      const bucket = await gateway.services.buckets.find(Bucket);
      assert.ok(bucket);
      return { bucket, key, accountId: bucket.account_id };
    }

    test('they are hidden, and not deleted before their time', async () => {
      await configure({
        Filter: { ObjectSizeGreaterThan: 0 },
        Expiration: { Days: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      });
      const { versions } = gateway.services;
      for (const key of ['held', 'retained', 'free']) await put(key);
      await versions.setLegalHold({ ...(await target('held')), legalHold: true });
      const until = new Date(Date.now() + 5 * DAY_MS).toISOString();
      const retention = { mode: 'COMPLIANCE', until } as const;
      await versions.setRetention({ ...(await target('retained')), retention, bypassGovernance: false });
      assert.deepEqual(await pass(2), { expired: 3 });
      assert.deepEqual(await pass(2), { deleted: 1, locked: 2 });
      assert.deepEqual(await everything(), ['free-', 'held-', 'held=held', 'retained-', 'retained=retained']);
      assert.deepEqual(await pass(2), { deleted: 1, locked: 1 });
      assert.deepEqual(await everything(), ['free-', 'held-', 'held=held', 'retained-']);
    });
  });

  describe('uploads in parts', () => {
    async function uploads(): Promise<string[]> {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ Key = '' }) => Key);
    }

    test('are aborted their days after they were begun, and the parts go', async () => {
      await configure({ Filter: { Prefix: 'tmp/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } });
      const before = await filesIn(join(gateway.dataFolder, 'blobs'));
      const upload = await TestUpload.begin(client, { Bucket, Key: 'tmp/a' });
      await upload.send(1, randomBytes(1000));
      for (const Key of ['tmp/a', 'tmp/b', 'kept/a']) await TestUpload.begin(client, { Bucket, Key });
      assert.deepEqual(await pass(1), {});
      assert.deepEqual(await pass(2), { uploadsAborted: 3 });
      assert.deepEqual(await uploads(), ['kept/a']);
      await assert.rejects(upload.complete(), s3Failure('NoSuchUpload', 404, /^The specified upload does not exist\./));
      await sleep(2);
      await gateway.sweep();
      assert.equal(await filesIn(join(gateway.dataFolder, 'blobs')), before);
    });

    test('are either aborted or completed when both come at once', async () => {
      await configure({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } });
      const all: TestUpload[] = [];
      for (let index = 0; index < 30; index += 1) {
        const upload = await TestUpload.begin(client, { Bucket, Key: String(index) });
        await upload.send(1, Buffer.from(String(index)));
        all.push(upload);
      }
      makeOlder(gateway.dataFolder, { bucket: Bucket, days: 3 });
      const [result, ...completed] = await Promise.all([
        gateway.enforceLifecycle(),
        ...all.map((upload) => upload.complete().then(() => upload.target.Key, s3Failure('NoSuchUpload', 404, /./))),
      ]);
      const keys = completed.filter((key) => key !== true);
      assert.deepEqual(result, { ...NOTHING, uploadsAborted: 30 - keys.length });
      assert.deepEqual(await uploads(), []);
      assert.deepEqual((await everything()).sort(), keys.map((key) => `${key}=${key}`).sort());
    });
  });

  describe('a transition', () => {
    const MOVE = { Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' as const }] };
    const LARGE = randomBytes(200_000);

    async function look(Key: string, VersionId?: string) {
      const reply = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return { storageClass: reply.StorageClass, body: Buffer.from((await reply.Body?.transformToByteArray()) ?? []) };
    }

    async function assertMoved(Key: string, body: Buffer, VersionId?: string): Promise<void> {
      const found = await look(Key, VersionId);
      assert.equal(found.storageClass, COLD);
      assert.ok(found.body.equals(body));
    }

    test('moves the bytes of an object, and changes nothing else of it', async () => {
      await configure(MOVE);
      const files = await filesIn(cold);
      await put('k', { Body: LARGE, Metadata: { kept: 'yes' }, Tagging: 'a=b', ContentType: 'text/x' });
      makeOlder(gateway.dataFolder, { bucket: Bucket, days: 3 });
      const { $metadata: _, ...before } = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
      assert.deepEqual(await pass(0), { transitioned: 1 });
      const { $metadata: __, ...moved } = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
      assert.deepEqual(moved, { ...before, StorageClass: COLD });
      await assertMoved('k', LARGE);
      assert.equal(await filesIn(cold), files + 1);
      assert.deepEqual(await pass(0), {});
      await sleep(2);
      await gateway.sweep();
      await assertMoved('k', LARGE);
    });

    test('leaves small objects, unless the filter names a size', async () => {
      await configure({ ...MOVE });
      await put('small', { Body: 'small' });
      await put('empty', { Body: '' });
      assert.deepEqual(await pass(3), {});
      await configure({ ...MOVE, Filter: { ObjectSizeLessThan: 1000 } });
      assert.deepEqual(await pass(0), { transitioned: 2 });
      await assertMoved('small', Buffer.from('small'));
      await assertMoved('empty', Buffer.alloc(0));
    });

    test('moves an object of parts, whose parts can be read one by one and in ranges', async () => {
      await configure(MOVE);
      const parts = [randomBytes(5 * 1024 ** 2), randomBytes(1000)];
      const upload = await TestUpload.begin(client, { Bucket, Key: 'k' });
      await (await upload.sendAll(parts)).complete();
      const files = await filesIn(cold);
      assert.deepEqual(await pass(3), { transitioned: 1 });
      assert.equal(await filesIn(cold), files + 2);
      await assertMoved('k', Buffer.concat(parts));
      const part = await client.send(new GetObjectCommand({ Bucket, Key: 'k', PartNumber: 2 }));
      assert.ok(Buffer.from((await part.Body?.transformToByteArray()) ?? []).equals(parts[1] as Buffer));
      const Range = `bytes=${5 * 1024 ** 2 - 2}-${5 * 1024 ** 2 + 1}`;
      const range = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range }));
      const expected = Buffer.concat(parts).subarray(5 * 1024 ** 2 - 2, 5 * 1024 ** 2 + 2);
      assert.ok(Buffer.from((await range.Body?.transformToByteArray()) ?? []).equals(expected));
    });

    test('leaves a copy that shares the bytes where it is', async () => {
      await configure({ ...MOVE, Filter: { Prefix: 'moved/' } });
      await put('moved/k', { Body: LARGE });
      await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/moved/k` }));
      assert.deepEqual(await pass(3), { transitioned: 1 });
      await sleep(2);
      await gateway.sweep();
      await assertMoved('moved/k', LARGE);
      const copy = await look('copy');
      assert.equal(copy.storageClass, undefined);
      assert.ok(copy.body.equals(LARGE));
    });

    test('moves noncurrent versions by when they were overwritten, and leaves the current one', async () => {
      await setVersioning('Enabled');
      await configure({ NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: COLD }] });
      const { VersionId } = await put('k', { Body: LARGE });
      await put('k', { Body: LARGE });
      assert.deepEqual(await pass(0), {});
      assert.deepEqual(await pass(3), { transitioned: 1 });
      await assertMoved('k', LARGE, VersionId);
      assert.equal((await look('k')).storageClass, undefined);
    });

    test('comes before an expiration that hides, and an expiration that deletes before it', async () => {
      await configure({ ...MOVE, Expiration: { Days: 2 } });
      await put('gone', { Body: LARGE });
      assert.deepEqual(await pass(5), { expired: 1 });
      await setVersioning('Enabled');
      await put('k', { Body: LARGE });
      assert.deepEqual(await pass(5), { transitioned: 1 });
      assert.deepEqual(await pass(0), { expired: 1 });
    });

    test('moves encrypted bytes as they are stored, with no key at hand', async () => {
      await configure({ ...MOVE, Filter: { ObjectSizeGreaterThan: 0 } });
      const ServerSideEncryption = 'AES256';
      const key = randomBytes(32);
      const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64') };
      await put('small', { Body: 'small', ServerSideEncryption });
      await put('large', { Body: LARGE, ServerSideEncryption });
      await put('customer', { Body: LARGE, ...customer });
      const parts = [randomBytes(5 * 1024 ** 2), randomBytes(1000)];
      const upload = await TestUpload.begin(client, { Bucket, Key: 'parts', ServerSideEncryption });
      await (await upload.sendAll(parts)).complete();
      assert.deepEqual(await pass(3), { transitioned: 4 });
      await sleep(2);
      await gateway.sweep();
      await assertMoved('small', Buffer.from('small'));
      await assertMoved('large', LARGE);
      await assertMoved('parts', Buffer.concat(parts));
      const reply = await client.send(
        new GetObjectCommand({ Bucket, Key: 'customer', ...customer, Range: 'bytes=99999-' }),
      );
      assert.equal(reply.StorageClass, COLD);
      assert.ok(Buffer.from((await reply.Body?.transformToByteArray()) ?? []).equals(LARGE.subarray(99_999)));
    });

    test('is no business of a reader that has begun', async () => {
      await configure(MOVE);
      const body = randomBytes(20_000_000);
      await put('k', { Body: body });
      const reply = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
      assert.deepEqual(await pass(3), { transitioned: 1 });
      assert.ok(Buffer.from((await reply.Body?.transformToByteArray()) ?? []).equals(body));
    });
  });
});

async function textOf({ Body }: GetObjectCommandOutput): Promise<string> {
  return (await Body?.transformToString()) ?? '';
}
