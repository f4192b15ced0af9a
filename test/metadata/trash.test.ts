import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { type DriveBench, openDriveBench } from './support/drive-bench.ts';
import { failure, inline, NOON, staged } from './support/fixture.ts';

for (const dialect of dialects) {
  describe(`the trash in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    const open = (): Promise<DriveBench> => {
      count += 1;
      return openDriveBench(database, `owner-${count}`);
    };

    test('takes a folder away, and gives it back as it was', async () => {
      const drive = await open();
      for (const key of ['a/b/', 'a/b/1', 'a/b/c/2', 'a/3']) await drive.put(key, { payload: staged(10), etag: key });
      const row = await drive.trash('a/b/');
      assert.deepEqual([row.path, row.place, row.file_count, row.size_bytes], ['a/b/', `.trash/${row.id}/b/`, 2, 30]);
      assert.deepEqual(await drive.keys('a/'), ['a/3']);
      assert.deepEqual(await drive.usage(), [4, 40]);
      assert.deepEqual(await drive.restore(row.id), { path: 'a/b/' });
      assert.deepEqual(await drive.keys(), ['a/3', 'a/b/', 'a/b/1', 'a/b/c/2']);
      assert.equal((await drive.find('a/b/1'))?.last_modified, NOON);
      assert.deepEqual(await drive.listTrash(), []);
    });

    test('holds several of one name, the newest first', async () => {
      const drive = await open();
      for (const etag of ['1', '2', '3']) {
        await drive.put('x', { etag });
        await drive.trash('x');
      }
      const rows = await drive.listTrash();
      assert.equal(rows.length, 3);
      assert.deepEqual(
        rows.map(({ id }) => id),
        rows
          .map(({ id }) => id)
          .sort()
          .reverse(),
      );
      await drive.restore(rows[1]?.id ?? '');
      assert.equal((await drive.find('x'))?.etag, '2');
    });

    test('gives back to a place that is free, or is to be overwritten, or to another one', async () => {
      const drive = await open();
      await drive.put('x', { etag: 'old' });
      const { id } = await drive.trash('x');
      await drive.put('x', { etag: 'new' });
      await assert.rejects(drive.restore(id), failure('FileExists'));
      await drive.restore(id, { to: 'y' });
      assert.deepEqual(await drive.keys(), ['x', 'y']);
      const again = await drive.trash('y');
      await drive.restore(again.id, { to: 'x', overwrite: true });
      assert.equal((await drive.find('x'))?.etag, 'old');
      assert.deepEqual(await drive.usage(), [1, 0]);
    });

    test('knows nothing of what it does not hold, nor of what is gone', async () => {
      const drive = await open();
      const other = await open();
      await drive.put('x');
      const row = await drive.trash('x');
      await assert.rejects(drive.restore('nothing'), failure('NoSuchTrash'));
      await assert.rejects(other.restore(row.id), failure('NoSuchTrash'));
      await drive.remove(row.place ?? '');
      assert.deepEqual(await drive.listTrash(), []);
      await assert.rejects(drive.restore(row.id), failure('NoSuchTrash'));
      await assert.rejects(drive.trash('x'), failure('NoSuchKey'));
    });

    test('is emptied by and by', async () => {
      const drive = await open();
      for (let index = 0; index < 5; index += 1) await drive.put(`a/${index}`, { payload: inline(`text ${index}`) });
      const { id } = await drive.trash('a/');
      assert.deepEqual(await drive.purge(id, 3), { hasMore: true });
      assert.equal((await drive.listTrash()).length, 1);
      assert.deepEqual(await drive.purge(id, 3), { hasMore: false });
      await assert.rejects(drive.purge(id, 3), failure('NoSuchTrash'));
      assert.deepEqual(await drive.usage(), [0, 0]);
      assert.deepEqual(await database.rows('SELECT * FROM inline_blobs'), []);
    });

    test('forgets who was led to what is in it', async () => {
      const drive = await open();
      const friend = await open();
      await drive.put('a/1');
      await drive.put('b/1');
      for (const path of ['a/', 'a/1', 'b/']) await drive.share(path, friend);
      await drive.trash('a/');
      assert.deepEqual(await drive.sharedPaths(), ['b/']);
      await drive.move('b/1', 'c/1');
      assert.deepEqual(await drive.sharedPaths(), []);
    });

    describe('of what keeps versions', () => {
      test('hides it where it is, and brings it back as it was', async () => {
        const drive = await open();
        for (const etag of ['1', '2']) await drive.put('special/a/x', { payload: staged(10), etag });
        await drive.put('special/a/y', { etag: 'y' });
        const before = await drive.find('special/a/x');
        const row = await drive.trash('special/a/');
        assert.deepEqual([row.place, row.file_count, row.size_bytes], [null, 2, 10]);
        assert.deepEqual(await drive.keys(), []);
        assert.deepEqual(await drive.versions(), [
          'special/a/x marker',
          'special/a/x 2',
          'special/a/x 1',
          'special/a/y marker',
          'special/a/y y',
        ]);
        await drive.restore(row.id);
        assert.deepEqual(await drive.versions(), ['special/a/x 2', 'special/a/x 1', 'special/a/y y']);
        assert.deepEqual(await drive.find('special/a/x'), before);
        assert.deepEqual(await drive.usage(), [3, 20]);
      });

      test('brings it back over what came since, where that is asked for', async () => {
        const drive = await open();
        await drive.put('special/x', { etag: 'old' });
        const { id } = await drive.trash('special/x');
        await drive.put('special/x', { etag: 'new' });
        await assert.rejects(drive.restore(id), failure('FileExists'));
        await drive.restore(id, { overwrite: true });
        assert.equal((await drive.find('special/x'))?.etag, 'old');
        assert.deepEqual(await drive.versions(), ['special/x old', 'special/x new', 'special/x marker']);
        assert.deepEqual(await drive.usage(), [2, 0]);
      });

      test('brings back what was deleted twice, each of them', async () => {
        const drive = await open();
        await drive.put('special/x', { etag: '1' });
        const first = await drive.trash('special/x');
        await drive.put('special/x', { etag: '2' });
        const second = await drive.trash('special/x');
        await drive.restore(first.id);
        assert.equal((await drive.find('special/x'))?.etag, '1');
        await drive.restore(second.id, { overwrite: true });
        assert.equal((await drive.find('special/x'))?.etag, '2');
      });

      test('brings it back elsewhere', async () => {
        const drive = await open();
        for (const key of ['special/a/x', 'special/a/b/y']) await drive.put(key, { etag: key });
        const { id } = await drive.trash('special/a/');
        await drive.put('special/c/x');
        await assert.rejects(drive.restore(id, { to: 'special/c/' }), failure('FileExists'));
        await drive.restore(id, { to: 'mere/' });
        assert.deepEqual(await drive.versions(), ['mere/b/y special/a/b/y', 'mere/x special/a/x', 'special/c/x etag']);
        assert.equal((await drive.find('mere/x'))?.version_id, 'null');
        assert.deepEqual(await drive.listTrash(), []);
      });

      test('is deleted for good with its older versions, and what came since stays', async () => {
        const drive = await open();
        for (const etag of ['1', '2']) await drive.put('special/x', { payload: staged(10), etag });
        await drive.put('special/y', { payload: staged(10) });
        const x = await drive.trash('special/x');
        const y = await drive.trash('special/y');
        await drive.put('special/x', { payload: staged(3), etag: '3' });
        await drive.purge(x.id, 10);
        await drive.purge(y.id, 10);
        assert.deepEqual(await drive.versions(), ['special/x 3']);
        assert.deepEqual(await drive.usage(), [1, 3]);
      });

      test('is nothing of a file that moved to where it was, with older versions that were there before it went', async () => {
        const drive = await open();
        await drive.put('special/x', { payload: staged(10), etag: 'x' });
        for (const etag of ['y1', 'y2']) await drive.put('special/y', { payload: staged(10), etag });
        const { id } = await drive.trash('special/x');
        await drive.put('special/y', { payload: staged(10), etag: 'y3' });
        await drive.move('special/y', 'special/x');
        const moved = ['special/x y3', 'special/x y2', 'special/x y1'];
        assert.deepEqual(await drive.versions(), [...moved, 'special/x marker', 'special/x x']);
        await drive.purge(id, 10);
        assert.deepEqual(await drive.versions(), moved);
        assert.deepEqual(await drive.usage(), [3, 30]);
      });

      test('is restored as it was where another file has moved to where it was', async () => {
        const drive = await open();
        await drive.put('special/a/x', { etag: 'x' });
        for (const etag of ['y1', 'y2']) await drive.put('special/b/x', { etag });
        const { id } = await drive.trash('special/a/');
        await drive.move('special/b/', 'special/a/');
        await drive.restore(id, { to: 'mere/' });
        assert.equal((await drive.find('mere/x'))?.etag, 'x');
        assert.deepEqual(await drive.versions('special/'), ['special/a/x y2', 'special/a/x y1', 'special/a/x marker']);
      });

      test('is not in the list any more where S3 has brought it back', async () => {
        const drive = await open();
        await drive.put('special/x');
        await drive.trash('special/x');
        const [marker] = await database.rows<{ id: string }>(
          `SELECT version_id AS id FROM versions WHERE bucket_id = ${drive.bucket.id} AND is_delete_marker = 1`,
        );
        await drive.metadata.mutations.deleteVersion({ ...drive.target('special/x'), versionId: marker?.id ?? '' });
        assert.deepEqual(await drive.listTrash(), []);
      });
    });
  });
}
