import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { newVersionId } from '../../../metadata/version-id.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { PART_BYTES, partBody, TestUpload } from '../../support/multipart.ts';
import { textOf } from '../../support/strict-xml.ts';
import { VersionedBucket } from '../../support/versioned-bucket.ts';
import type { WireReply } from '../../support/wire.ts';

let gateway: TestGateway;
let client: S3Client;
let wire: Conversation;
let count = 0;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  wire = new Conversation(gateway);
});
after(() => gateway.stop());

function newBucket(status?: 'Enabled' | 'Suspended'): Promise<VersionedBucket> {
  count += 1;
  return VersionedBucket.create(wire, `reads-${count}`, status);
}

function headersOf({ headers }: WireReply, ...names: readonly string[]): (string | undefined)[] {
  return names.map((name) => headers.get(name));
}

describe('a version', () => {
  test('is read by its id, and the newest without', async () => {
    const bucket = await newBucket('Enabled');
    const ids = [await bucket.putVersion('k', 'first'), await bucket.putVersion('k', 'the second')];
    for (const [index, body] of ['first', 'the second'].entries()) {
      const versionId = ids[index] ?? '';
      for (const reply of [await bucket.get('k', versionId), await bucket.head('k', versionId)]) {
        assert.equal(reply.status, 200);
        assert.deepEqual(headersOf(reply, 'x-amz-version-id', 'etag', 'content-length', 'x-amz-delete-marker'), [
          versionId,
          `"${hash('md5', body)}"`,
          `${body.length}`,
          undefined,
        ]);
      }
      assert.equal(await bucket.read('k', versionId), body);
    }
    const newest = await bucket.get('k');
    assert.deepEqual([newest.body.toString(), newest.headers.get('x-amz-version-id')], ['the second', ids[1]]);
  });

  test('keeps its metadata, its checksum and its attributes', async () => {
    const bucket = await newBucket('Enabled');
    const target = { Bucket: bucket.name, Key: 'k' };
    const first = { ContentType: 'text/one', Metadata: { number: '1' }, ChecksumAlgorithm: 'SHA256' } as const;
    const { VersionId } = await client.send(new PutObjectCommand({ ...target, Body: 'one', ...first }));
    await client.send(new PutObjectCommand({ ...target, Body: 'the other', ContentType: 'text/two' }));
    const head = await client.send(new HeadObjectCommand({ ...target, VersionId, ChecksumMode: 'ENABLED' }));
    assert.deepEqual([head.ContentType, head.Metadata, head.VersionId], ['text/one', { number: '1' }, VersionId]);
    assert.equal(head.ChecksumSHA256, hash('sha256', 'one', 'base64'));
    const attributes = await client.send(
      new GetObjectAttributesCommand({
        ...target,
        VersionId,
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass'],
      }),
    );
    assert.deepEqual(
      [attributes.VersionId, attributes.ETag, attributes.ObjectSize, attributes.Checksum?.ChecksumSHA256],
      [VersionId, hash('md5', 'one'), 3, hash('sha256', 'one', 'base64')],
    );
  });

  test('is read in ranges and under conditions of its own', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', '0123456789');
    await bucket.putVersion('k', 'newer');
    const target = { Bucket: bucket.name, Key: 'k', VersionId: versionId };
    const part = await client.send(new GetObjectCommand({ ...target, Range: 'bytes=2-4' }));
    assert.deepEqual([await part.Body?.transformToString(), part.ContentRange], ['234', 'bytes 2-4/10']);
    const etag = `"${hash('md5', '0123456789')}"`;
    const conditional = (headers: Record<string, string>) =>
      wire.send({ target: bucket.target('k', versionId), headers });
    assert.equal((await conditional({ 'if-none-match': etag })).status, 304);
    assert.equal((await conditional({ 'if-match': etag })).status, 200);
    assert.equal((await conditional({ 'if-match': `"${hash('md5', 'newer')}"` })).status, 412);
  });

  test('that was uploaded in parts is read whole and part by part when it is no longer current', async () => {
    const bucket = await newBucket('Enabled');
    const target = { Bucket: bucket.name, Key: 'k' };
    const bodies = [partBody(PART_BYTES), partBody(1000)];
    const upload = await (await TestUpload.begin(client, target)).sendAll(bodies);
    const { VersionId } = await upload.complete();
    await bucket.putVersion('k', 'small');
    const whole = await client.send(new GetObjectCommand({ ...target, VersionId }));
    assert.ok(Buffer.concat(bodies).equals((await whole.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
    const last = await client.send(new GetObjectCommand({ ...target, VersionId, PartNumber: 2 }));
    assert.deepEqual([last.ContentLength, last.PartsCount, last.VersionId], [1000, 2, VersionId]);
    const attributes = await client.send(
      new GetObjectAttributesCommand({ ...target, VersionId, ObjectAttributes: ['ObjectParts'] }),
    );
    assert.equal(attributes.ObjectParts?.TotalPartsCount, 2);
  });
});

describe('the null version', () => {
  test('is what a bucket has that never kept versions, which does not name it', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'old');
    for (const versionId of [undefined, 'null']) {
      const reply = await bucket.get('k', versionId);
      assert.deepEqual([reply.body.toString(), reply.headers.get('x-amz-version-id')], ['old', undefined]);
    }
  });

  test('is what was stored before versions were enabled, and while they are suspended', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'before');
    await bucket.setStatus('Enabled');
    assert.equal((await bucket.head('k')).headers.get('x-amz-version-id'), 'null');
    const versionId = await bucket.putVersion('k', 'enabled');
    assert.equal(await bucket.read('k', 'null'), 'before');
    await bucket.setStatus('Suspended');
    assert.equal(await bucket.read('k'), 'enabled');
    await bucket.put('k', 'suspended');
    const reply = await bucket.get('k');
    assert.deepEqual([reply.body.toString(), reply.headers.get('x-amz-version-id')], ['suspended', 'null']);
    assert.equal(await bucket.read('k', 'null'), 'suspended');
    assert.equal(await bucket.read('k', versionId), 'enabled');
  });

  test('that is not there is NoSuchVersion', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    const error = await wire.fail({ target: bucket.target('k', 'null') }, 404, 'NoSuchVersion');
    assert.deepEqual([textOf(error, 'Key'), textOf(error, 'VersionId')], ['k', 'null']);
  });
});

