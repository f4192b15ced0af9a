import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  RenameObjectCommand,
} from '@aws-sdk/client-s3';
import { addDriveUser, type DriveUser } from '../../support/drive.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const DAY_MS = 1000;

describe('the fields of a drive', () => {
  let gateway: TestGateway;
  let count = 0;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_LIFECYCLE_DAY: String(DAY_MS / 1000), GATEHOUSE_TEMPORARY_DAYS: '1' });
  });
  after(() => gateway.stop());

  const open = (): Promise<DriveUser> => {
    count += 1;
    return addDriveUser(gateway, `user-${count}`);
  };

  test('temporary forgets its files when their days are over, and no others', async () => {
    const [cary, bob] = [await open(), await open()];
    for (const path of ['temporary/a', 'mere/a', 'special/a', 'a']) await cary.put(path, 'text');
    await bob.ask('/drive', { method: 'PATCH', body: { temporary_days: 36_500 } });
    await bob.put('temporary/a', 'text');
    await sleep(3 * DAY_MS);
    await gateway.enforceLifecycle();
    assert.deepEqual(await cary.keys(), ['a', 'mere/a', 'special/a']);
    assert.deepEqual(await bob.keys(), ['temporary/a']);
    await bob.ask('/drive', { method: 'PATCH', body: { temporary_days: null } });
    await gateway.enforceLifecycle();
    assert.deepEqual(await bob.keys(), ['temporary/a']);
    await bob.ask('/drive', { method: 'PATCH', body: { temporary_days: 1 } });
    await gateway.enforceLifecycle();
    assert.deepEqual(await bob.keys(), []);
  });

  test('what was old is not at once gone from temporary', async () => {
    const cary = await open();
    await cary.ask('/drive', { method: 'PATCH', body: { temporary_days: 100 } });
    for (const path of ['old', 'a/old']) await cary.put(path, 'text');
    await sleep(50);
    const before = new Date().toISOString();
    await cary.post('/drive/move', { from: 'a/', to: 'temporary/a/' });
    await cary.s3.send(
      new RenameObjectCommand({
        Bucket: cary.bucket.name,
        Key: 'temporary/old',
        RenameSource: `${cary.bucket.name}/old`,
      }),
    );
    for (const path of ['temporary/a/old', 'temporary/old']) {
      const { modified_at, expires_at } = (await cary.ask(`/files/${path}?info`)).body;
      assert.ok(modified_at >= before, `${path} is of ${modified_at}`);
      assert.ok(expires_at > before);
    }
  });

  test('the trash is emptied when its days are over', async () => {
    const [cary, bob, ann] = [await open(), await open(), await open()];
    for (const [user, trash_days] of [
      [cary, 1],
      [bob, 36_500],
      [ann, null],
    ] as const) {
      await user.ask('/drive', { method: 'PATCH', body: { trash_days } });
      for (const path of ['a/1', 'a/2', 'special/b']) await user.put(path, 'text');
      await user.post('/drive/delete', { paths: ['a/', 'special/b'] });
    }
    assert.equal((await ann.ask('/trash')).body.items[0].expires_at, null);
    await sleep(DAY_MS + 100);
    await gateway.keepDrives();
    assert.deepEqual((await cary.ask('/trash')).body.items, []);
    const { used_bytes, object_count } = (await cary.ask('/drive')).body.usage;
    assert.deepEqual([used_bytes, object_count], [0, 0]);
    for (const user of [bob, ann]) assert.equal((await user.ask('/trash')).body.items.length, 2);
  });

  describe('special keeps versions, and the others keep none', () => {
    const put = ({ s3, bucket }: DriveUser, Key: string, Body: string) =>
      s3.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body }));

    test('over S3 and over REST alike', async () => {
      const cary = await open();
      const Bucket = cary.bucket.name;
      for (const Key of ['special/x', 'mere/x']) {
        const first = await put(cary, Key, 'first');
        assert.equal(first.VersionId === undefined, Key === 'mere/x');
        const second = await cary.put(Key, 'second');
        assert.equal(second.body.version_id === null, Key === 'mere/x');
        const head = await cary.s3.send(new HeadObjectCommand({ Bucket, Key }));
        assert.equal(head.VersionId ?? null, second.body.version_id);
      }
      const { Versions = [] } = await cary.s3.send(new ListObjectVersionsCommand({ Bucket }));
      assert.deepEqual(
        Versions.map(({ Key, IsLatest, VersionId }) => [Key, IsLatest, VersionId === 'null']),
        [
          ['mere/x', true, true],
          ['special/x', true, false],
          ['special/x', false, false],
        ],
      );
      const old = await cary.s3.send(
        new GetObjectCommand({ Bucket, Key: 'special/x', VersionId: Versions[2]?.VersionId }),
      );
      assert.equal(await old.Body?.transformToString(), 'first');
    });

    test('a delete over S3 hides there, and deletes elsewhere', async () => {
      const cary = await open();
      const Bucket = cary.bucket.name;
      for (const Key of ['special/x', 'mere/x']) await put(cary, Key, 'text');
      const hidden = await cary.s3.send(new DeleteObjectCommand({ Bucket, Key: 'special/x' }));
      assert.equal(hidden.DeleteMarker, true);
      const gone = await cary.s3.send(new DeleteObjectCommand({ Bucket, Key: 'mere/x' }));
      assert.deepEqual([gone.DeleteMarker, gone.VersionId], [undefined, undefined]);
      const { Versions = [], DeleteMarkers = [] } = await cary.s3.send(new ListObjectVersionsCommand({ Bucket }));
      assert.deepEqual([Versions.length, DeleteMarkers.length], [1, 1]);
      await cary.s3.send(new DeleteObjectCommand({ Bucket, Key: 'special/x', VersionId: hidden.VersionId }));
      assert.equal(await cary.read('special/x'), 'text');
    });
  });

  test('what is renamed over S3 is shared where it is then', async () => {
    const [cary, bob] = [await open(), await open()];
    await cary.put('a/x', 'text');
    const share = { path: 'a/x', with: bob.name, permission: 'read' };
    assert.equal((await cary.post('/shares', share)).status, 201);
    for (const [from, to] of [
      ['a/x', 'special/x'],
      ['special/x', 'b/x'],
    ] as const) {
      const rename = { Bucket: cary.bucket.name, Key: to, RenameSource: `${cary.bucket.name}/${from}` };
      await cary.s3.send(new RenameObjectCommand(rename));
      assert.equal((await bob.ask(`/files/${to}?drive=${cary.name}`)).text, 'text');
    }
  });
});

test('an empty trash is nothing to the keeper', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.stop());
  assert.deepEqual(await gateway.keepDrives(), { purged: 0 });
});
