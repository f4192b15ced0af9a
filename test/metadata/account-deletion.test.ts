import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, failure, NOON, staged } from './support/fixture.ts';
import { type Owner, TransferWorld } from './support/transfer-world.ts';

for (const dialect of dialects) {
  describe(`an account that goes in ${dialect.name}`, () => {
    let database: TestDatabase;
    let world: TransferWorld;
    before(async () => {
      database = await dialect.open();
      world = new TransferWorld(database);
    });
    after(() => database.remove());

    const remove = ({ id: accountId }: Owner) =>
      world.metadata.mutations.deleteAccount({ accountId, audit: { ...AUDIT, type: 'account.deleted', accountId } });

    test('takes its empty drive along, with what was begun there', async () => {
      const ann = await world.owner();
      const uploadId = `begun-by-${ann.name}`;
      const target = { bucketId: ann.drive.id, key: 'k', accountId: ann.id, at: NOON };
      await world.metadata.mutations.createUpload({ ...target, uploadId, attributes: '{}' });
      const payload = staged(10);
      await world.metadata.mutations.commitPart({
        ...target,
        uploadId,
        partNumber: 1,
        payload,
        sizeBytes: 10,
        etag: 'e',
      });
      await world.put(ann, 'file');
      await assert.rejects(remove(ann), failure('AccountNotEmpty'));
      await world.remove(ann, 'file');
      await remove(ann);
      assert.equal(await world.metadata.queries.findAccountById(ann.id), undefined);
      assert.equal(await world.metadata.queries.findBucket(ann.drive.name), undefined);
      assert.equal(await world.metadata.queries.findDrive(ann.id), undefined);
      const [blob] = await database.rows('SELECT refs FROM blobs WHERE location = ?', payload.location);
      assert.deepEqual(blob, { refs: 0 });
      const [event] = await database.rows<{ type: string }>(
        'SELECT type FROM events WHERE bucket = ? ORDER BY seq DESC LIMIT 1',
        ann.drive.name,
      );
      assert.equal(event?.type, 'bucket.deleted');
    });

    test('stays while its drive has files, versions, or something in the trash, and so does all that it has', async () => {
      const kept = [
        (ann: Owner) => world.put(ann, 'mere/file'),
        async (ann: Owner) => {
          await world.put(ann, 'special/file');
          await world.remove(ann, 'special/file');
        },
        (ann: Owner) => world.put(ann, '.trash/1/file'),
      ];
      for (const keep of kept) {
        const ann = await world.owner();
        await keep(ann);
        const before = [await world.usage(ann), await world.keys(ann)];
        await assert.rejects(remove(ann), failure('AccountNotEmpty'));
        assert.deepEqual([await world.usage(ann), await world.keys(ann)], before);
        assert.equal((await world.metadata.queries.findDrive(ann.id))?.id, ann.drive.id);
      }
    });

    test('stays while it has other buckets, and keeps its drive', async () => {
      const ann = await world.owner();
      const bucket = { name: `shelf-of-${ann.name}`, accountId: ann.id, region: 'us-east-1', at: NOON };
      await world.metadata.mutations.createBucket({ ...bucket, ignoreClaims: true });
      await assert.rejects(remove(ann), failure('AccountNotEmpty'));
      assert.equal((await world.metadata.queries.findDrive(ann.id))?.id, ann.drive.id);
    });

    test('ends what it was given and offered, and nothing of others', async () => {
      const [ann, bob, carl] = [await world.owner(), await world.owner(), await world.owner()];
      await world.put(bob, 'file');
      await world.put(bob, 'other');
      const share = (granteeId: string, grantorId: string) =>
        world.metadata.mutations.createShare({
          ...{ id: `${grantorId}-${granteeId}`, bucketId: bob.drive.id, path: 'file', granteeId, grantorId },
          ...{ mayWrite: false, mayShare: true, expiresAt: null, note: null, at: NOON, audit: AUDIT },
        });
      await share(ann.id, bob.id);
      await share(carl.id, ann.id);
      await world.offer(bob, ann, { path: 'file' });
      const kept = await world.offer(bob, carl, { path: 'other' });
      await remove(ann);
      assert.deepEqual(await database.rows('SELECT id FROM shares WHERE bucket_id = ?', bob.drive.id), []);
      assert.deepEqual(await database.rows('SELECT id FROM transfers WHERE bucket_id = ?', bob.drive.id), [
        { id: kept },
      ]);
      assert.deepEqual(await world.keys(bob), ['file', 'other']);
    });

    test('that is disabled keeps its files and what they count', async () => {
      const ann = await world.owner();
      await world.put(ann, 'file');
      await world.setStatus(ann, 'disabled');
      assert.deepEqual([await world.keys(ann), await world.usage(ann)], [['file'], { objects: 1, bytes: 10 }]);
      const listed = (await world.metadata.queries.listAccounts()).find(({ id }) => id === ann.id);
      assert.deepEqual([listed?.status, listed?.object_count, listed?.logical_bytes], ['disabled', 1, 10]);
    });

    test('leaves rows that agree with each other', async () => {
      assert.deepEqual(await world.broken(), []);
    });
  });
}
