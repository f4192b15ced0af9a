import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type LinkRow, linkState } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, Bench, failure } from './support/fixture.ts';

const NOON = '2026-03-04T12:00:00.000Z';
const LATER = '2026-03-04T13:00:00.000Z';
const NO_FACTS = { alias: null, passwordHash: null, note: null, expiresAt: null, maxDownloads: null };

let count = 0;

/** The drive of an account of its own, with links. */
class Drive extends Bench {
  static async open(database: TestDatabase): Promise<Drive> {
    count += 1;
    const accountId = await addAccount(database.metadata, `links-${count}`);
    const bucket = await database.metadata.mutations.ensureDrive({
      accountId,
      names: [`drive-links-${count}`],
      region: 'us-east-1',
      lifecycle: '{"minimumTransitionSize":"all_storage_classes_128K","rules":[]}',
      trashDays: 30,
      at: NOON,
      audit: AUDIT,
    });
    return new Drive(database, bucket);
  }

  async link(path: string, facts: Partial<typeof NO_FACTS> | Record<string, unknown> = {}): Promise<LinkRow> {
    count += 1;
    return this.metadata.mutations.createLink({
      id: `link-${String(count).padStart(6, '0')}`,
      accountId: this.accountId,
      bucketId: this.bucket.id,
      path,
      tokenHash: `hash-${count}`,
      ...NO_FACTS,
      at: NOON,
      audit: { ...AUDIT, type: 'link.created', accountId: this.accountId },
      ...facts,
    });
  }

  change(id: string, changes: Record<string, unknown>): Promise<LinkRow> {
    const audit = { ...AUDIT, type: 'link.changed', accountId: this.accountId } as const;
    const { metadata, accountId } = this;
    return Promise.resolve(metadata.mutations.changeLink({ id, accountId, facts: {}, at: LATER, audit, ...changes }));
  }

  async row(id: string): Promise<LinkRow | undefined> {
    return this.metadata.queries.findLink({ id, accountId: this.accountId });
  }

  async take(id: string, at = LATER): Promise<void> {
    await this.metadata.mutations.takeLinkDownload({ id, at });
  }

  async paths(): Promise<string[]> {
    const rows = await this.metadata.queries.listLinks({ accountId: this.accountId, before: undefined, limit: 100 });
    return rows.map(({ path }) => path).sort();
  }
}

