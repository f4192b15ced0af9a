import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metadata, ShareRow } from '../../metadata/index.ts';
import type { BucketRow } from '../../metadata/queries/buckets.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { addDrive, putFile } from './support/drive.ts';
import { AUDIT, addAccount, addBucket, failure, NOON } from './support/fixture.ts';

const TOMORROW = '2026-03-05T12:00:00.000Z';
const NEXT_WEEK = '2026-03-11T12:00:00.000Z';
const EVERYTHING = { type: undefined, since: undefined, until: undefined, before: undefined, limit: 9 };
const PLAIN = { mayWrite: false, mayShare: false, expiresAt: null };

interface Terms {
  readonly path?: string;
  readonly grantorId?: string;
  readonly mayWrite?: boolean;
  readonly mayShare?: boolean;
  readonly expiresAt?: string | null;
  readonly note?: string | null;
  readonly at?: string;
}

for (const dialect of dialects) {
  describe(`shares in ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    let ann: string;
    let bob: string;
    let cat: string;
    let dan: string;
    let drive: BucketRow;
    let count = 0;
    before(async () => {
      database = await dialect.open();
      ({ metadata } = database);
      ann = await addAccount(metadata, 'ann');
      bob = await addAccount(metadata, 'bob');
      cat = await addAccount(metadata, 'cat');
      dan = await addAccount(metadata, 'dan');
    });
    after(() => database.remove());

    /** A folder of its own, with a file in it and one in a folder of that. */
    async function folder(): Promise<string> {
      drive = await addDrive(metadata, ann);
      count += 1;
      const path = `folder-${count}/`;
      for (const name of ['file', 'in/file']) await putFile(metadata, drive, path + name);
      return path;
    }

    let made = 0;
    function share(path: string, granteeId: string, terms: Terms = {}) {
      made += 1;
      const id = `share-${String(made).padStart(5, '0')}`;
      const base = { id, bucketId: drive.id, path, granteeId, grantorId: ann, note: null, at: NOON, audit: AUDIT };
      return metadata.mutations.createShare({ ...PLAIN, ...base, ...terms });
    }

    async function find(id: string): Promise<ShareRow> {
      const row = await metadata.queries.findShare(id);
      assert.ok(row !== undefined);
      return row;
    }

    async function held(granteeId: string, path: string, now = NOON): Promise<string[]> {
      const rows = await metadata.queries.listSharesHeld({ bucketId: drive.id, path, granteeId, now });
      return rows.map(({ path: shared, may_write }) => `${shared} ${may_write === 1 ? 'write' : 'read'}`);
    }

    test('a file is shared alone, a folder with all below it and nothing beside it', async () => {
      const path = await folder();
      await share(`${path}file`, bob, { mayWrite: true });
      await share(path, cat);
      assert.deepEqual(await held(bob, `${path}file`), [`${path}file write`]);
      for (const other of [path, `${path}in/file`, `${path}file/`, `${path}file2`, path.slice(0, -1)]) {
        assert.deepEqual(await held(bob, other), [], other);
      }
      for (const other of [path, `${path}file`, `${path}in/`, `${path}in/file`, `${path}none`]) {
        assert.deepEqual(await held(cat, other), [`${path} read`], other);
      }
      assert.deepEqual(await held(cat, `${path.slice(0, -1)}x/`), []);
    });

    test('it is as it was given, with the names of all', async () => {
      const path = await folder();
      const { id, isNew } = await share(path, bob, { note: 'for you', mayShare: true, expiresAt: TOMORROW });
      assert.equal(isNew, true);
      assert.deepEqual(await find(id), {
        id,
        bucket_id: drive.id,
        path,
        grantee_id: bob,
        grantee: 'bob',
        grantor_id: ann,
        grantor: 'ann',
        owner_id: ann,
        owner: 'ann',
        parent_id: null,
        may_write: 0,
        may_share: 1,
        note: 'for you',
        created_at: NOON,
        expires_at: TOMORROW,
      });
    });

    test('shared again it is replaced, and keeps its id', async () => {
      const path = await folder();
      const { id } = await share(path, bob, { note: 'old', mayWrite: true });
      assert.deepEqual(await share(path, bob, { expiresAt: TOMORROW }), { id, isNew: false });
      const { note, may_write, expires_at } = await find(id);
      assert.deepEqual({ note, may_write, expires_at }, { note: null, may_write: 0, expires_at: TOMORROW });
    });

    test('only what is there, in a drive, is shared', async () => {
      const path = await folder();
      for (const missing of ['none', `${path}none/`, path.slice(0, -1), `${path}fil`, `${path}file/`]) {
        await assert.rejects(share(missing, bob), failure('NoSuchKey'), missing);
      }
      const bucket = await addBucket(metadata, `bucket-${count}`, ann);
      await putFile(metadata, bucket, 'file');
      const input = { id: 'x', bucketId: bucket.id, path: 'file', granteeId: bob, grantorId: ann, note: null };
      await assert.rejects(
        metadata.mutations.createShare({ ...PLAIN, ...input, at: NOON, audit: AUDIT }),
        failure('NoSuchKey'),
      );
    });

    test('nobody shares with oneself, with the owner, with a disabled account or with nobody', async () => {
      const path = await folder();
      await share(path, bob, { mayShare: true });
      await assert.rejects(share(path, ann), failure('InvalidRequest'));
      await assert.rejects(share(path, ann, { grantorId: bob }), failure('InvalidRequest'));
      await assert.rejects(share(path, bob, { grantorId: bob }), failure('InvalidRequest'));
      await assert.rejects(share(path, 'nobody'), failure('NoSuchAccount'));
      await metadata.mutations.setAccountStatus({ accountId: dan, status: 'disabled', audit: AUDIT });
      await assert.rejects(share(path, dan), failure('NoSuchAccount'));
      await metadata.mutations.setAccountStatus({ accountId: dan, status: 'active', audit: AUDIT });
    });

    test('who was given it passes it on where that is allowed, and no more than that', async () => {
      const path = await folder();
      await assert.rejects(share(path, cat, { grantorId: bob }), failure('NoSuchKey'));
      const { id } = await share(path, bob);
      await assert.rejects(share(path, cat, { grantorId: bob }), failure('AccessDenied'));
      await share(path, bob, { mayShare: true, expiresAt: TOMORROW });
      for (const more of [{ mayWrite: true }, { expiresAt: NEXT_WEEK }]) {
        await assert.rejects(share(path, cat, { grantorId: bob, ...more }), failure('AccessDenied'));
      }
      const passed = await share(`${path}in/`, cat, { grantorId: bob, mayShare: true });
      const { parent_id, expires_at } = await find(passed.id);
      assert.deepEqual({ parent_id, expires_at }, { parent_id: id, expires_at: TOMORROW });
      await assert.rejects(share(path, dan, { grantorId: cat }), failure('NoSuchKey'));
      await share(`${path}in/file`, dan, { grantorId: cat });
      assert.deepEqual(await held(dan, `${path}in/file`), [`${path}in/file read`]);
      assert.deepEqual(await held(dan, `${path}in/file`, TOMORROW), []);
    });

    test('what has expired is passed on by nobody', async () => {
      const path = await folder();
      await share(path, bob, { mayShare: true, expiresAt: TOMORROW });
      await assert.rejects(share(path, cat, { grantorId: bob, at: NEXT_WEEK }), failure('NoSuchKey'));
    });

    test('it is not passed on to whom it comes from', async () => {
      const path = await folder();
      await share(path, bob, { mayShare: true });
      await share(path, cat, { mayShare: true, grantorId: bob });
      await assert.rejects(share(path, bob, { grantorId: cat }), failure('CircularGrant'));
      await assert.rejects(share(`${path}in/`, bob, { grantorId: cat }), failure('CircularGrant'));
    });

    test('revoked, it ends with all that was passed on from it', async () => {
      const path = await folder();
      const first = await share(path, bob, { mayShare: true });
      const second = await share(`${path}in/`, cat, { mayShare: true, grantorId: bob });
      await share(`${path}in/file`, dan, { grantorId: cat });
      const other = await share(path, cat);
      for (const byId of ['nobody', cat]) {
        await assert.rejects(
          metadata.mutations.revokeShare({ id: first.id, byId, audit: AUDIT }),
          failure('NoSuchShare'),
        );
      }
      await metadata.mutations.revokeShare({ id: first.id, byId: ann, audit: AUDIT });
      for (const who of [bob, dan]) assert.deepEqual(await held(who, `${path}in/file`), []);
      assert.equal(await metadata.queries.findShare(second.id), undefined);
      assert.deepEqual(await held(cat, `${path}in/file`), [`${path} read`]);
      await metadata.mutations.revokeShare({ id: other.id, byId: cat, audit: AUDIT });
      assert.deepEqual(await held(cat, `${path}in/file`), []);
    });

    test('who may not write or pass it on any more takes that from what was passed on', async () => {
      const path = await folder();
      const { id } = await share(path, bob, { mayShare: true, mayWrite: true });
      const passed = await share(path, cat, { mayShare: true, mayWrite: true, grantorId: bob });
      const last = await share(path, dan, { mayWrite: true, grantorId: cat, expiresAt: NEXT_WEEK });
      const change = (changes: object) =>
        metadata.mutations.changeShare({ id, byId: ann, at: NOON, audit: AUDIT, ...changes });
      await change({ mayWrite: false, expiresAt: TOMORROW });
      for (const each of [passed, last]) {
        const { may_write, expires_at } = await find(each.id);
        assert.deepEqual({ may_write, expires_at }, { may_write: 0, expires_at: TOMORROW });
      }
      // What was taken does not come back by itself.
      await change({ mayWrite: true, expiresAt: null });
      assert.deepEqual(await held(dan, path), [`${path} read`]);
      await change({ mayShare: false });
      assert.deepEqual(await held(cat, path), []);
      assert.deepEqual(await held(dan, path), []);
      assert.deepEqual(await held(bob, path), [`${path} write`]);
    });

    test('who gave it and the owner change it, within what may be given; who was given it does not', async () => {
      const path = await folder();
      const { id: parent } = await share(path, bob, { mayShare: true });
      const { id } = await share(path, cat, { grantorId: bob });
      const change = (byId: string, changes: object) =>
        metadata.mutations.changeShare({ id, byId, at: NOON, audit: AUDIT, ...changes });
      await assert.rejects(change(cat, { note: 'x' }), failure('AccessDenied'));
      await assert.rejects(change(dan, { note: 'x' }), failure('NoSuchShare'));
      for (const byId of [ann, bob]) await assert.rejects(change(byId, { mayWrite: true }), failure('AccessDenied'));
      await change(bob, { note: 'x' });
      await change(ann, { mayShare: true });
      const { note, may_share, parent_id } = await find(id);
      assert.deepEqual({ note, may_share, parent_id }, { note: 'x', may_share: 1, parent_id: parent });
    });

    test('disabled, nobody in a chain passes anything on; enabled again, they do', async () => {
      const path = await folder();
      await share(path, bob, { mayShare: true });
      await share(path, cat, { mayShare: true, grantorId: bob });
      await share(path, dan, { grantorId: cat });
      for (const who of [ann, bob, cat]) {
        await metadata.mutations.setAccountStatus({ accountId: who, status: 'disabled', audit: AUDIT });
        assert.deepEqual(await held(dan, path), [], who);
        const given = await metadata.queries.listSharesTo({ granteeId: dan, now: NOON, limit: 99 });
        assert.ok(!given.some((row) => row.path === path));
        await metadata.mutations.setAccountStatus({ accountId: who, status: 'active', audit: AUDIT });
      }
      assert.deepEqual(await held(dan, path), [`${path} read`]);
    });

    test('lists tell what is shared with whom, by whom, and of what', async () => {
      const path = await folder();
      const first = await share(path, bob, { mayShare: true });
      const second = await share(`${path}in/file`, cat, { grantorId: bob });
      const third = await share(`${path}in/file`, cat);
      await share(`${path}file`, dan);
      const expired = await share(`${path}in/`, dan, { expiresAt: NOON });
      const ids = (rows: readonly ShareRow[]) => rows.filter((row) => row.path.startsWith(path)).map(({ id }) => id);
      const { listSharesAt, listSharesBy, listSharesTo } = metadata.queries;
      const page = { now: NOON, limit: 99 };
      const place = { bucketId: drive.id, path: `${path}in/file` };
      assert.deepEqual(ids(await listSharesAt({ ...place, ...page })), [first.id, second.id, third.id]);
      assert.deepEqual(ids(await listSharesAt({ ...place, ...page, after: first.id, limit: 1 })), [second.id]);
      assert.deepEqual(ids(await listSharesAt({ ...place, ...page, seenBy: bob })), [first.id, second.id]);
      assert.deepEqual(ids(await listSharesAt({ ...place, ...page, seenBy: dan })), []);
      assert.deepEqual(ids(await listSharesTo({ granteeId: cat, ...page })), [second.id, third.id]);
      assert.deepEqual(ids(await listSharesBy({ grantorId: bob, ...page })), [second.id]);
      assert.ok(!ids(await listSharesBy({ grantorId: ann, ...page })).includes(expired.id));
    });

    test('a path is shared at most 1,000 times', async () => {
      const path = await folder();
      await database.write(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO accounts (id, canonical_id, name, display_name, role, status, created_at)
         SELECT 'many-' || i, 'many-' || i, 'many-' || i, 'many', 'member', 'active', created_at
         FROM accounts, n WHERE id = ?`,
        ann,
      );
      await database.write(
        `INSERT INTO shares SELECT 'many-' || id, CAST(? AS INTEGER), ?, id, ?, NULL, 0, 0, NULL, created_at, NULL
         FROM accounts WHERE id LIKE 'many-%'`,
        drive.id,
        path,
        ann,
      );
      await share(path, bob);
      await assert.rejects(share(path, cat), failure('InvalidRequest'));
      await share(path, bob, { note: 'again' });
      await share(`${path}in/`, cat);
    });

    test('the audit trail tells of each change', async () => {
      const path = await folder();
      const audit = (type: 'share.created' | 'share.changed' | 'share.revoked') => ({ ...AUDIT, type, accountId: dan });
      made += 1;
      const id = `share-${made}`;
      const input = { id, bucketId: drive.id, path, granteeId: dan, grantorId: ann, note: null, at: NOON, ...PLAIN };
      await metadata.mutations.createShare({ ...input, audit: audit('share.created') });
      await metadata.mutations.createShare({ ...input, audit: audit('share.created') });
      await metadata.mutations.changeShare({ id, byId: ann, at: NOON, audit: audit('share.changed') });
      await metadata.mutations.revokeShare({ id, byId: ann, audit: audit('share.revoked') });
      const trail = await metadata.queries.listAudit({ ...EVERYTHING, accountId: dan });
      const types = trail.map(({ type }) => type).filter((type) => type.startsWith('share.'));
      assert.deepEqual(types, ['share.revoked', 'share.changed', 'share.changed', 'share.created']);
    });

    describe('with their files', () => {
      test('stay when those are overwritten', async () => {
        const path = await folder();
        await share(`${path}file`, bob);
        await putFile(metadata, drive, `${path}file`);
        assert.deepEqual(await held(bob, `${path}file`), [`${path}file read`]);
      });

      test('go when those are deleted, and those of a folder with the last file in it', async () => {
        const path = await folder();
        await share(`${path}file`, bob);
        await share(`${path}in/`, cat);
        await share(path, dan);
        const remove = (key: string) =>
          metadata.mutations.deleteObject({ bucketId: drive.id, key, accountId: ann, at: NOON });
        await remove(`${path}file`);
        assert.deepEqual(await held(bob, `${path}file`), []);
        assert.deepEqual(await held(dan, path), [`${path} read`]);
        await remove(`${path}in/file`);
        assert.deepEqual(await held(cat, `${path}in/`), []);
        await putFile(metadata, drive, `${path}file`);
        for (const who of [bob, cat, dan]) assert.deepEqual(await held(who, `${path}file`), []);
      });

      test('go when those are hidden behind a delete marker, or are the only version that is deleted', async () => {
        await folder();
        const key = `special/${count}`;
        await putFile(metadata, drive, key);
        await share(key, bob);
        const target = { bucketId: drive.id, key, accountId: ann, at: NOON };
        await metadata.mutations.deleteObject(target);
        assert.deepEqual(await held(bob, key), []);
        await putFile(metadata, drive, key);
        await share(key, bob);
        const { version_id: versionId } = (await metadata.queries.findObject(drive.id, key))!;
        await metadata.mutations.deleteVersion({ ...target, versionId });
        // The older version is current again: it is another file, but it is there.
        const left = await metadata.queries.findObject(drive.id, key);
        assert.equal(left, undefined);
        assert.deepEqual(await held(bob, key), []);
      });

      test('go when lifecycle rules delete them', async () => {
        await folder();
        const key = `temporary/${count}`;
        await putFile(metadata, drive, key);
        await share(key, bob);
        const { seq } = (await metadata.queries.findObject(drive.id, key))!;
        await metadata.mutations.expireCurrent({ bucketId: drive.id, key, seq, tags: null, at: NOON });
        assert.deepEqual(await held(bob, key), []);
      });

      test('follow them when those are renamed; what hung on a folder that they left is the owner’s', async () => {
        const path = await folder();
        const other = await folder();
        await share(path, bob, { mayShare: true });
        const own = await share(`${path}in/file`, dan);
        const passed = await share(`${path}in/file`, cat, { grantorId: bob });
        const rename = (from: string, to: string) =>
          metadata.mutations.renameObject({
            bucketId: drive.id,
            key: to,
            sourceKeys: [from],
            accountId: ann,
            at: NOON,
            newPartSet: 'unused',
          });
        await rename(`${path}in/file`, `${path}in/name`);
        assert.equal((await find(passed.id)).grantor, 'bob');
        assert.deepEqual(await held(cat, `${path}in/name`), [`${path}in/name read`]);
        await rename(`${path}in/name`, `${other}in/file`);
        assert.equal((await find(own.id)).path, `${other}in/file`);
        const { grantor, parent_id } = await find(passed.id);
        assert.deepEqual({ grantor, parent_id }, { grantor: 'ann', parent_id: null });
        assert.deepEqual(await held(bob, `${other}in/file`), []);
      });

      test('follow a folder that takes the place of the one that it is in, and hang on what they hung on', async () => {
        await folder();
        const path = `alone-${count}/`;
        await putFile(metadata, drive, `${path}in/deep/file`);
        const first = await share(path, bob, { mayShare: true });
        const { id } = await share(`${path}in/deep/file`, cat, { grantorId: bob });
        const from = { bucketId: drive.id, path: `${path}in/deep/` };
        await metadata.mutations.moveTree({ from, to: { ...from, path: `${path}in/` }, accountId: ann, at: NOON });
        const { path: moved, parent_id, grantor } = await find(id);
        assert.deepEqual([moved, parent_id, grantor], [`${path}in/file`, first.id, 'bob']);
      });

      test('follow them to another drive: its owner needs none, and gives what the owner before gave', async () => {
        const path = await folder();
        const own = await share(path, bob, { mayShare: true });
        const passed = await share(path, dan, { grantorId: bob });
        const other = await share(path, dan);
        const to = await addDrive(metadata, bob);
        const place = { bucketId: to.id, path };
        await metadata.mutations.moveTree({ from: { bucketId: drive.id, path }, to: place, accountId: bob, at: NOON });
        assert.equal(await metadata.queries.findShare(own.id), undefined);
        const left = await metadata.queries.listSharesAt({ ...place, now: NOON, limit: 9 });
        assert.deepEqual(
          left.map(({ id, grantor, grantee, parent_id, owner }) => ({ id, grantor, grantee, parent_id, owner })),
          [{ id: passed.id, grantor: 'bob', grantee: 'dan', parent_id: null, owner: 'bob' }],
        );
        assert.notEqual(passed.id, other.id);
      });
    });
  });
}