describe('an id', () => {
  test('of a version that is not there, or is of another key, is NoSuchVersion', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    await bucket.putVersion('k', 'y');
    for (const target of [bucket.target('k', newVersionId(7)), bucket.target('other', versionId)]) {
      const error = await wire.fail({ target }, 404, 'NoSuchVersion');
      assert.equal(textOf(error, 'Message'), 'The specified version does not exist.');
      assert.equal((await wire.send({ method: 'HEAD', target })).status, 404);
    }
  });

  test('that none can be is InvalidArgument, whatever the state of the bucket', async () => {
    for (const status of [undefined, 'Enabled', 'Suspended'] as const) {
      const bucket = await newBucket(status);
      await bucket.put('k', 'x');
      for (const versionId of ['HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD', 'NULL', ' null', '0', '../x', 'ü', '%00']) {
        const error = await wire.fail({ target: bucket.target('k', versionId) }, 400, 'InvalidArgument');
        assert.equal(textOf(error, 'Message'), 'Invalid version id specified');
        assert.deepEqual([textOf(error, 'ArgumentName'), textOf(error, 'ArgumentValue')], ['versionId', versionId]);
      }
      const empty = await wire.fail({ target: bucket.target('k', '') }, 400, 'InvalidArgument');
      assert.equal(textOf(empty, 'Message'), 'Version id cannot be the empty string');
    }
  });

  test('differs from every other in more than its last digits', async () => {
    const bucket = await newBucket('Enabled');
    const [one, two] = [await bucket.putVersion('k', 'x'), await bucket.putVersion('k', 'x')];
    const forged = one.slice(0, -1) + (one.endsWith('0') ? '1' : '0');
    assert.equal((await bucket.get('k', forged)).status, 404);
    assert.equal((await bucket.get('k', one.slice(0, 11) + two.slice(11))).status, 404);
  });
});

