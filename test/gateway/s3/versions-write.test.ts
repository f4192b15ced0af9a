import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  GetObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { newVersionId } from '../../../metadata/version-id.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { partBody, TestUpload } from '../../support/multipart.ts';
import { s3Failure } from '../../support/s3-failure.ts';
import { VersionedBucket } from '../../support/versioned-bucket.ts';

const COPY_TO_ITSELF =
  /^This copy request is illegal because it is trying to copy an object to itself without changing/;

let gateway: TestGateway;
let client: S3Client;
let wire: Conversation;
let count = 0;

before(async () => {
  // What nothing refers to goes with the next sweep: so that it shows what is still referred to.
  gateway = await startGateway({ GATEHOUSE_SWEEP_GRACE: '0' });
  client = gateway.client();
  wire = new Conversation(gateway);
});
after(() => gateway.stop());

function newBucket(status?: 'Enabled' | 'Suspended'): Promise<VersionedBucket> {
  count += 1;
  return VersionedBucket.create(wire, `writes-${count}`, status);
}

async function idsOf(bucket: VersionedBucket): Promise<string[]> {
  return (await bucket.list()).map(({ versionId }) => versionId);
}

describe('PutObject', () => {
  test('with versions enabled names the version that it made, and keeps the one before', async () => {
    const bucket = await newBucket('Enabled');
    const ids = [await bucket.putVersion('k', 'one'), await bucket.putVersion('k', 'two')];
    assert.notEqual(ids[0], ids[1]);
    assert.deepEqual(await idsOf(bucket), ids.toReversed());
    assert.deepEqual([await bucket.read('k', ids[0]), await bucket.read('k')], ['one', 'two']);
  });

  test('names no version where there are none, nor where they are suspended', async () => {
    const bucket = await newBucket();
    assert.equal(await bucket.put('k', 'one'), undefined);
    await bucket.setStatus('Suspended');
    assert.equal(await bucket.put('k', 'two'), undefined);
    assert.deepEqual(await idsOf(bucket), ['null']);
    assert.equal(await bucket.read('k'), 'two');
  });

  test('with versions suspended replaces the null version alone, be it current or not', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'before');
    await bucket.setStatus('Enabled');
    const versionId = await bucket.putVersion('k', 'kept');
    await bucket.setStatus('Suspended');
    await bucket.put('k', 'once');
    await bucket.put('k', 'twice');
    assert.deepEqual(await idsOf(bucket), ['null', versionId]);
    await bucket.setStatus('Enabled');
    const newest = await bucket.putVersion('k', 'newest');
    assert.deepEqual(await idsOf(bucket), [newest, 'null', versionId]);
    assert.deepEqual([await bucket.read('k', 'null'), await bucket.read('k', versionId)], ['twice', 'kept']);
  });

  test('fifty at once make fifty versions, each with its own bytes', async () => {
    const bucket = await newBucket('Enabled');
    const bodies = Array.from({ length: 50 }, (_, index) => `body ${index}`);
    const ids = await Promise.all(bodies.map((body) => bucket.putVersion('k', body)));
    const listed = await idsOf(bucket);
    assert.deepEqual(listed.toSorted(), ids.toSorted());
    assert.equal(new Set(listed).size, 50);
    for (const [index, body] of bodies.entries()) assert.equal(await bucket.read('k', ids[index]), body);
    assert.equal(await bucket.read('k'), bodies[ids.indexOf(listed[0] ?? '')]);
  });

  test('that begins when another has been acknowledged makes the newer version, whatever the clock says', async () => {
    const bucket = await newBucket('Enabled');
    const writers = Array.from({ length: 5 }, async () => {
      const own: string[] = [];
      for (let turn = 0; turn < 20; turn += 1) own.push(await bucket.putVersion('k', 'x'));
      return own;
    });
    const ids = await Promise.all(writers);
    const listed = await idsOf(bucket);
    assert.equal(listed.length, 100);
    for (const own of ids) {
      assert.deepEqual(
        listed.filter((id) => own.includes(id)),
        own.toReversed(),
      );
    }
  });

  test('PUTs and deletes that race leave one latest, and each what it said', async () => {
    const bucket = await newBucket('Enabled');
    const told = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 2 === 0) return `Version ${await bucket.putVersion('k', 'x')}`;
        return `DeleteMarker ${(await bucket.delete('k')).versionId}`;
      }),
    );
    const listed = await bucket.list();
    assert.deepEqual(listed.map(({ kind, versionId }) => `${kind} ${versionId}`).toSorted(), told.toSorted());
    assert.deepEqual(
      listed.map(({ isLatest }) => isLatest),
      listed.map((_, index) => index === 0),
    );
    assert.equal((await bucket.get('k')).status, listed[0]?.kind === 'Version' ? 200 : 404);
  });
});

