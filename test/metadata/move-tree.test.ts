import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seqOfVersionId } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { type DriveBench, openDriveBench } from './support/drive-bench.ts';
import { failure, NOON, staged } from './support/fixture.ts';

const LATER = '2026-03-05T12:00:00.000Z';

for (const dialect of dialects) {
  describe(`moving files and folders in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    /** A drive of its own. */
    const open = (): Promise<DriveBench> => {
      count += 1;
      return openDriveBench(database, `owner-${count}`);
    };

    test('a file has the other path, its time, and an event that names both', async () => {
      const drive = await open();
      await drive.put('a/x.txt', { payload: staged(10), etag: 'x' });
      const moved = await drive.move('a/x.txt', 'b/y.txt');
      assert.deepEqual([moved.fileCount, moved.sizeBytes], [1, 10]);
      assert.deepEqual(await drive.keys(), ['b/y.txt']);
      const found = await drive.find('b/y.txt');
      assert.deepEqual([found?.etag, found?.version_id, found?.last_modified], ['x', 'null', NOON]);
      const [event] = await database.rows<{ type: string; key: string; source_key: string; seq: number }>(
        'SELECT * FROM events ORDER BY seq DESC LIMIT 1',
      );
      assert.deepEqual(
        [event?.type, event?.key, event?.source_key, event?.seq],
        ['object.renamed', 'b/y.txt', 'a/x.txt', found?.seq],
      );
    });

    test('a folder moves with all in it, and nothing beside it', async () => {
      const drive = await open();
      for (const key of ['a/', 'a/1', 'a/b/2', 'a0', 'a', 'a-']) await drive.put(key);
      await drive.move('a/', 'c/d/');
      assert.deepEqual(await drive.keys(), ['a', 'a-', 'a0', 'c/d/', 'c/d/1', 'c/d/b/2']);
    });

    test('a folder moves up to where it is in itself', async () => {
      const drive = await open();
      for (const key of ['a/b/1', 'a/b/b/1', 'a/b/b/b/1']) await drive.put(key, { etag: key });
      await drive.move('a/b/', 'a/');
      assert.deepEqual(await drive.keys(), ['a/1', 'a/b/1', 'a/b/b/1']);
      assert.equal((await drive.find('a/b/1'))?.etag, 'a/b/b/1');
    });

    test('a folder is never in itself, nor a file where it is, nor one what the other is', async () => {
      const drive = await open();
      await drive.put('a/1');
      await assert.rejects(drive.move('a/', 'a/b/'), /A folder cannot be in itself/);
      await assert.rejects(drive.move('a/', 'a/'), /It is there already/);
      await assert.rejects(drive.move('a/1', 'a/1'), failure('InvalidRequest'));
      await assert.rejects(drive.move('a/1', 'b/'), failure('InvalidRequest'));
      await assert.rejects(drive.copy('a/', 'a/b/'), failure('InvalidRequest'));
    });

    test('where there is nothing, nothing moves', async () => {
      const drive = await open();
      await drive.put('ab');
      await assert.rejects(drive.move('a/', 'b/'), failure('NoSuchKey'));
      await assert.rejects(drive.move('a', 'b'), failure('NoSuchKey'));
    });

    test('what is taken is kept, unless it is to be overwritten', async () => {
      const drive = await open();
      await drive.put('a/1', { payload: staged(10), etag: 'new' });
      await drive.put('a/2', { payload: staged(5) });
      await drive.put('b/1', { payload: staged(100), etag: 'old' });
      await drive.put('b/3', { payload: staged(1) });
      await assert.rejects(drive.move('a/', 'b/'), (error) => {
        return failure('FileExists')(error) && /'b\/1'/.test(String(error));
      });
      assert.deepEqual(await drive.keys(), ['a/1', 'a/2', 'b/1', 'b/3']);
      await drive.move('a/', 'b/', { overwrite: true });
      assert.deepEqual(await drive.keys(), ['b/1', 'b/2', 'b/3']);
      assert.equal((await drive.find('b/1'))?.etag, 'new');
      assert.deepEqual(await drive.usage(), [3, 16]);
    });

    test('folders with nothing in common become one', async () => {
      const drive = await open();
      for (const key of ['a/1', 'b/2']) await drive.put(key);
      await drive.move('a/', 'b/');
      assert.deepEqual(await drive.keys(), ['b/1', 'b/2']);
    });

    test('a file that comes to temporary is as new as that', async () => {
      const drive = await open();
      await drive.put('a');
      await drive.move('a', 'temporary/a', { at: LATER });
      assert.equal((await drive.find('temporary/a'))?.last_modified, LATER);
    });

    test('a file that comes to special gets a version id, and one that leaves it loses it', async () => {
      const drive = await open();
      await drive.put('a');
      await drive.move('a', 'special/a', { at: LATER });
      const special = await drive.find('special/a');
      assert.equal(seqOfVersionId(special?.version_id ?? ''), special?.seq);
      assert.equal(special?.last_modified, LATER);
      await drive.move('special/a', 'b');
      assert.equal((await drive.find('b'))?.version_id, 'null');
      assert.deepEqual(await drive.versions('special/'), []);
    });

    test('in special the history comes along', async () => {
      const drive = await open();
      for (const etag of ['1', '2', '3']) await drive.put('special/a/x', { payload: staged(10), etag });
      await drive.move('special/a/', 'special/b/');
      assert.deepEqual(await drive.versions('special/a/'), []);
      assert.deepEqual(await drive.versions('special/b/'), ['special/b/x 3', 'special/b/x 2', 'special/b/x 1']);
      assert.deepEqual(await drive.usage(), [3, 30]);
    });

    test('out of special the history stays, behind a delete marker', async () => {
      const drive = await open();
      for (const etag of ['1', '2']) await drive.put('special/x', { payload: staged(10), etag });
      await drive.move('special/x', 'mere/x');
      assert.deepEqual(await drive.versions(''), ['mere/x 2', 'special/x marker', 'special/x 1']);
      assert.equal(await drive.find('special/x'), undefined);
      assert.deepEqual(await drive.usage(), [2, 20]);
    });

    test('what is overwritten in special is kept as an older version', async () => {
      const drive = await open();
      await drive.put('a', { etag: 'new' });
      await drive.put('special/a', { etag: 'old' });
      await drive.move('a', 'special/a', { overwrite: true });
      assert.deepEqual(await drive.versions(''), ['special/a new', 'special/a old']);
    });

    test('uploads under way stay', async () => {
      const drive = await open();
      await drive.put('a/1');
      await drive.metadata.mutations.createUpload({
        ...drive.target('a/big'),
        uploadId: `up-${count}`,
        attributes: '{}',
      });
      await drive.move('a/', 'b/');
      const [upload] = await database.rows<{ key: string }>(`SELECT key FROM uploads WHERE upload_id = 'up-${count}'`);
      assert.equal(upload?.key, 'a/big');
    });

    test('keys that would be too long stay where they are', async () => {
      const drive = await open();
      await drive.put(`a/${'x'.repeat(1000)}`);
      await assert.rejects(drive.move('a/', `${'b'.repeat(30)}/`), failure('InvalidPath'));
    });

    test("from one drive to another the new owner pays, and it is the new owner's", async () => {
      const [ann, bob] = [await open(), await open()];
      await ann.put('a/1', { payload: staged(10) });
      await ann.put('a/2', { payload: staged(20) });
      await ann.setQuota(bob, 29);
      await assert.rejects(ann.move('a/', 'from ann/', { to: bob }), failure('QuotaExceeded'));
      assert.deepEqual([await ann.keys(), await bob.keys()], [['a/1', 'a/2'], []]);
      await ann.setQuota(bob, 30);
      await ann.move('a/', 'from ann/', { to: bob });
      assert.deepEqual([await ann.keys(), await bob.keys()], [[], ['from ann/1', 'from ann/2']]);
      assert.deepEqual(
        [await ann.usage(), await bob.usage()],
        [
          [0, 0],
          [2, 30],
        ],
      );
      assert.equal((await bob.find('from ann/1'))?.account_id, bob.accountId);
    });

    test('a copy shares the bytes and is charged, parts and all', async () => {
      const drive = await open();
      await drive.put('a/1', { payload: staged(10) });
      await drive.putParts('a/2', [5, 6]);
      await drive.copy('a/', 'b/');
      await drive.copy('a/', 'c/');
      assert.deepEqual(await drive.usage(), [6, 63]);
      const sets = await database.rows<{ part_set: string }>(
        `SELECT part_set FROM objects WHERE part_set IS NOT NULL AND bucket_id = ${drive.bucket.id}`,
      );
      assert.equal(new Set(sets.map(({ part_set }) => part_set)).size, 3);
      for (const key of ['a/1', 'a/2', 'b/2', 'c/1']) await drive.remove(key);
      const blobs = await database.rows<{ refs: number }>('SELECT refs FROM blobs ORDER BY id DESC LIMIT 3');
      assert.deepEqual(
        blobs.map(({ refs }) => refs),
        [1, 1, 1],
      );
    });

    test('a copy that the quota has no room for leaves nothing', async () => {
      const drive = await open();
      await drive.put('a/1', { payload: staged(10) });
      await drive.put('a/2', { payload: staged(10) });
      await drive.setQuota(drive, 39);
      await assert.rejects(drive.copy('a/', 'b/'), failure('QuotaExceeded'));
      assert.deepEqual(await drive.keys(), ['a/1', 'a/2']);
      assert.deepEqual(await drive.usage(), [2, 20]);
    });

    test('a folder is copied up to where it is in itself', async () => {
      const drive = await open();
      for (const key of ['a/b/1', 'a/b/b/1']) await drive.put(key, { etag: key });
      await assert.rejects(drive.copy('a/b/', 'a/'), failure('FileExists'));
      await drive.copy('a/b/', 'a/', { overwrite: true });
      assert.deepEqual(await drive.keys(), ['a/1', 'a/b/1', 'a/b/b/1']);
      assert.equal((await drive.find('a/b/1'))?.etag, 'a/b/b/1');
    });
  });
}