for (const dialect of dialects) {
  describe(`links in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());
    const drive = () => Drive.open(database);

    test('a link leads to a file or a folder that is there, and to nothing else', async () => {
      const here = await drive();
      await here.put('a/b');
      assert.equal((await here.link('a/b')).path, 'a/b');
      assert.equal((await here.link('a/')).path, 'a/');
      for (const path of ['a', 'a/b/', 'a/c', 'c/']) await assert.rejects(here.link(path), failure('NoSuchKey'));
      const other = await drive();
      await other.put('a/b');
      await assert.rejects(here.link('a/b', { bucketId: other.bucket.id }), failure('NoSuchKey'), 'of another');
      assert.equal((await here.paths()).length, 2);
    });

    test('an alias is good for one link of an account, and of each account', async () => {
      const [here, other] = [await drive(), await drive()];
      await here.put('a');
      await other.put('a');
      const first = await here.link('a', { alias: 'plans' });
      await assert.rejects(here.link('a', { alias: 'plans' }), failure('AliasTaken'));
      await other.link('a', { alias: 'plans' });
      const second = await here.link('a');
      await assert.rejects(here.change(second.id, { facts: { alias: 'plans' } }), failure('AliasTaken'));
      assert.equal((await here.change(first.id, { facts: { alias: 'plans' } })).alias, 'plans', 'its own');
      await here.change(first.id, { facts: { alias: null } });
      assert.equal((await here.change(second.id, { facts: { alias: 'plans' } })).alias, 'plans');
    });

    test('a link is found by its token and by its alias, each with the name of its owner', async () => {
      const [here, other] = [await drive(), await drive()];
      await here.put('a');
      const { id } = await here.link('a', { tokenHash: 'the-hash', alias: 'plans' });
      const nameOf = (bench: Drive) => bench.accountId.replace('id-of-', '');
      const find = async (accountName: string, tokenHash: string, alias: string) =>
        (await here.metadata.queries.findSharedLink({ accountName, tokenHash, alias }))?.id;
      assert.equal(await find(nameOf(here), 'the-hash', 'none'), id);
      assert.equal(await find(nameOf(here), 'none', 'plans'), id);
      assert.equal(await find(nameOf(here), 'none', 'none'), undefined);
      assert.equal(await find(nameOf(other), 'the-hash', 'plans'), undefined);
      assert.equal(await find('nobody', 'the-hash', 'plans'), undefined);
    });

    test('changes say what they name, and leave the rest as it is', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a', { note: 'for Cary', maxDownloads: 3 });
      const changed = await here.change(id, { facts: { expiresAt: '2027-01-01T00:00:00.000Z', passwordHash: 'hash' } });
      assert.deepEqual(
        [changed.note, changed.max_downloads, changed.expires_at, changed.password_hash],
        ['for Cary', 3, '2027-01-01T00:00:00.000Z', 'hash'],
      );
      const cleared = await here.change(id, { facts: { note: null, maxDownloads: null, passwordHash: null } });
      assert.deepEqual([cleared.note, cleared.max_downloads, cleared.password_hash], [null, null, null]);
    });

    test('a link that is not one of the account is not changed, not deleted, and not seen', async () => {
      const [here, other] = [await drive(), await drive()];
      await here.put('a');
      const { id } = await here.link('a');
      assert.equal(await other.row(id), undefined);
      await assert.rejects(other.change(id, { isActive: false }), failure('NoSuchLink'));
      const audit = { ...AUDIT, type: 'link.deleted' } as const;
      const { mutations } = here.metadata;
      await assert.rejects(
        async () => mutations.deleteLink({ id, accountId: other.accountId, audit }),
        failure('NoSuchLink'),
      );
      await mutations.deleteLink({ id, accountId: here.accountId, audit });
      assert.equal(await here.row(id), undefined);
    });

    test('a link is revoked, and good again when its owner says so', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a');
      const revoked = await here.change(id, { isActive: false });
      assert.deepEqual([revoked.revoked_at, linkState(revoked, LATER)], [LATER, 'revoked']);
      await assert.rejects(here.take(id), failure('LinkGone'));
      const again = await here.change(id, { isActive: true });
      assert.deepEqual([again.revoked_at, linkState(again, LATER)], [null, 'active']);
      await here.take(id);
    });

    test('an expired link needs another time to be good again, and a used-up one more downloads', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a', { expiresAt: LATER, maxDownloads: 1 });
      await here.take(id, NOON);
      await assert.rejects(here.take(id, NOON), failure('LinkGone'), 'used up');
      await here.change(id, { isActive: false });
      await assert.rejects(here.change(id, { isActive: true }), failure('InvalidRequest'));
      assert.equal((await here.row(id))?.revoked_at, LATER, 'nothing is half done');
      const facts = { expiresAt: '2027-01-01T00:00:00.000Z' };
      await assert.rejects(here.change(id, { isActive: true, facts }), failure('InvalidRequest'));
      const again = await here.change(id, { isActive: true, facts, resetsCounts: true });
      assert.deepEqual([again.download_count, linkState(again, LATER)], [0, 'active']);
      await here.change(id, { facts: { maxDownloads: 2 } });
      await here.take(id);
      await here.take(id);
      await assert.rejects(here.take(id), failure('LinkGone'));
    });

    test('of 50 downloads that race, as many get one as there are', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a', { maxDownloads: 7 });
      const another = here.database.openAnother();
      const takers = Array.from({ length: 50 }, async (_, index) =>
        (index % 2 === 0 ? here.metadata : another).mutations.takeLinkDownload({ id, at: LATER }),
      );
      const results = await Promise.allSettled(takers);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 7);
      for (const result of results) if (result.status === 'rejected') assert.ok(failure('LinkGone')(result.reason));
      assert.equal((await here.row(id))?.download_count, 7);
    });

    test('views and downloads are counted, and when it was used last', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a');
      await here.metadata.mutations.countLinkView({ id, at: NOON });
      await here.take(id);
      const row = await here.row(id);
      assert.deepEqual([row?.view_count, row?.download_count, row?.last_used_at], [1, 1, LATER]);
      await here.metadata.mutations.countLinkView({ id: 'none', at: NOON });
    });

    test('links come in pages, the newest first, and of one path where that is asked for', async () => {
      const here = await drive();
      await here.put('a');
      await here.put('b');
      const ids: string[] = [];
      for (const path of ['a', 'b', 'a']) ids.unshift((await here.link(path)).id);
      const { accountId } = here;
      const { queries } = here.metadata;
      const first = await queries.listLinks({ accountId, before: undefined, limit: 2 });
      const rest = await queries.listLinks({ accountId, before: first[1]?.id, limit: 2 });
      assert.deepEqual(
        [...first, ...rest].map(({ id }) => id),
        ids,
      );
      const ofA = await queries.listLinks({ accountId, path: 'a', before: undefined, limit: 9 });
      assert.deepEqual(
        ofA.map(({ id }) => id),
        [ids[0], ids[2]],
      );
      const ofPath = await queries.listLinksOfPath({ bucketId: here.bucket.id, path: 'a', limit: 9 });
      assert.deepEqual(
        ofPath.map(({ id }) => id),
        [ids[2], ids[0]],
      );
    });

    test('a link goes with its file, and that of a folder with the last file in it', async () => {
      const here = await drive();
      for (const key of ['a/b', 'a/c', 'd']) await here.put(key);
      for (const path of ['a/', 'a/b', 'd']) await here.link(path);
      await here.put('a/b', { etag: 'another' });
      assert.deepEqual(await here.paths(), ['a/', 'a/b', 'd'], 'other bytes are the same file');
      await here.remove('a/b');
      assert.deepEqual(await here.paths(), ['a/', 'd']);
      await here.remove('a/c');
      assert.deepEqual(await here.paths(), ['d']);
      const { seq } = (await here.find('d'))!;
      const judged = { bucketId: here.bucket.id, key: 'd', seq, tags: null, at: LATER };
      assert.equal(await here.metadata.mutations.expireCurrent(judged), true);
      assert.deepEqual(await here.paths(), []);
    });

    test('a link goes behind a delete marker, and stays while a deleted version had another below it', async () => {
      const here = await drive();
      const { mutations } = here.metadata;
      await here.put('special/a');
      await here.put('special/a', { etag: 'second' });
      await here.link('special/a');
      const current = await here.find('special/a');
      const target = { ...here.target('special/a'), versionId: current?.version_id ?? '', bypassGovernance: false };
      await mutations.deleteVersion(target);
      assert.deepEqual(await here.paths(), ['special/a'], 'the version before is the file now');
      await here.remove('special/a');
      assert.deepEqual(await here.paths(), []);
    });

    test('a link follows its file to another name', async () => {
      const here = await drive();
      const { mutations } = here.metadata;
      await here.put('a/b');
      const { id } = await here.link('a/b');
      await mutations.renameObject({
        ...here.target('c/d'),
        at: LATER,
        newPartSet: 'set',
        sourceKeys: ['a/b'],
        sourcePreconditions: {},
        preconditions: {},
      });
      assert.equal((await here.row(id))?.path, 'c/d');
    });

    test('links go with the drive', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a');
      await here.remove('a');
      await here.metadata.mutations.deleteBucket({ bucketId: here.bucket.id, accountId: here.accountId, at: LATER });
      assert.equal(await here.row(id), undefined);
    });

    test('what is done to a link is in the audit trail', async () => {
      const here = await drive();
      await here.put('a');
      const { id } = await here.link('a');
      await here.change(id, { isActive: false });
      const audit = { ...AUDIT, type: 'link.deleted', accountId: here.accountId } as const;
      await here.metadata.mutations.deleteLink({ id, accountId: here.accountId, audit });
      const rows = await here.database.rows<{ type: string }>(
        "SELECT type FROM audit_entries WHERE account_id = ? AND type LIKE 'link.%' ORDER BY seq",
        here.accountId,
      );
      assert.deepEqual(
        rows.map(({ type }) => type),
        ['link.created', 'link.changed', 'link.deleted'],
      );
    });
  });
}