describe('conditional writes', () => {
  test('take a delete marker for nothing: If-None-Match succeeds, and If-Match finds no key', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    await bucket.delete('k');
    const write = (headers: Record<string, string>) => {
      return { method: 'PUT', target: bucket.target('k'), body: 'new', headers };
    };
    await wire.fail(write({ 'if-match': `"${hash('md5', 'x')}"` }), 404, 'NoSuchKey');
    await wire.fail(write({ 'if-match': '*' }), 404, 'NoSuchKey');
    await wire.succeed(write({ 'if-none-match': '*' }));
    await wire.fail(write({ 'if-none-match': '*' }), 412, 'PreconditionFailed');
    assert.deepEqual([await bucket.read('k'), (await bucket.list()).length], ['new', 3]);
  });

  test('are held against the current version, not against older ones', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'old');
    await bucket.putVersion('k', 'current');
    const write = (body: string) => {
      return {
        method: 'PUT',
        target: bucket.target('k'),
        body: 'new',
        headers: { 'if-match': `"${hash('md5', body)}"` },
      };
    };
    await wire.fail(write('old'), 412, 'PreconditionFailed');
    await wire.succeed(write('current'));
  });

  test('of twenty that want to be the first, behind a delete marker, one is', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.delete('k');
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        wire.send({
          method: 'PUT',
          target: bucket.target('k'),
          body: `${index}`,
          headers: { 'if-none-match': '*' },
        }),
      ),
    );
    assert.deepEqual(replies.map(({ status }) => status).toSorted(), [200, ...Array(19).fill(412)]);
    assert.equal((await bucket.list()).length, 2);
  });
});

