import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { hoursFromNow, LockedBucket, PROTECTED } from '../../../support/locked-bucket.ts';

const MESSAGE = 'Access Denied because object protected by object lock.';

let gateway: TestGateway;
let client: S3Client;
let vault: LockedBucket;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  vault = await LockedBucket.create(client, 'vault');
});
after(() => gateway.stop());

const governed = () => ({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: hoursFromNow(1) }) as const;
const complied = () => ({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: hoursFromNow(1) }) as const;
const HELD = { ObjectLockLegalHoldStatus: 'ON' } as const;

describe('DeleteObject of a version', () => {
  test('that is locked is AccessDenied, and the version stays', async () => {
    for (const lock of [governed(), complied(), HELD]) {
      const VersionId = await vault.put('locked', lock);
      await assert.rejects(vault.delete('locked', { VersionId }), PROTECTED);
      assert.equal((await vault.head('locked', VersionId)).VersionId, VersionId);
    }
  });

  test('under governance obeys who bypasses it', async () => {
    const VersionId = await vault.put('governed', governed());
    await assert.rejects(vault.delete('governed', { VersionId, BypassGovernanceRetention: false }), PROTECTED);
    const { $metadata } = await vault.delete('governed', { VersionId, BypassGovernanceRetention: true });
    assert.equal($metadata.httpStatusCode, 204);
    await assert.rejects(vault.head('governed', VersionId), { name: 'NotFound' });
  });

  test('under compliance, or a legal hold, obeys nobody', async () => {
    for (const lock of [complied(), HELD, { ...governed(), ...HELD }]) {
      const VersionId = await vault.put('safe', lock);
      await assert.rejects(vault.delete('safe', { VersionId, BypassGovernanceRetention: true }), PROTECTED);
    }
  });

  test('succeeds when its hold is lifted', async () => {
    const VersionId = await vault.put('lifted', HELD);
    await vault.hold('lifted', 'OFF', VersionId);
    await vault.delete('lifted', { VersionId });
    await assert.rejects(vault.head('lifted', VersionId), { name: 'NotFound' });
  });

  test('succeeds when its time has come, by the clock of the gateway', async () => {
    const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 3000);
    const lock = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until } as const;
    const VersionId = await vault.put('brief', lock);
    await sleep(until.getTime() - Date.now() + 5);
    await vault.delete('brief', { VersionId });
    await assert.rejects(vault.head('brief', VersionId), { name: 'NotFound' });
  });
});

describe('a locked version', () => {
  test('is hidden by a delete marker, which goes without asking', async () => {
    const VersionId = await vault.put('hidden', complied());
    const marker = await vault.delete('hidden');
    assert.equal(marker.DeleteMarker, true);
    await assert.rejects(vault.head('hidden'), { name: 'NotFound' });
    assert.equal((await vault.head('hidden', VersionId)).VersionId, VersionId);
    await vault.delete('hidden', { VersionId: marker.VersionId });
    assert.equal((await vault.head('hidden')).VersionId, VersionId);
  });

  test('is no longer current when another one is written, and locked as before', async () => {
    const VersionId = await vault.put('covered', complied());
    await vault.put('covered');
    await assert.rejects(vault.delete('covered', { VersionId }), PROTECTED);
    assert.equal((await vault.head('covered', VersionId)).ObjectLockMode, 'COMPLIANCE');
  });

  test('keeps its bucket', async () => {
    const small = await LockedBucket.create(client, 'small');
    const VersionId = await small.put('k', governed());
    await small.delete('k');
    const deletion = new DeleteBucketCommand({ Bucket: 'small' });
    await assert.rejects(client.send(deletion), { name: 'BucketNotEmpty' });
    const { DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: 'small' }));
    await small.delete('k', { VersionId: DeleteMarkers[0]?.VersionId });
    await assert.rejects(client.send(deletion), { name: 'BucketNotEmpty' });
    await small.delete('k', { VersionId, BypassGovernanceRetention: true });
    await client.send(deletion);
  });
});

describe('DeleteObjects', () => {
  const remove = (Objects: { Key: string; VersionId?: string }[], BypassGovernanceRetention?: boolean) =>
    client.send(new DeleteObjectsCommand({ Bucket: 'vault', Delete: { Objects }, BypassGovernanceRetention }));

  test('tells of each version that is locked, and deletes the others', async () => {
    const free = { Key: 'a', VersionId: await vault.put('a') };
    const governance = { Key: 'b', VersionId: await vault.put('b', governed()) };
    const compliance = { Key: 'c', VersionId: await vault.put('c', complied()) };
    const { Deleted = [], Errors = [] } = await remove([free, governance, compliance]);
    assert.deepEqual(Deleted, [free]);
    assert.deepEqual(
      Errors,
      [governance, compliance].map((each) => ({ ...each, Code: 'AccessDenied', Message: MESSAGE })),
    );
    const bypassed = await remove([governance, compliance], true);
    assert.deepEqual(bypassed.Deleted, [governance]);
    assert.deepEqual(bypassed.Errors, [{ ...compliance, Code: 'AccessDenied', Message: MESSAGE }]);
  });

  test('hides what is locked behind delete markers', async () => {
    const VersionId = await vault.put('d', complied());
    const { Deleted = [], Errors } = await remove([{ Key: 'd' }]);
    assert.deepEqual([Deleted.length, Deleted[0]?.DeleteMarker, Errors], [1, true, undefined]);
    assert.equal((await vault.head('d', VersionId)).VersionId, VersionId);
  });
});