describe('a delete marker', () => {
  async function hidden() {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'still there');
    const { versionId: markerId = '' } = await bucket.delete('k');
    return { bucket, versionId, markerId };
  }

  test('hides its key, and the reply says so', async () => {
    const { bucket, versionId, markerId } = await hidden();
    const error = await wire.fail({ target: bucket.target('k') }, 404, 'NoSuchKey');
    assert.deepEqual([textOf(error, 'Key'), textOf(error, 'VersionId')], ['k', undefined]);
    for (const reply of [await bucket.get('k'), await bucket.head('k')]) {
      assert.equal(reply.status, 404);
      assert.deepEqual(headersOf(reply, 'x-amz-delete-marker', 'x-amz-version-id'), ['true', markerId]);
    }
    assert.equal(await bucket.read('k', versionId), 'still there');
  });

  test('has nothing to be read by its id: 405, with what may be done and since when it is there', async () => {
    const { bucket, markerId } = await hidden();
    const error = await wire.fail({ target: bucket.target('k', markerId) }, 405, 'MethodNotAllowed');
    assert.equal(textOf(error, 'Message'), 'The specified method is not allowed against this resource.');
    assert.deepEqual([textOf(error, 'Method'), textOf(error, 'ResourceType')], ['GET', 'DeleteMarker']);
    for (const reply of [await bucket.get('k', markerId), await bucket.head('k', markerId)]) {
      assert.equal(reply.status, 405);
      assert.deepEqual(headersOf(reply, 'x-amz-delete-marker', 'x-amz-version-id', 'allow'), [
        'true',
        markerId,
        'DELETE',
      ]);
      const age = Date.now() - Date.parse(reply.headers.get('last-modified') ?? '');
      assert.ok(age >= 0 && age < 60_000, `${age} ms`);
    }
  });

  test('is told by GetObjectAttributes in the same way', async () => {
    const { bucket, markerId } = await hidden();
    const headers = { 'x-amz-object-attributes': 'ETag' };
    const attributes = (versionId?: string) => {
      const query = `?attributes=${versionId === undefined ? '' : `&versionId=${versionId}`}`;
      return wire.send({ target: bucket.target('k') + query, headers });
    };
    const current = await attributes();
    assert.equal(current.status, 404);
    assert.deepEqual(headersOf(current, 'x-amz-delete-marker', 'x-amz-version-id'), ['true', markerId]);
    const named = await attributes(markerId);
    assert.equal(named.status, 405);
    assert.deepEqual(headersOf(named, 'x-amz-delete-marker', 'allow'), ['true', 'DELETE']);
  });

  test('is not told where a key was never there, or where the bucket makes none', async () => {
    const { bucket } = await hidden();
    const plain = await newBucket();
    await plain.put('k', 'x');
    await plain.delete('k');
    for (const reply of [await bucket.get('never'), await plain.get('k')]) {
      assert.equal(reply.status, 404);
      assert.deepEqual(headersOf(reply, 'x-amz-delete-marker', 'x-amz-version-id'), [undefined, undefined]);
    }
  });

  test('of a bucket whose versions are suspended is the null version', async () => {
    const bucket = await newBucket('Suspended');
    await bucket.put('k', 'x');
    await bucket.delete('k');
    assert.deepEqual(headersOf(await bucket.get('k'), 'x-amz-delete-marker', 'x-amz-version-id'), ['true', 'null']);
    assert.equal((await bucket.get('k', 'null')).status, 405);
  });
});

test('an operation that takes no version refuses one, rather than act on what is current', async () => {
  const bucket = await newBucket('Enabled');
  const versionId = await bucket.putVersion('k', 'precious');
  const copySource = { 'x-amz-copy-source': `/${bucket.name}/k` };
  for (const request of [
    { method: 'PUT', target: bucket.target('k', versionId), body: 'overwritten' },
    { method: 'PUT', target: bucket.target('k', 'null'), body: 'overwritten' },
    { method: 'PUT', target: bucket.target('copy', versionId), headers: copySource },
    { method: 'POST', target: `${bucket.target('k')}?uploads=&versionId=${versionId}`, body: '' },
    { method: 'GET', target: `/${bucket.name}?list-type=2&versionId=${versionId}` },
    { method: 'DELETE', target: `/${bucket.name}?versionId=${versionId}` },
  ]) {
    const error = await wire.fail(request, 400, 'InvalidArgument');
    assert.equal(textOf(error, 'Message'), 'This operation does not accept a version-id.');
    assert.equal(textOf(error, 'ArgumentName'), 'versionId');
  }
  assert.deepEqual(
    (await bucket.list()).map(({ versionId: id }) => id),
    [versionId],
  );
});