describe('CopyObject', () => {
  function copy(bucket: VersionedBucket, source: string, input: Partial<CopyObjectCommandInput> = {}) {
    return client.send(
      new CopyObjectCommand({ Bucket: bucket.name, Key: 'copy', CopySource: `${bucket.name}/${source}`, ...input }),
    );
  }

  test('copies the version that is named, and tells both', async () => {
    const bucket = await newBucket('Enabled');
    const first = await bucket.putVersion('k', 'first');
    const second = await bucket.putVersion('k', 'second');
    const old = await copy(bucket, `k?versionId=${first}`);
    assert.equal(old.CopySourceVersionId, first);
    assert.equal(await bucket.read('copy', old.VersionId), 'first');
    const newest = await copy(bucket, 'k');
    assert.equal(newest.CopySourceVersionId, second);
    assert.equal(await bucket.read('copy'), 'second');
    assert.equal(new Set([first, second, old.VersionId, newest.VersionId]).size, 4);
  });

  test('tells of each bucket what it has: nothing of one that keeps no versions', async () => {
    const [plain, kept] = [await newBucket(), await newBucket('Enabled')];
    await plain.put('k', 'plain');
    const versionId = await kept.putVersion('k', 'kept');
    const toKept = await copy(kept, '', { CopySource: `${plain.name}/k` });
    assert.equal(toKept.CopySourceVersionId, undefined);
    assert.equal(await kept.read('copy', toKept.VersionId), 'plain');
    const toPlain = await copy(plain, '', { CopySource: `${kept.name}/k` });
    assert.deepEqual([toPlain.CopySourceVersionId, toPlain.VersionId], [versionId, undefined]);
    const ofNull = await copy(kept, '', { CopySource: `${plain.name}/k?versionId=null` });
    assert.equal(await kept.read('copy', ofNull.VersionId), 'plain');
  });

  test('restores an older version onto its own key, as the newest', async () => {
    const bucket = await newBucket('Enabled');
    const first = await bucket.putVersion('k', 'good');
    const second = await bucket.putVersion('k', 'bad');
    const { VersionId } = await copy(bucket, `k?versionId=${first}`, { Key: 'k' });
    assert.equal(await bucket.read('k'), 'good');
    assert.deepEqual(await idsOf(bucket), [VersionId, second, first]);
    // Also the current one, where it is named: a new version is a change.
    const again = await copy(bucket, `k?versionId=${VersionId}`, { Key: 'k' });
    assert.deepEqual(await idsOf(bucket), [again.VersionId, VersionId, second, first]);
    await bucket.delete('k', first);
    assert.equal(await bucket.read('k'), 'good', 'the copy outlives its source');
  });

  test('restores what a delete marker hides', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'precious');
    await bucket.delete('k');
    await copy(bucket, `k?versionId=${versionId}`, { Key: 'k' });
    assert.equal(await bucket.read('k'), 'precious');
  });

  test('of the null version onto itself, in a bucket whose versions are suspended, keeps its bytes', async () => {
    const bucket = await newBucket('Suspended');
    await bucket.put('k', 'only one');
    await copy(bucket, 'k?versionId=null', { Key: 'k' });
    assert.deepEqual([await bucket.read('k'), await idsOf(bucket)], ['only one', ['null']]);
  });

  test('of an object onto itself is refused where no version is named, or none is kept', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    const plain = await newBucket();
    await plain.put('k', 'x');
    const refused = s3Failure('InvalidRequest', 400, COPY_TO_ITSELF);
    await assert.rejects(copy(bucket, 'k', { Key: 'k' }), refused);
    await assert.rejects(copy(plain, 'k', { Key: 'k' }), refused);
    await assert.rejects(copy(plain, 'k?versionId=null', { Key: 'k' }), refused);
  });

  test('has no delete marker as its source: 404 where it is current, 400 where it is named', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    const { versionId: markerId } = await bucket.delete('k');
    await assert.rejects(copy(bucket, 'k'), s3Failure('NoSuchKey', 404, /key does not exist/));
    await assert.rejects(
      copy(bucket, `k?versionId=${markerId}`),
      s3Failure('InvalidRequest', 400, /may not specifically refer to a delete marker by version id/),
    );
    const reply = await wire.send({
      method: 'PUT',
      target: bucket.target('copy'),
      headers: { 'x-amz-copy-source': `/${bucket.name}/k` },
    });
    assert.equal(reply.headers.get('x-amz-version-id'), undefined, 'it would be taken for the version of the copy');
  });

  test('of a version that is not there, or that none can be', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    await assert.rejects(
      copy(bucket, `k?versionId=${newVersionId(1)}`),
      s3Failure('NoSuchVersion', 404, /version does not exist/),
    );
    await assert.rejects(
      copy(bucket, 'k?versionId=nothing'),
      s3Failure('InvalidArgument', 400, /Invalid version id specified/),
    );
    await assert.rejects(copy(bucket, 'k?versionId='), s3Failure('InvalidArgument', 400, /cannot be the empty string/));
  });

  test('holds the conditions on its source against the version that is named', async () => {
    const bucket = await newBucket('Enabled');
    const first = await bucket.putVersion('k', 'first');
    await bucket.putVersion('k', 'second');
    const CopySourceIfMatch = `"${hash('md5', 'first')}"`;
    await copy(bucket, `k?versionId=${first}`, { CopySourceIfMatch });
    await assert.rejects(
      copy(bucket, 'k', { CopySourceIfMatch }),
      s3Failure('PreconditionFailed', 412, /pre-conditions/),
    );
  });
});

