import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';
import { type Owner, TOMORROW, TransferWorld } from './support/transfer-world.ts';

const NEXT_WEEK = '2026-03-11T12:00:00.000Z';

for (const dialect of dialects) {
  describe(`ownership transfers in ${dialect.name}`, () => {
    let database: TestDatabase;
    let world: TransferWorld;
    let ann: Owner;
    let bob: Owner;
    before(async () => {
      database = await dialect.open();
      world = new TransferWorld(database);
    });
    after(() => database.remove());

    async function people(): Promise<void> {
      [ann, bob] = [await world.owner(), await world.owner()];
    }

    const list = (of: Owner, side: 'sent' | 'received' | 'both', now = NOON) =>
      world.metadata.queries.listTransfers({ accountId: of.id, side, now, limit: 10 });
    const idsOf = async (rows: ReturnType<typeof list>) => (await rows).map(({ id }) => id);
    const find = (id: string, of: Pick<Owner, 'id'>, now = NOON) =>
      world.metadata.queries.findTransfer({ id, partyId: of.id, now });
    const audited = async (owner: Owner) => {
      const rows = await database.rows<{ type: string; account_id: string; actor_id: string; detail: string }>(
        "SELECT type, account_id, actor_id, detail FROM audit_entries WHERE account_id = ? AND type LIKE 'transfer.%'",
        owner.id,
      );
      return rows.map(({ type, actor_id, detail }) => [type, actor_id, JSON.parse(detail)]);
    };

    /** All that a refusal must leave as it was. */
    async function state() {
      const tables = ['objects', 'versions', 'usage', 'transfers', 'shares', 'links', 'drives', 'events', 'blobs'];
      const rows = tables.map(async (table) => [table, await database.rows(`SELECT * FROM ${table} ORDER BY 1, 2`)]);
      return Object.fromEntries(await Promise.all(rows));
    }

    async function refused(act: () => Promise<unknown>, code: Parameters<typeof failure>[0]): Promise<void> {
      const before = await state();
      await assert.rejects(act(), failure(code));
      assert.deepEqual(await state(), before);
    }

    describe('an offer', () => {
      test('is of what is there and the sender’s own', async () => {
        await people();
        await world.put(ann, 'a/file');
        await refused(() => world.offer(ann, bob, { path: 'nothing' }), 'NoSuchKey');
        await refused(() => world.offer(ann, bob, { path: 'a/fil' }), 'NoSuchKey');
        await refused(() => world.offer(ann, bob, { path: 'nothing/' }), 'NoSuchKey');
        await refused(() => world.offer({ ...bob, drive: ann.drive }, ann, { path: 'a/file' }), 'NoSuchKey');
        const bucket = { name: `plain-${ann.name}`, accountId: ann.id, region: 'us-east-1', at: NOON };
        await world.metadata.mutations.createBucket({ ...bucket, ignoreClaims: true });
        const drive = await world.metadata.queries.findBucket(bucket.name);
        assert.ok(drive);
        await world.put({ ...ann, drive }, 'file');
        await refused(() => world.offer({ ...ann, drive }, bob, { path: 'file' }), 'NoSuchKey');
      });

      test('is to another account that is there and may own files', async () => {
        await people();
        await world.put(ann, 'file');
        await refused(() => world.offer(ann, { id: 'nobody' }, { path: 'file' }), 'NoSuchAccount');
        await refused(() => world.offer(ann, ann, { path: 'file' }), 'InvalidRequest');
        await world.setStatus(bob, 'disabled');
        await refused(() => world.offer(ann, bob, { path: 'file' }), 'NoSuchAccount');
        const auditor = await addAccount(world.metadata, `auditor-of-${ann.name}`);
        const changes = { role: 'auditor' } as const;
        await world.metadata.mutations.changeAccount({ accountId: auditor, changes, spareName: 'spare', audit: AUDIT });
        await refused(() => world.offer(ann, { id: auditor }, { path: 'file' }), 'InvalidRequest');
        await world.setStatus(ann, 'disabled');
        await refused(() => world.offer(ann, { id: auditor }, { path: 'file' }), 'NoSuchKey');
      });

      test('is the only one of its path, until it ends', async () => {
        await people();
        await world.put(ann, 'a/file');
        await world.offer(ann, bob, { path: 'a/file' });
        await refused(() => world.offer(ann, bob, { path: 'a/file' }), 'TransferExists');
        const folder = await world.offer(ann, bob, { path: 'a/' });
        await world.withdraw(folder, ann);
        await world.offer(ann, bob, { path: 'a/' });
        await world.offer(ann, bob, { path: 'a/file', at: TOMORROW, expiresAt: NEXT_WEEK });
        assert.deepEqual(
          (await list(ann, 'sent', TOMORROW)).map(({ path, expires_at }) => [path, expires_at]),
          [['a/file', NEXT_WEEK]],
        );
      });

      test('is told of to both and to nobody else, with who they are', async () => {
        await people();
        await world.put(ann, 'file');
        await world.put(bob, 'other');
        const id = await world.offer(ann, bob, { path: 'file' });
        const back = await world.offer(bob, ann, { path: 'other' });
        const carl = await world.owner();
        const { bucket_id, sender_id, recipient_id, ...told } = (await find(id, bob)) ?? assert.fail();
        assert.deepEqual([bucket_id, sender_id, recipient_id], [ann.drive.id, ann.id, bob.id]);
        const names = { sender: ann.name, recipient: bob.name };
        assert.deepEqual(told, {
          ...{ id, path: 'file', ...names, note: 'take it', created_at: NOON, expires_at: TOMORROW },
        });
        assert.equal(await find(id, carl), undefined);
        assert.deepEqual(await idsOf(list(ann, 'sent')), [id]);
        assert.deepEqual(await idsOf(list(ann, 'received')), [back]);
        assert.deepEqual(await idsOf(list(ann, 'both')), [id, back]);
        assert.deepEqual(await idsOf(list(bob, 'sent')), [back]);
        assert.deepEqual(await idsOf(list(carl, 'both')), []);
        const page = { accountId: ann.id, side: 'both', now: NOON, after: id, limit: 1 } as const;
        assert.deepEqual(await idsOf(world.metadata.queries.listTransfers(page) as ReturnType<typeof list>), [back]);
        assert.deepEqual(await audited(bob), [['transfer.offered', ann.id, { path: 'file' }]]);
      });

      test('that has ended is none, and is removed', async () => {
        await people();
        await world.put(ann, 'file');
        const id = await world.offer(ann, bob, { path: 'file' });
        assert.equal(await find(id, ann, TOMORROW), undefined);
        assert.deepEqual(await list(bob, 'both', TOMORROW), []);
        await refused(() => world.accept(id, bob, { at: TOMORROW }), 'NoSuchTransfer');
        await refused(() => world.withdraw(id, ann, TOMORROW), 'NoSuchTransfer');
        await world.metadata.mutations.removeExpiredTransfers({ before: NEXT_WEEK, limit: 100 });
        assert.deepEqual(await database.rows('SELECT id FROM transfers WHERE id = ?', id), []);
      });

      test('is withdrawn by its sender and declined by its recipient, and by nobody else', async () => {
        await people();
        await world.put(ann, 'file');
        for (const party of [ann, bob]) {
          const id = await world.offer(ann, bob, { path: 'file' });
          await refused(async () => world.withdraw(id, { id: 'somebody' }), 'NoSuchTransfer');
          await world.withdraw(id, party);
          assert.deepEqual(await list(ann, 'both'), []);
          await refused(() => world.withdraw(id, party), 'NoSuchTransfer');
          await refused(() => world.accept(id, bob), 'NoSuchTransfer');
        }
        assert.deepEqual((await audited(bob)).at(-1), ['transfer.offered', ann.id, { path: 'file' }]);
        assert.deepEqual(await audited(ann), [['transfer.withdrawn', bob.id, { path: 'file' }]]);
        assert.deepEqual(await world.keys(ann), ['file']);
      });

      test('follows what is moved within the drive, and ends with what is deleted', async () => {
        await people();
        await world.put(ann, 'a/file');
        await world.put(ann, 'gone');
        const id = await world.offer(ann, bob, { path: 'a/file' });
        const gone = await world.offer(ann, bob, { path: 'gone' });
        await world.remove(ann, 'gone');
        await refused(() => world.accept(gone, bob), 'NoSuchTransfer');
        const move = (path: string, to: string) =>
          world.metadata.mutations.renameObject({
            ...{ bucketId: ann.drive.id, key: to, sourceKeys: [path], accountId: ann.id, at: NOON, newPartSet: 's' },
          });
        await move('a/file', 'b/moved');
        assert.equal((await find(id, bob))?.path, 'b/moved');
        await world.accept(id, bob);
        assert.deepEqual([await world.keys(ann), await world.keys(bob)], [[], ['b/moved']]);
      });

      test('of a disabled account waits until it is enabled', async () => {
        await people();
        await world.put(ann, 'file');
        const id = await world.offer(ann, bob, { path: 'file' });
        await world.setStatus(ann, 'disabled');
        assert.deepEqual(await list(bob, 'received'), []);
        await refused(() => world.accept(id, bob), 'NoSuchTransfer');
        await world.setStatus(ann, 'active');
        await world.setStatus(bob, 'disabled');
        await refused(() => world.accept(id, bob), 'NoSuchAccount');
        await world.setStatus(bob, 'active');
        await world.accept(id, bob);
      });
    });

    describe('what is accepted', () => {
      test('is the recipient’s with its bytes, which the sender is not charged for any more', async () => {
        await people();
        const { etag } = await world.put(ann, 'a/b.txt', 100);
        await world.put(ann, 'rest', 7);
        const id = await world.offer(ann, bob, { path: 'a/b.txt' });
        const moved = await world.accept(id, bob);
        assert.deepEqual(moved, { bucket: bob.drive.name, bucketId: bob.drive.id, path: 'a/b.txt' });
        assert.deepEqual(await world.files(bob), [['a/b.txt', etag, 100]]);
        assert.deepEqual(await world.keys(ann), ['rest']);
        assert.deepEqual(
          [await world.usage(ann), await world.usage(bob)],
          [
            { objects: 1, bytes: 7 },
            { objects: 1, bytes: 100 },
          ],
        );
        const found = await world.metadata.queries.findObjectContent(bob.drive.id, 'a/b.txt');
        assert.deepEqual([found?.location, found?.account_id], [etag, bob.id]);
        const events = await database.rows<{ type: string; bucket: string; key: string }>(
          'SELECT type, bucket, key FROM events ORDER BY seq DESC LIMIT 2',
        );
        assert.deepEqual(
          events.map((event) => ({ ...event })),
          [
            { type: 'object.copied', bucket: bob.drive.name, key: 'a/b.txt' },
            { type: 'object.deleted', bucket: ann.drive.name, key: 'a/b.txt' },
          ],
        );
        assert.deepEqual(await audited(ann), [['transfer.accepted', bob.id, { path: 'a/b.txt', to: 'a/b.txt' }]]);
        await refused(() => world.accept(id, bob), 'NoSuchTransfer');
      });

      test('is for its recipient alone to accept', async () => {
        await people();
        await world.put(ann, 'file');
        const id = await world.offer(ann, bob, { path: 'file' });
        const carl = await world.owner();
        for (const other of [ann, carl]) await refused(() => world.accept(id, other), 'NoSuchTransfer');
      });

      test('makes the drive of a recipient who has none', async () => {
        await people();
        await world.put(ann, 'file');
        const carl = { id: await addAccount(world.metadata, `carl-of-${ann.name}`) };
        const id = await world.offer(ann, carl, { path: 'file' });
        const { bucketId } = await world.metadata.mutations.acceptTransfer({
          ...{ id, recipientId: carl.id, at: NOON },
          drive: world.plan(carl.id, `drive-of-${carl.id}`),
          audit: { ...AUDIT, type: 'transfer.accepted' },
        });
        const drive = await world.metadata.queries.findDrive(carl.id);
        assert.equal(drive?.id, bucketId);
        assert.equal((await world.metadata.queries.findObject(bucketId, 'file'))?.size_bytes, 10);
      });

      for (const [path, taken, free] of [
        ['a.txt', ['a.txt'], 'a (2).txt'],
        ['in/a.tar.gz', ['in/a.tar.gz', 'in/a.tar (2).gz'], 'in/a.tar (3).gz'],
        ['.env', ['.env'], '.env (2)'],
        ['plain', ['plain/in it'], 'plain (2)'],
        ['folder/', ['folder/other'], 'folder (2)/'],
        ['folder/', ['folder'], 'folder (2)/'],
        ['in/v1.2/', ['in/v1.2/x', 'in/v1.2 (2)/x'], 'in/v1.2 (3)/'],
      ] as const) {
        test(`is called '${free}' where there is ${taken.join(' and ')}`, async () => {
          await people();
          await world.put(ann, path.endsWith('/') ? `${path}file` : path);
          for (const key of taken) await world.put(bob, key);
          const moved = await world.accept(await world.offer(ann, bob, { path }), bob);
          assert.equal(moved.path, free);
          const key = path.endsWith('/') ? `${free}file` : free;
          assert.deepEqual((await world.keys(bob)).toSorted(), [...taken, key].toSorted());
        });
      }

      test('is called as its recipient asks, where nothing is called so', async () => {
        await people();
        for (const key of ['file', 'folder/x', 'folder/y/z']) await world.put(ann, key);
        await world.put(bob, 'taken');
        const file = await world.offer(ann, bob, { path: 'file' });
        await refused(() => world.accept(file, bob, { to: 'taken' }), 'FileExists');
        await world.accept(file, bob, { to: 'elsewhere/file' });
        const folder = await world.offer(ann, bob, { path: 'folder/' });
        await refused(() => world.accept(folder, bob, { to: 'a file' }), 'InvalidRequest');
        await world.accept(folder, bob, { to: 'elsewhere/folder/' });
        assert.deepEqual(await world.keys(bob), [
          ...['elsewhere/file', 'elsewhere/folder/x', 'elsewhere/folder/y/z', 'taken'],
        ]);
      });

      test('is a whole folder, and nothing beside it', async () => {
        await people();
        const sizes = { 'f/': 0, 'f/a': 1, 'f/b/c': 2, 'f/b/d': 4 };
        for (const [key, size] of Object.entries(sizes)) await world.put(ann, key, size);
        for (const key of ['f', 'f.txt', 'f0']) await world.put(ann, key, 8);
        await world.accept(await world.offer(ann, bob, { path: 'f/' }), bob);
        assert.deepEqual(await world.keys(bob), Object.keys(sizes));
        assert.deepEqual(await world.keys(ann), ['f', 'f.txt', 'f0']);
        assert.deepEqual(
          [await world.usage(ann), await world.usage(bob)],
          [
            { objects: 3, bytes: 24 },
            { objects: 4, bytes: 7 },
          ],
        );
      });

      test('brings its versions along where both keep them, and is charged for all', async () => {
        await people();
        const versions = async ({ drive }: Owner) => {
          const range = { bucketId: drive.id, prefix: '', delimiter: '', limit: 10 };
          const { rows } = await world.metadata.queries.listVersions(range);
          return rows.map(([key, , etag, size]) => [key, etag, size]);
        };
        for (const size of [1, 2, 4]) await world.put(ann, 'special/file', size);
        const before = await versions(ann);
        await world.accept(await world.offer(ann, bob, { path: 'special/file' }), bob);
        assert.deepEqual([await versions(bob), await versions(ann)], [before, []]);
        assert.deepEqual(
          [await world.usage(ann), await world.usage(bob)],
          [
            { objects: 0, bytes: 0 },
            { objects: 3, bytes: 7 },
          ],
        );
      });

      test('has room in the quota of its recipient, to the byte, or stays as it was', async () => {
        await people();
        for (const size of [30, 30]) await world.put(ann, 'special/file', size);
        await world.put(bob, 'own', 40);
        const id = await world.offer(ann, bob, { path: 'special/' });
        await world.setQuota(bob, 99);
        await refused(() => world.accept(id, bob), 'QuotaExceeded');
        await refused(() => world.handOver(ann, bob, 'special/'), 'QuotaExceeded');
        await world.setQuota(bob, 100);
        // The sender is over its own, which is no reason to keep it.
        await world.setQuota(ann, 1);
        await world.accept(id, bob);
        assert.deepEqual(
          [await world.usage(ann), await world.usage(bob)],
          [
            { objects: 0, bytes: 0 },
            { objects: 3, bytes: 100 },
          ],
        );
      });

      test('stays as it was while a version of it is locked', async () => {
        await people();
        await world.put(ann, 'f/file');
        const id = await world.offer(ann, bob, { path: 'f/' });
        await database.write('UPDATE objects SET legal_hold = 1 WHERE bucket_id = ?', ann.drive.id);
        await refused(() => world.accept(id, bob), 'AccessDenied');
      });
    });

    describe('who else has it', () => {
      const share = (of: Owner, { to, path, by = of }: { to: Owner; path: string; by?: Owner }) => {
        const id = `share-of-${path}-by-${by.id}-with-${to.id}`;
        const terms = { mayWrite: true, mayShare: true, expiresAt: null, note: null, at: NOON, audit: AUDIT };
        const place = { bucketId: of.drive.id, path, granteeId: to.id, grantorId: by.id };
        return world.metadata.mutations.createShare({ id, ...place, ...terms });
      };
      const sharesOf = async ({ drive }: Owner) =>
        (
          await database.rows<Record<'path' | 'grantee_id' | 'grantor_id', string>>(
            'SELECT path, grantee_id, grantor_id FROM shares WHERE bucket_id = ? ORDER BY path, grantee_id',
            drive.id,
          )
        ).map(({ path, grantee_id, grantor_id }) => [path, grantee_id, grantor_id]);

      test('keeps it, from the new owner in the place of the old one, who needs no share any more', async () => {
        await people();
        const [carl, dora] = [await world.owner(), await world.owner()];
        await world.put(ann, 'f/file');
        await world.put(ann, 'f/other');
        await share(ann, { to: bob, path: 'f/file' });
        await share(ann, { to: carl, path: 'f/file' });
        await share(ann, { to: dora, path: 'f/file', by: carl });
        await share(ann, { to: carl, path: 'f/' });
        await share(ann, { to: carl, path: 'f/other' });
        await world.accept(await world.offer(ann, bob, { path: 'f/file' }), bob);
        assert.deepEqual(await sharesOf(bob), [
          ['f/file', carl.id, bob.id],
          ['f/file', dora.id, carl.id],
        ]);
        assert.deepEqual(await sharesOf(ann), [
          ['f/', carl.id, ann.id],
          ['f/other', carl.id, ann.id],
        ]);
      });

      test('keeps what the recipient passed on before', async () => {
        await people();
        const carl = await world.owner();
        await world.put(ann, 'file');
        await share(ann, { to: bob, path: 'file' });
        await share(ann, { to: carl, path: 'file', by: bob });
        await world.accept(await world.offer(ann, bob, { path: 'file' }), bob);
        assert.deepEqual(await sharesOf(bob), [['file', carl.id, bob.id]]);
      });

      test('is nobody by the old owner’s links and offers, which end', async () => {
        await people();
        const carl = await world.owner();
        for (const key of ['f/file', 'f/g/file', 'other']) await world.put(ann, key);
        for (const path of ['f/', 'f/file', 'other']) {
          await world.metadata.mutations.createLink({
            ...{
              id: `link-${ann.id}-${path}`,
              accountId: ann.id,
              bucketId: ann.drive.id,
              path,
              at: NOON,
              audit: AUDIT,
            },
            ...{ alias: null, passwordHash: null, note: null, expiresAt: null, maxDownloads: null },
            tokenHash: `${ann.id} ${path}`,
          });
        }
        for (const path of ['f/file', 'f/g/', 'other']) await world.offer(ann, carl, { path });
        await world.accept(await world.offer(ann, bob, { path: 'f/' }), bob);
        const left = (table: string) =>
          database.rows<{ path: string; bucket_id: number }>(
            `SELECT path, bucket_id FROM ${table} WHERE bucket_id IN (?, ?)`,
            ann.drive.id,
            bob.drive.id,
          );
        for (const table of ['links', 'transfers']) {
          const rows = (await left(table)).map((row) => ({ ...row }));
          assert.deepEqual(rows, [{ path: 'other', bucket_id: ann.drive.id }], table);
        }
      });
    });

    test('handing over at once does as accepting does, and ends what was offered', async () => {
      await people();
      const carl = await world.owner();
      await world.put(ann, 'file');
      await world.put(bob, 'file');
      const id = await world.offer(ann, carl, { path: 'file' });
      const moved = await world.handOver(ann, bob, 'file');
      assert.equal(moved.path, 'file (2)');
      assert.deepEqual([await world.keys(ann), await world.keys(bob)], [[], ['file', 'file (2)']]);
      await refused(() => world.accept(id, carl), 'NoSuchTransfer');
      await refused(() => world.handOver(ann, bob, 'file'), 'NoSuchKey');
      await refused(() => world.handOver({ ...ann, drive: bob.drive }, carl, 'file'), 'NoSuchKey');
      assert.deepEqual((await audited(bob)).at(-1), ['transfer.accepted', ann.id, { path: 'file', to: 'file (2)' }]);
    });

    test('the rows agree with each other after all that', async () => {
      assert.deepEqual(await world.broken(), []);
    });
  });
}
