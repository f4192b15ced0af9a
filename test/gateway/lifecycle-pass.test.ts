import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Metadata, openSqlite } from '../../metadata/index.ts';
import { startGateway } from '../support/gateway.ts';
import { awayFromMidnight } from '../support/past.ts';
import { GatewayProcess } from '../support/process.ts';

const Bucket = 'ageing';
const OLD = '2020-01-01T00:00:00.000Z';
const MANY = 20_000;

function expireAfterADay(client: S3Client, prefix: string) {
  const rule = { Status: 'Enabled', Filter: { Prefix: prefix }, Expiration: { Days: 1 } } as const;
  return client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }));
}

/** A gateway's database, beside it or without it. */
async function withMetadata<Result>(dataFolder: string, use: (metadata: Metadata) => Promise<Result>): Promise<Result> {
  const path = join(dataFolder, 'metadata.db');
  const metadata = openSqlite({ path, durability: 'relaxed', writer: 'thread' });
  try {
    return await use(metadata);
  } finally {
    await metadata.close();
  }
}

async function putOld(metadata: Metadata, keys: readonly string[]): Promise<void> {
  const bucket = await metadata.queries.findBucket(Bucket);
  assert.ok(bucket);
  const object = { payload: { kind: 'empty' }, sizeBytes: 0, etag: 'e', attributes: '{}' } as const;
  const target = { bucketId: bucket.id, accountId: bucket.account_id, at: OLD };
  await Promise.all(keys.map((key) => metadata.mutations.commitObject({ ...target, ...object, key })));
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(6, '0')}`);
}

async function keysOf(metadata: Metadata, prefix: string): Promise<string[]> {
  const bucket = await metadata.queries.findBucket(Bucket);
  const range = { bucketId: bucket?.id ?? 0, prefix, delimiter: '', limit: 100_000 };
  return (await metadata.queries.listObjects(range)).rows.map(([key]) => key);
}

test('a gateway with short days does by itself what rules ask for', async (t) => {
  const gateway = await startGateway({ GATEHOUSE_LIFECYCLE_DAY: '1' });
  t.after(() => gateway.stop());
  const client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await expireAfterADay(client, 'tmp/');
  for (const Key of ['tmp/a', 'kept']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const head = () => client.send(new HeadObjectCommand({ Bucket, Key: 'tmp/a' }));
  const isThere = () =>
    head().then(
      () => true,
      (error) => !(error instanceof NotFound),
    );
  while (await isThere()) await sleep(50);
  await client.send(new HeadObjectCommand({ Bucket, Key: 'kept' }));
});

test('requests beside a pass over many versions are all answered, and all that is due is done', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.stop());
  const client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await expireAfterADay(client, 'old/');
  await withMetadata(gateway.dataFolder, (metadata) => putOld(metadata, numbered('old/', MANY)));

  let isOver = false;
  const written: string[] = [];
  const work = async (_: unknown, worker: number) => {
    for (let turn = 0; !isOver; turn += 1) {
      // Some of them among those that go: what is written anew is not old any more.
      const Key = turn % 2 === 0 ? `new/${worker}/${turn}` : `old/${String(worker * 2000 + turn).padStart(6, '0')}`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      assert.equal(await Body?.transformToString(), Key);
      written.push(Key);
    }
  };
  const workers = Array.from({ length: 8 }, work);
  const result = await gateway.enforceLifecycle();
  isOver = true;
  await Promise.all(workers);

  assert.equal(result.failed, 0);
  // Each of the 80 pages waits for commits that those of requests are part of.
  assert.ok(written.length >= 80, `${written.length} were written`);
  await withMetadata(gateway.dataFolder, async (metadata) => {
    assert.deepEqual(await keysOf(metadata, ''), [...new Set(written)].sort());
  });
});

describe('a gateway that is killed in the middle of a pass', () => {
  let gateway: GatewayProcess;
  let client: S3Client;
  before(async () => {
    await awayFromMidnight();
    gateway = await GatewayProcess.start({ GATEHOUSE_LOG_LEVEL: 'info' });
    client = new S3Client({
      endpoint: gateway.s3Url,
      region: gateway.region,
      credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey },
      forcePathStyle: true,
    });
    await client.send(new CreateBucketCommand({ Bucket }));
    await expireAfterADay(client, '');
    client.destroy();
    await gateway.shutDown();
  });
  after(() => gateway.stop());

  function data(): string {
    return join(gateway.folder, 'data');
  }

  /** What the job has saved. */
  async function progress(metadata: Metadata): Promise<{ place?: { walk: string; position?: { after: string } } }> {
    return JSON.parse((await metadata.queries.findJobProgress('lifecycle')) ?? '{}');
  }

  test('goes on behind the last page that was done when it starts again', async () => {
    await withMetadata(data(), async (metadata) => {
      await metadata.mutations.saveJobProgress({ job: 'lifecycle', position: '{"midnightMs":0}' });
      await putOld(metadata, numbered('old/', MANY));
    });
    await gateway.restart();
    const reached = await withMetadata(data(), async (metadata) => {
      for (;;) {
        const { place } = await progress(metadata);
        if (place?.position !== undefined) return place.position.after;
        await sleep(1);
      }
    });
    await gateway.kill();
    await withMetadata(data(), async (metadata) => {
      const left = await keysOf(metadata, 'old/');
      assert.ok(left.length > 0, 'it was killed in the middle');
      assert.ok(
        left.every((key) => key > reached),
        'what is behind the place that was saved is done',
      );
      await putOld(metadata, ['in front of all']);
    });
    await gateway.restart();
    await withMetadata(data(), async (metadata) => {
      while ((await progress(metadata)).place !== undefined) await sleep(10);
      // Only the next pass would come to it.
      assert.deepEqual(await keysOf(metadata, ''), ['in front of all']);
    });
    await gateway.shutDown();
    assert.match(await gateway.log(), /"expired":\d+.*lifecycle pass done/);
  });
});
