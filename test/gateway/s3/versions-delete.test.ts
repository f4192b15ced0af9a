import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DeleteObjectsCommand, type ObjectIdentifier, type S3Client } from '@aws-sdk/client-s3';
import { newVersionId } from '../../../metadata/version-id.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { VersionedBucket } from '../../support/versioned-bucket.ts';

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
  return VersionedBucket.create(wire, `deletes-${count}`, status);
}

/** What a bucket lists, in short: the kinds and ids, the newest of each key first. */
async function shape(bucket: VersionedBucket): Promise<string[]> {
  return (await bucket.list()).map(
    ({ kind, versionId, isLatest }) => `${kind} ${versionId}${isLatest ? ' latest' : ''}`,
  );
}

describe('DeleteObject without a version id', () => {
  test('in a bucket without versions removes the object for good, and names none', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'x');
    assert.deepEqual(await bucket.delete('k'), { versionId: undefined, deleteMarker: undefined });
    assert.deepEqual(await bucket.delete('k'), { versionId: undefined, deleteMarker: undefined });
    assert.deepEqual(await shape(bucket), []);
  });

  test('with versions enabled makes a delete marker each time, of keys that never were as well', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    const markers = [await bucket.delete('k'), await bucket.delete('k'), await bucket.delete('never')];
    for (const { deleteMarker } of markers) assert.equal(deleteMarker, 'true');
    const [first, second, other] = markers.map((marker) => marker.versionId);
    assert.equal(new Set([versionId, first, second, other]).size, 4);
    assert.deepEqual(await shape(bucket), [
      `DeleteMarker ${second} latest`,
      `DeleteMarker ${first}`,
      `Version ${versionId}`,
      `DeleteMarker ${other} latest`,
    ]);
  });

  test('with versions suspended puts the null marker in the place of the null version', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'before');
    await bucket.setStatus('Enabled');
    const versionId = await bucket.putVersion('k', 'kept');
    await bucket.setStatus('Suspended');
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`, 'Version null']);
    for (let turn = 0; turn < 2; turn += 1) {
      assert.deepEqual(await bucket.delete('k'), { versionId: 'null', deleteMarker: 'true' });
      assert.deepEqual(await shape(bucket), ['DeleteMarker null latest', `Version ${versionId}`]);
    }
    assert.equal(await bucket.put('k', 'null again'), undefined);
    assert.deepEqual(await shape(bucket), ['Version null latest', `Version ${versionId}`]);
  });
});

describe('DeleteObject of a version', () => {
  test('removes that one for good, and the next older one becomes current', async () => {
    const bucket = await newBucket('Enabled');
    const ids = [
      await bucket.putVersion('k', '0'),
      await bucket.putVersion('k', '1'),
      await bucket.putVersion('k', '2'),
    ];
    const [oldest = '', middle = '', newest = ''] = ids;
    assert.deepEqual(await bucket.delete('k', middle), { versionId: middle, deleteMarker: undefined });
    assert.equal(await bucket.read('k'), '2');
    await bucket.delete('k', newest);
    assert.equal(await bucket.read('k'), '0');
    assert.deepEqual(await shape(bucket), [`Version ${oldest} latest`]);
    await bucket.delete('k', oldest);
    assert.deepEqual(await shape(bucket), []);
    assert.equal((await bucket.get('k')).headers.get('x-amz-delete-marker'), undefined);
  });

  test('that is a delete marker brings the object back', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'back again');
    const { versionId: first = '' } = await bucket.delete('k');
    const { versionId: second = '' } = await bucket.delete('k');
    assert.deepEqual(await bucket.delete('k', first), { versionId: first, deleteMarker: 'true' });
    assert.equal(await bucket.read('k'), undefined);
    assert.deepEqual(await bucket.delete('k', second), { versionId: second, deleteMarker: 'true' });
    assert.equal(await bucket.read('k'), 'back again');
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`]);
  });

  test('leaves a key hidden whose newest is a delete marker', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    const { versionId: markerId } = await bucket.delete('k');
    await bucket.delete('k', versionId);
    assert.deepEqual(await shape(bucket), [`DeleteMarker ${markerId} latest`]);
  });

  test('that is the null version works in every state', async () => {
    for (const status of [undefined, 'Enabled', 'Suspended'] as const) {
      const bucket = await newBucket();
      await bucket.put('k', 'x');
      if (status !== undefined) await bucket.setStatus(status);
      const told = { versionId: status === undefined ? undefined : 'null', deleteMarker: undefined };
      assert.deepEqual(await bucket.delete('k', 'null'), told);
      assert.deepEqual(await shape(bucket), []);
    }
  });

  test('that is not there succeeds, and makes no marker', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    const missing = newVersionId(3);
    assert.deepEqual(await bucket.delete('k', missing), { versionId: missing, deleteMarker: undefined });
    await bucket.delete('k', 'null');
    await bucket.delete('other', versionId);
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`]);
  });

  test('whose id none can be is InvalidArgument, and deletes nothing', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    for (const id of ['no-version', `${versionId}0`, versionId.toUpperCase()]) {
      const error = await wire.fail({ method: 'DELETE', target: bucket.target('k', id) }, 400, 'InvalidArgument');
      assert.equal(textOf(error, 'Message'), 'Invalid version id specified');
    }
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`]);
  });

  test('with a second factor, or under a condition, is NotImplemented, and deletes nothing', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    for (const [header, value] of [
      ['x-amz-mfa', '20899872 301749'],
      ['if-match', '*'],
      ['if-match', `"${hash('md5', 'x')}"`],
    ] as const) {
      const request = { method: 'DELETE', target: bucket.target('k', versionId), headers: { [header]: value } };
      const error = await wire.fail(request, 501, 'NotImplemented');
      assert.equal(textOf(error, 'Header')?.toLowerCase(), header);
    }
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`]);
  });
});

describe('a conditional delete', () => {
  test('is about what is current: behind a delete marker there is nothing that could match', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    const etag = `"${hash('md5', 'x')}"`;
    const removal = (ifMatch: string) => {
      return { method: 'DELETE', target: bucket.target('k'), headers: { 'if-match': ifMatch } };
    };
    await wire.fail(removal(`"${hash('md5', 'y')}"`), 412, 'PreconditionFailed');
    const { headers } = await wire.succeed(removal(etag));
    assert.equal(headers.get('x-amz-delete-marker'), 'true');
    for (const ifMatch of ['*', etag]) await wire.fail(removal(ifMatch), 404, 'NoSuchKey');
    assert.equal((await bucket.list()).length, 2);
  });
});

describe('DeleteObjects', () => {
  async function remove(bucket: VersionedBucket, objects: ObjectIdentifier[], quiet = false) {
    const Delete = { Objects: objects, Quiet: quiet };
    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket: bucket.name, Delete }));
    return { deleted: Deleted, errors: Errors?.map(({ Key, VersionId, Code }) => [Key, VersionId, Code]) };
  }

  test('tells the delete markers that it makes', async () => {
    const bucket = await newBucket('Enabled');
    await bucket.putVersion('k', 'x');
    const { deleted = [] } = await remove(bucket, [{ Key: 'k' }, { Key: 'never' }]);
    const markers = (await bucket.list()).filter(({ kind }) => kind === 'DeleteMarker');
    assert.deepEqual(
      deleted,
      markers.map(({ key, versionId }) => ({ Key: key, DeleteMarker: true, DeleteMarkerVersionId: versionId })),
    );
  });

  test('tells which of the versions that it removes were delete markers', async () => {
    const bucket = await newBucket('Enabled');
    const VersionId = await bucket.putVersion('k', 'x');
    const { versionId: markerId = '' } = await bucket.delete('k');
    const missing = newVersionId(5);
    const { deleted, errors } = await remove(bucket, [
      { Key: 'k', VersionId },
      { Key: 'k', VersionId: markerId },
      { Key: 'k', VersionId: missing },
    ]);
    assert.deepEqual(deleted, [
      { Key: 'k', VersionId },
      { Key: 'k', VersionId: markerId, DeleteMarker: true, DeleteMarkerVersionId: markerId },
      { Key: 'k', VersionId: missing },
    ]);
    assert.equal(errors, undefined);
    assert.deepEqual(await shape(bucket), []);
  });

  test('makes the null marker where versions are suspended, and removes it by that name', async () => {
    const bucket = await newBucket('Suspended');
    await bucket.put('k', 'x');
    const made = await remove(bucket, [{ Key: 'k' }]);
    assert.deepEqual(made.deleted, [{ Key: 'k', DeleteMarker: true, DeleteMarkerVersionId: 'null' }]);
    const removed = await remove(bucket, [{ Key: 'k', VersionId: 'null' }]);
    assert.deepEqual(removed.deleted, [
      { Key: 'k', VersionId: 'null', DeleteMarker: true, DeleteMarkerVersionId: 'null' },
    ]);
    assert.deepEqual(await shape(bucket), []);
  });

  test('has a verdict on every version: of ids that none can be, and of conditions', async () => {
    const bucket = await newBucket('Enabled');
    const versionId = await bucket.putVersion('k', 'x');
    const { deleted, errors } = await remove(bucket, [
      { Key: 'k', VersionId: 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD' },
      { Key: 'k', VersionId: versionId, ETag: '*' },
      { Key: 'gone', ETag: '*' },
    ]);
    assert.equal(deleted, undefined);
    assert.deepEqual(errors, [
      ['k', 'HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD', 'NoSuchVersion'],
      ['k', versionId, 'NotImplemented'],
      ['gone', undefined, 'NoSuchKey'],
    ]);
    assert.deepEqual(await shape(bucket), [`Version ${versionId} latest`]);
  });

  test('empties a bucket of everything that its list of versions tells', async () => {
    const bucket = await newBucket();
    for (const key of ['a', 'b']) await bucket.put(key, 'null');
    await bucket.setStatus('Enabled');
    for (let index = 0; index < 120; index += 1) await bucket.put(`key ${index % 7}`, `${index}`);
    for (const key of ['a', 'key 1', 'key 2', 'never']) await bucket.delete(key);
    let pages = 0;
    for (let entries = await bucket.list({ 'max-keys': '50' }); entries.length > 0; pages += 1) {
      const { errors } = await remove(
        bucket,
        entries.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
        true,
      );
      assert.equal(errors, undefined);
      entries = await bucket.list({ 'max-keys': '50' });
    }
    assert.equal(pages, 3);
    await wire.succeed({ method: 'DELETE', target: `/${bucket.name}` });
  });
});

describe('DeleteBucket', () => {
  const VERSIONS_LEFT = 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.';

  test('is BucketNotEmpty while there is any version or delete marker', async () => {
    const bucket = await newBucket('Enabled');
    const request = { method: 'DELETE', target: `/${bucket.name}` };
    const refused = async () => {
      const error = await wire.fail(request, 409, 'BucketNotEmpty');
      assert.deepEqual([textOf(error, 'Message'), textOf(error, 'BucketName')], [VERSIONS_LEFT, bucket.name]);
    };
    const versionId = await bucket.putVersion('k', 'x');
    await refused();
    const { versionId: markerId } = await bucket.delete('k');
    await refused();
    await bucket.delete('k', versionId);
    await refused();
    await bucket.delete('k', markerId);
    await wire.succeed(request);
  });

  test('speaks of objects alone where there can be no versions', async () => {
    const bucket = await newBucket();
    await bucket.put('k', 'x');
    const error = await wire.fail({ method: 'DELETE', target: `/${bucket.name}` }, 409, 'BucketNotEmpty');
    assert.equal(textOf(error, 'Message'), 'The bucket you tried to delete is not empty');
  });
});
