import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { awayFromMidnight, makeOlder } from '../../../support/past.ts';

const DAY_MS = 86_400_000;

describe('what a reply tells of lifecycle rules', () => {
  let gateway: TestGateway;
  let client: S3Client;
  let Bucket: string;
  let count = 0;
  before(async () => {
    await awayFromMidnight();
    gateway = await startGateway();
    client = gateway.client();
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    count += 1;
    Bucket = `told-${count}`;
    await client.send(new CreateBucketCommand({ Bucket }));
  });

  function configure(...rules: Partial<LifecycleRule>[]) {
    const Rules = rules.map((rule, index) => ({
      ID: `rule ${index}`,
      Status: 'Enabled' as const,
      Filter: {},
      ...rule,
    }));
    return client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  }

  /** What is made now and lives for so many days goes at the midnight that follows. */
  function midnightAfter(days: number): string {
    return new Date((Math.floor(Date.now() / DAY_MS) + days + 1) * DAY_MS).toUTCString();
  }

  function expires(days: number, rule = 'rule 0'): string {
    return `expiry-date="${midnightAfter(days)}", rule-id="${rule}"`;
  }

  async function upload(Key: string, Tagging?: string) {
    const target = { Bucket, Key };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, Tagging }));
    const part = { ...target, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    return new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload });
  }

  async function post(Key: string, tagging?: string): Promise<string | null> {
    const { url, fields } = await createPresignedPost(client, {
      Bucket,
      Key,
      Conditions: [['starts-with', '$tagging', '']],
    });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('tagging', tagging ?? '<Tagging><TagSet></TagSet></Tagging>');
    form.append('file', new Blob(['file']));
    const reply = await fetch(url, { method: 'POST', body: form });
    assert.equal(reply.status, 204, await reply.text());
    return reply.headers.get('x-amz-expiration');
  }

  test('whoever writes or reads an object learns when it expires, and by which rule', async () => {
    await configure({ Expiration: { Days: 7 } });
    const target = { Bucket, Key: 'k' };
    const put = await client.send(new PutObjectCommand({ ...target, Body: 'body' }));
    const copy = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    const complete = await upload('parts');
    const completed = await client.send(complete);
    const again = await client.send(complete);
    const get = await client.send(new GetObjectCommand(target));
    await get.Body?.transformToByteArray();
    const head = await client.send(new HeadObjectCommand(target));
    for (const reply of [put, copy, completed, again, get, head]) assert.equal(reply.Expiration, expires(7));
    assert.equal(await post('form'), expires(7));
  });

  test('a date is told as it is, and the earliest rule counts', async () => {
    const midnight = new Date((Math.floor(Date.now() / DAY_MS) + 30) * DAY_MS);
    await configure(
      { Expiration: { Date: midnight } },
      { ID: 'a "b"', Filter: { Prefix: 'soon/' }, Expiration: { Days: 1 } },
    );
    const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    assert.equal((await put('k')).Expiration, `expiry-date="${midnight.toUTCString()}", rule-id="rule 0"`);
    assert.equal((await put('soon/k')).Expiration, expires(1, 'a %22b%22'));
  });

  test('what the object is counts: its size and its tags, wherever they come from', async () => {
    await configure(
      { Filter: { Tag: { Key: 'kind', Value: 'temporary' } }, Expiration: { Days: 3 } },
      { Filter: { ObjectSizeGreaterThan: 10 }, Expiration: { Days: 5 } },
    );
    const Tagging = 'kind=temporary';
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'body', Tagging }));
    const source = { Bucket, CopySource: `${Bucket}/k` };
    const copy = await client.send(new CopyObjectCommand({ ...source, Key: 'copy' }));
    const untagged = await client.send(
      new CopyObjectCommand({ ...source, Key: 'untagged', TaggingDirective: 'REPLACE', Tagging: 'kind=other' }),
    );
    const large = await client.send(new PutObjectCommand({ Bucket, Key: 'large', Body: 'more than ten' }));
    const completed = await client.send(await upload('parts', Tagging));
    assert.deepEqual(
      [put, copy, untagged, large, completed].map(({ Expiration }) => Expiration),
      [expires(3), expires(3), undefined, expires(5, 'rule 1'), expires(3)],
    );
    const document = '<Tagging><TagSet><Tag><Key>kind</Key><Value>temporary</Value></Tag></TagSet></Tagging>';
    assert.deepEqual([await post('a', document), await post('b')], [expires(3), null]);
    const TagSet = [{ Key: 'kind', Value: 'temporary' }];
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'large', Tagging: { TagSet } }));
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'large' }))).Expiration, expires(3));
  });

  test('an object that is overdue tells since when', async () => {
    await configure({ Expiration: { Days: 1 } });
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'body' }));
    makeOlder(gateway.dataFolder, { bucket: Bucket, days: 10 });
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).Expiration, expires(-9));
  });

  test('of versions only the current one expires, whatever it is called', async () => {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    await configure({ Expiration: { Days: 2 } });
    const put = () => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'body' }));
    const [older, current] = [await put(), await put()];
    const head = async (VersionId?: string) =>
      (await client.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId }))).Expiration;
    assert.deepEqual(
      [await head(older.VersionId), await head(current.VersionId), await head()],
      [undefined, expires(2), expires(2)],
    );
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    assert.equal(await head(current.VersionId), undefined);
  });

  test('where no rule lets objects expire, nothing is told', async () => {
    const put = async () => {
      const { Expiration } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'body' }));
      const read = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
      return [Expiration, read.Expiration];
    };
    assert.deepEqual(await put(), [undefined, undefined]);
    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }];
    await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    assert.deepEqual(await put(), [undefined, undefined]);
    await configure(
      { NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
      { Expiration: { ExpiredObjectDeleteMarker: true } },
      { Filter: { Prefix: 'other/' }, Expiration: { Days: 1 } },
      { Status: 'Disabled', Expiration: { Days: 1 } },
    );
    assert.deepEqual(await put(), [undefined, undefined]);
  });

  test('a bucket that was never configured is not even asked', async (t) => {
    const { lifecycle } = gateway.services;
    const asked = [t.mock.method(lifecycle, 'expirationOf'), t.mock.method(lifecycle, 'abortionOf')];
    const target = { Bucket, Key: 'k' };
    await client.send(new PutObjectCommand({ ...target, Body: 'body' }));
    await client.send(new HeadObjectCommand(target));
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k` }));
    await client.send(await upload('parts'));
    assert.deepEqual(
      asked.map(({ mock }) => mock.callCount()),
      [0, 0],
    );
  });

  test('whoever begins an upload, or lists its parts, learns when it is aborted', async () => {
    await configure({
      ID: 'clean',
      Filter: { Prefix: 'tmp/' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
    });
    for (const Key of ['tmp/k', 'k']) {
      const begun = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const { UploadId } = begun;
      const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
      for (const { AbortDate, AbortRuleId } of [begun, listed]) {
        const expected = Key === 'k' ? [undefined, undefined] : [midnightAfter(3), 'clean'];
        assert.deepEqual([AbortDate?.toUTCString(), AbortRuleId], expected);
      }
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
  });
});