describe('multipart uploads', () => {
  test('UploadPartCopy takes its bytes from the version that is named', async () => {
    const bucket = await newBucket('Enabled');
    const first = await bucket.putVersion('k', 'first');
    await bucket.putVersion('k', 'second');
    const { versionId: markerId } = await bucket.delete('gone');
    const upload = await TestUpload.begin(client, { Bucket: bucket.name, Key: 'whole' });
    const part = (source: string) => {
      const CopySource = `${bucket.name}/${source}`;
      return client.send(new UploadPartCopyCommand({ ...upload.target, PartNumber: 1, CopySource }));
    };
    await assert.rejects(part('gone'), s3Failure('NoSuchKey', 404, /does not exist/));
    await assert.rejects(part(`gone?versionId=${markerId}`), s3Failure('InvalidRequest', 400, /delete marker/));
    const { CopyPartResult, CopySourceVersionId } = await part(`k?versionId=${first}`);
    assert.equal(CopySourceVersionId, first);
    const { VersionId } = await upload.complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag ?? '' }]);
    assert.equal(await bucket.read('whole', VersionId), 'first');
  });

  test('CompleteMultipartUpload names the version that it made; to begin and to send parts makes none', async () => {
    const bucket = await newBucket('Enabled');
    const before = await bucket.putVersion('k', 'before');
    const upload = await TestUpload.begin(client, { Bucket: bucket.name, Key: 'k' });
    await upload.send(1, partBody(100));
    assert.deepEqual(await idsOf(bucket), [before]);
    const { VersionId = '' } = await upload.complete();
    assert.deepEqual(await idsOf(bucket), [VersionId, before]);
    const suspended = await newBucket('Suspended');
    const other = await (await TestUpload.begin(client, { Bucket: suspended.name, Key: 'k' })).sendAll([partBody(9)]);
    assert.equal((await other.complete()).VersionId, undefined);
    assert.deepEqual(await idsOf(suspended), ['null']);
  });

  test('completing again tells the same version, after others have written the key or hidden it', async () => {
    const bucket = await newBucket('Enabled');
    const upload = await (await TestUpload.begin(client, { Bucket: bucket.name, Key: 'k' })).sendAll([partBody(100)]);
    const first = await upload.complete();
    assert.ok(first.VersionId !== undefined);
    const again = async () => {
      const { VersionId, ETag } = await upload.complete();
      assert.deepEqual([VersionId, ETag], [first.VersionId, first.ETag]);
    };
    await again();
    await bucket.putVersion('k', 'newer');
    await again();
    await bucket.delete('k');
    await again();
    assert.equal((await bucket.list()).length, 3, 'asking again makes nothing');
    await bucket.delete('k', first.VersionId);
    await assert.rejects(upload.complete(), s3Failure('NoSuchUpload', 404, /upload does not exist/));
  });

  test('an overwritten upload keeps its parts until its version is deleted', async () => {
    const bucket = await newBucket('Enabled');
    const body = partBody(100);
    const upload = await (await TestUpload.begin(client, { Bucket: bucket.name, Key: 'k' })).sendAll([body]);
    const { VersionId } = await upload.complete();
    await bucket.putVersion('k', 'newer');
    await gateway.sweep();
    const target = { Bucket: bucket.name, Key: 'k', VersionId };
    const found = await client.send(new GetObjectCommand(target));
    assert.ok(body.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  });
});

test('PostObject names the version that it made', async () => {
  const bucket = await newBucket('Enabled');
  const { fields } = await createPresignedPost(client, { Bucket: bucket.name, Key: 'k' });
  const post = async (content: string) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([content]), 'file');
    const reply = await fetch(`${gateway.s3Url}/${bucket.name}`, { method: 'POST', body: form });
    assert.equal(reply.status, 204);
    return reply.headers.get('x-amz-version-id');
  };
  const ids = [await post('one'), await post('two')];
  assert.deepEqual(await idsOf(bucket), ids.toReversed());
  await bucket.setStatus('Suspended');
  assert.equal(await post('three'), null);
});
