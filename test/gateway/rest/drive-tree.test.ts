import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { addDriveUser, type DriveUser } from '../../support/drive.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { unzip } from '../../support/unzip.ts';

describe('files and folders of a drive', () => {
  let gateway: TestGateway;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const open = (): Promise<DriveUser> => {
    count += 1;
    return addDriveUser(gateway, `user-${count}`);
  };

  describe('are moved', () => {
    test('a file to another path, and what it is told of stays', async () => {
      const cary = await open();
      await cary.put('a/x.txt', 'text');
      const reply = await cary.post('/drive/move', { from: 'a/x.txt', to: 'b/y.txt' });
      assert.equal(reply.status, 200, reply.text);
      const { path, kind, size_bytes, file_count, owner, content_type } = reply.body;
      assert.deepEqual(
        { path, kind, size_bytes, file_count, owner, content_type },
        { path: 'b/y.txt', kind: 'file', size_bytes: 4, file_count: 1, owner: cary.name, content_type: 'text/plain' },
      );
      assert.equal(await cary.read('b/y.txt'), 'text');
      assert.equal(await cary.read('a/x.txt'), undefined);
    });

    test('a file into a folder, where it keeps its name', async () => {
      const cary = await open();
      await cary.put('x.txt', 'text');
      const reply = await cary.post('/drive/move', { from: 'x.txt', to: 'photos/' });
      assert.equal(reply.body.path, 'photos/x.txt');
    });

    test('a folder, with all in it', async () => {
      const cary = await open();
      for (const path of ['a/1', 'a/b/2', 'a c/3']) await cary.put(path, path);
      const reply = await cary.post('/drive/move', { from: 'a/', to: 'عکس‌ها' });
      const { path, kind, size_bytes, file_count } = reply.body;
      assert.deepEqual(
        { path, kind, size_bytes, file_count },
        { path: 'عکس‌ها/', kind: 'folder', size_bytes: 8, file_count: 2 },
      );
      assert.deepEqual(await cary.keys(), ['a c/3', 'عکس‌ها/1', 'عکس‌ها/b/2']);
    });

    test('never over something, unless that is asked for', async () => {
      const cary = await open();
      await cary.put('a', 'a');
      await cary.put('b', 'b');
      const refused = await cary.post('/drive/move', { from: 'a', to: 'b' });
      assertProblem(refused, 409, 'file-exists');
      assert.match(refused.body.detail, /'b'/);
      assert.equal((await cary.post('/drive/move', { from: 'a', to: 'b', overwrite: true })).status, 200);
      assert.equal(await cary.read('b'), 'a');
    });

    test('never into themselves, from nowhere, or to where no path leads', async () => {
      const cary = await open();
      await cary.put('a/1', '1');
      assertProblem(await cary.post('/drive/move', { from: 'a/', to: 'a/b/' }), 400, 'invalid-request');
      assertProblem(await cary.post('/drive/move', { from: 'nothing/', to: 'b/' }), 404, 'no-such-file');
      for (const path of ['../x', 'a/../../x', '/x', '.trash/x', 'nul\u0000', `${'x'.repeat(1024)}é`]) {
        const reply = await cary.post('/drive/move', { from: 'a/1', to: path });
        assert.equal(reply.status, 400, path);
        if (reply.body.code === 'invalid-path') assert.equal(reply.body.errors[0].field, '/to');
      }
      assertProblem(await cary.post('/drive/move', { from: 'a//../x', to: 'b' }), 400, 'invalid-path');
      assertProblem(await cary.post('/drive/move', { from: 'a/1' }), 400, 'invalid-request');
      assertProblem(await cary.post('/drive/move', { from: 'a/1', to: 'b', more: 1 }), 400, 'invalid-request');
      assert.deepEqual(await cary.keys(), ['a/1']);
    });

    test('by nobody who may not', async () => {
      const [cary, bob] = [await open(), await open()];
      await cary.put('a/1', '1');
      assertProblem(await bob.post('/drive/move', { from: 'a/1', to: 'b', drive: cary.name }), 404, 'no-such-file');
      assertProblem(await bob.post('/drive/copy', { from: 'a/', to: 'b/', drive: cary.name }), 404, 'no-such-file');
      const back = { from: 'a/', to: 'b/', drive: cary.name, to_drive: bob.name };
      assertProblem(await bob.post('/drive/move', back), 404, 'no-such-file');
      assertProblem(await bob.post('/drive/move', { from: 'a/1', to: 'b', drive: 'nobody' }), 404, 'no-such-file');
      await bob.put('mine', 'mine');
      assertProblem(
        await bob.post('/drive/move', { from: 'mine', to: 'theirs', to_drive: cary.name }),
        404,
        'no-such-file',
      );
      assertProblem(
        await cary.ask('/drive/move', { method: 'POST', token: undefined, body: {} }),
        401,
        'not-authenticated',
      );
      assert.deepEqual([await cary.keys(), await bob.keys()], [['a/1'], ['mine']]);
    });

    test('within what is shared for writing, and copied out of it', async () => {
      const [cary, bob] = [await open(), await open()];
      for (const path of ['shared/1', 'own/2']) await cary.put(path, path);
      const share = await cary.post('/shares', { path: 'shared/', with: bob.name, permission: 'write' });
      assert.equal(share.status, 201, share.text);
      const inside = { from: 'shared/1', to: 'shared/b/1', drive: cary.name };
      assert.equal((await bob.post('/drive/move', inside)).status, 200);
      assertProblem(await bob.post('/drive/move', { ...inside, from: 'shared/b/1', to: 'own/1' }), 404, 'no-such-file');
      const out = await bob.post('/drive/copy', {
        from: 'shared/',
        to: 'copied/',
        drive: cary.name,
        to_drive: bob.name,
      });
      assert.equal(out.status, 200, out.text);
      assert.equal(await bob.read('copied/b/1'), 'shared/1');
      assert.deepEqual(await cary.keys(), ['own/2', 'shared/b/1']);
    });

    test('never out of the drive of who shares it, with its older versions', async () => {
      const [cary, bob] = [await open(), await open()];
      for (const text of ['one', 'two']) await cary.put('special/shared/file', text);
      const share = await cary.post('/shares', { path: 'special/shared/', with: bob.name, permission: 'write' });
      assert.equal(share.status, 201, share.text);
      const drives = { drive: cary.name, to_drive: bob.name };
      for (const from of ['special/shared/in/', 'special/shared/file']) {
        await cary.put('special/shared/in/file', 'in');
        const out = { from, to: from, ...drives };
        assertProblem(await bob.post('/drive/move', out), 403, 'not-allowed');
      }
      assert.deepEqual(await bob.keys(), []);
      const back = { from: 'special/shared/', to: 'special/given/', to_drive: bob.name };
      assertProblem(await cary.post('/drive/move', back), 404, 'no-such-file');
      assert.equal((await cary.ask('/files/special/shared/file?versions')).body.items.length, 2);
    });
  });

  describe('are renamed', () => {
    test('where they are', async () => {
      const cary = await open();
      await cary.put('a/x.txt', 'x');
      assert.equal((await cary.post('/drive/rename', { path: 'a/x.txt', name: 'y.txt' })).body.path, 'a/y.txt');
      assert.equal((await cary.post('/drive/rename', { path: 'a/', name: 'b' })).body.path, 'b/');
      assert.deepEqual(await cary.keys(), ['b/y.txt']);
    });

    test('to a name, which no path is', async () => {
      const cary = await open();
      await cary.put('a/x', 'x');
      for (const name of ['b/y', '..', '.']) {
        assertProblem(await cary.post('/drive/rename', { path: 'a/x', name }), 400, 'invalid-path');
      }
      await cary.put('a/y', 'y');
      assertProblem(await cary.post('/drive/rename', { path: 'a/x', name: 'y' }), 409, 'file-exists');
    });
  });

  describe('are copied', () => {
    test('without moving bytes, and count for the quota', async () => {
      const cary = await open();
      await cary.put('a/1', 'one');
      const reply = await cary.post('/drive/copy', { from: 'a/', to: 'b/' });
      assert.deepEqual([reply.body.path, reply.body.size_bytes, reply.body.file_count], ['b/', 3, 1]);
      assert.equal(await cary.read('b/1'), 'one');
      const { used_bytes, object_count } = (await cary.ask('/drive')).body.usage;
      assert.deepEqual([used_bytes, object_count], [6, 2]);
    });

    test('not past the quota', async () => {
      const cary = await open();
      await cary.put('a/1', 'ten bytes.');
      const root = await addApiUser(gateway, 'admin', { role: 'admin' });
      const change = { method: 'PATCH', token: root.token, body: { quota_bytes: 19 } };
      assert.equal((await askApi(gateway, `/accounts/${cary.id}`, change)).status, 200);
      assertProblem(await cary.post('/drive/copy', { from: 'a/', to: 'b/' }), 507, 'quota-exceeded');
      assert.deepEqual(await cary.keys(), ['a/1']);
    });
  });

  describe('folders', () => {
    test('are made empty, and are empty objects over S3', async () => {
      const cary = await open();
      const reply = await cary.post('/drive/folders', { path: 'photos/2026' });
      assert.equal(reply.status, 201, reply.text);
      assert.deepEqual([reply.body.path, reply.body.name, reply.body.kind], ['photos/2026/', '2026', 'folder']);
      assert.equal(reply.headers.get('location'), '/api/v1/files/photos/2026/');
      assert.deepEqual(await cary.keys(), ['photos/2026/']);
      assertProblem(await cary.post('/drive/folders', { path: 'photos/2026/' }), 409, 'file-exists');
      assertProblem(await cary.post('/drive/folders', { path: 'photos/' }), 409, 'file-exists');
      assertProblem(await cary.post('/drive/folders', { path: 'a/../b' }), 400, 'invalid-path');
    });
  });

  describe('are deleted', () => {
    test('many at once, each answered for itself', async () => {
      const cary = await open();
      for (const path of ['a/1', 'a/2', 'b', 'special/c']) await cary.put(path, path);
      const paths = ['a/', 'b', 'nothing', '../x', 'special/c'];
      const reply = await cary.post('/drive/delete', { paths });
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(
        reply.body.results.map(({ path, status, code }: { path: string; status: number; code?: string }) => [
          path,
          status,
          code,
        ]),
        [
          ['a/', 204, undefined],
          ['b', 204, undefined],
          ['nothing', 404, 'no-such-file'],
          ['../x', 400, 'invalid-path'],
          ['special/c', 204, undefined],
        ],
      );
      assert.deepEqual(
        (await cary.keys()).filter((key) => !key.startsWith('.trash/')),
        [],
      );
      const trash = (await cary.ask('/trash')).body.items;
      assert.deepEqual(
        trash.map(({ path }: { path: string }) => path),
        ['special/c', 'b', 'a/'],
      );
      assert.equal(reply.body.results[0].trash_id, trash[2].id);
    });

    test('a folder by its path', async () => {
      const cary = await open();
      for (const path of ['a/1', 'a/2', 'b', 'special/c/1']) await cary.put(path, path);
      assert.equal((await cary.ask('/files/a/', { method: 'DELETE' })).status, 204);
      assert.equal((await cary.ask('/trash')).body.items[0].path, 'a/');
      assertProblem(await cary.ask('/files/a/', { method: 'DELETE' }), 404, 'no-such-file');
      const special = '/files/special/c/?permanent';
      assertProblem(await cary.ask(special, { method: 'DELETE' }), 409, 'confirmation-required');
      assert.equal((await cary.ask(`${special}&confirm=true`, { method: 'DELETE' })).status, 204);
      assert.deepEqual(
        (await cary.ask('/files')).body.items.map(({ path }: { path: string }) => path),
        ['b'],
      );
    });

    test('for good, where versions are kept only when that is confirmed', async () => {
      const cary = await open();
      for (const path of ['a/1', 'special/c', 'special/c']) await cary.put(path, path);
      const first = await cary.post('/drive/delete', { paths: ['a/', 'special/c'], permanent: true });
      assert.deepEqual(
        first.body.results.map(({ status, code }: { status: number; code?: string }) => [status, code]),
        [
          [204, undefined],
          [409, 'confirmation-required'],
        ],
      );
      const second = await cary.post('/drive/delete', { paths: ['special/c'], permanent: true, confirm: true });
      assert.equal(second.body.results[0].status, 204);
      const usage = (await cary.ask('/drive')).body.usage;
      assert.deepEqual([usage.used_bytes, usage.object_count], [0, 0]);
      assert.deepEqual((await cary.ask('/trash')).body.items, []);
    });

    test('no more than a thousand, and not none', async () => {
      const cary = await open();
      assertProblem(await cary.post('/drive/delete', { paths: [] }), 400, 'invalid-request');
      assertProblem(await cary.post('/drive/delete', { paths: Array(1001).fill('x') }), 400, 'invalid-request');
    });
  });

  describe('are downloaded as a zip', () => {
    test('of a folder, streamed, with its name', async () => {
      const cary = await open();
      await cary.put('my photos/a.txt', 'a');
      await cary.put('my photos/b/ü.txt', 'ü');
      await cary.post('/drive/folders', { path: 'my photos/empty/' });
      const reply = await fetch(`${gateway.apiUrl}/api/v1/drive/archive?path=my%20photos/`, {
        headers: { Authorization: `Bearer ${cary.token}` },
      });
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get('content-type'), 'application/zip');
      assert.equal(reply.headers.get('content-length'), null);
      assert.equal(
        reply.headers.get('content-disposition'),
        `attachment; filename="my photos.zip"; filename*=UTF-8''my%20photos.zip`,
      );
      assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
      const files = await unzip(Buffer.from(await reply.arrayBuffer()));
      assert.deepEqual([...files.keys()], ['a.txt', 'b/ü.txt', 'empty/']);
      assert.equal(files.get('b/ü.txt')?.toString(), 'ü');
    });

    test('of the whole drive, and by whom it is shared with of what is', async () => {
      const [cary, bob] = [await open(), await open()];
      for (const path of ['a/1', 'b/2']) await cary.put(path, path);
      const whole = await fetch(`${gateway.apiUrl}/api/v1/drive/archive`, {
        headers: { Authorization: `Bearer ${cary.token}` },
      });
      assert.deepEqual([...(await unzip(Buffer.from(await whole.arrayBuffer()))).keys()], ['a/1', 'b/2']);
      assertProblem(await bob.ask(`/drive/archive?path=a/&drive=${cary.name}`), 404, 'no-such-file');
      await cary.post('/shares', { path: 'a/', with: bob.name, permission: 'read' });
      assert.equal((await bob.ask(`/drive/archive?path=a/&drive=${cary.name}`)).status, 200);
      assertProblem(await bob.ask(`/drive/archive?drive=${cary.name}`), 404, 'no-such-file');
      assertProblem(await bob.ask(`/drive/archive?path=b/&drive=${cary.name}`), 404, 'no-such-file');
    });

    test('of nothing, or a path that leads nowhere, not at all', async () => {
      const cary = await open();
      assertProblem(await cary.ask('/drive/archive?path=nothing/'), 404, 'no-such-file');
      assertProblem(await cary.ask('/drive/archive?path=.trash/'), 400, 'invalid-path');
      await cary.put('a/1', '1');
      const head = await cary.ask('/drive/archive?path=a/', { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
    });
  });

  describe('are brought back from an older version', () => {
    test('as a new version, which shares the bytes', async () => {
      const cary = await open();
      const first = await cary.put('special/x', 'first');
      await cary.put('special/x', 'second');
      const reply = await cary.post('/drive/restore', { path: 'special/x', version_id: first.body.version_id });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(await cary.read('special/x'), 'first');
      assert.notEqual(reply.body.version_id, first.body.version_id);
      const versions = (await cary.ask('/files/special/x?versions')).body.items;
      assert.equal(versions.length, 3);
    });

    test('which must be there', async () => {
      const cary = await open();
      const { body } = await cary.put('special/x', 'x');
      assertProblem(
        await cary.post('/drive/restore', { path: 'special/x', version_id: 'nonsense' }),
        404,
        'no-such-version',
      );
      assertProblem(
        await cary.post('/drive/restore', { path: 'special/y', version_id: body.version_id }),
        404,
        'no-such-version',
      );
    });
  });

  test('are the same over S3, and the other way round', async () => {
    const cary = await open();
    await cary.s3.send(new PutObjectCommand({ Bucket: cary.bucket.name, Key: 'a/s3.txt', Body: 's3' }));
    await cary.post('/drive/move', { from: 'a/', to: 'b/' });
    assert.equal(await cary.read('b/s3.txt'), 's3');
  });
});
