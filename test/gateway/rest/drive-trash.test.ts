import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { assertProblem } from '../../support/api.ts';
import { addDriveUser, type DriveUser } from '../../support/drive.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('the trash of a drive', () => {
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

  async function trash(user: DriveUser, path: string): Promise<string> {
    const reply = await user.post('/drive/delete', { paths: [path] });
    assert.equal(reply.body.results[0].status, 204, reply.text);
    return reply.body.results[0].trash_id;
  }

  test('tells what is in it, the newest first, a page at a time', async () => {
    const cary = await open();
    for (const path of ['a/1', 'a/2', 'b.txt', 'special/c']) await cary.put(path, 'text');
    for (const path of ['a/', 'b.txt', 'special/c']) await trash(cary, path);
    const first = await cary.ask('/trash?limit=2');
    assert.deepEqual(
      first.body.items.map(
        ({ path, kind, file_count, size_bytes, keeps_versions, deleted_by }: Record<string, unknown>) => {
          return { path, kind, file_count, size_bytes, keeps_versions, deleted_by };
        },
      ),
      [
        { path: 'special/c', kind: 'file', file_count: 1, size_bytes: 4, keeps_versions: true, deleted_by: cary.name },
        { path: 'b.txt', kind: 'file', file_count: 1, size_bytes: 4, keeps_versions: false, deleted_by: cary.name },
      ],
    );
    const { deleted_at, expires_at } = first.body.items[0];
    assert.equal(Date.parse(expires_at) - Date.parse(deleted_at), 30 * 86_400_000);
    const second = await cary.ask(`/trash?limit=2&cursor=${first.body.next}`);
    assert.deepEqual([second.body.items[0].path, second.body.items.length, second.body.next], ['a/', 1, null]);
  });

  test('counts for the quota, and keeps its files out of lists', async () => {
    const cary = await open();
    await cary.put('a', 'text');
    await trash(cary, 'a');
    assert.deepEqual((await cary.ask('/drive')).body.usage.used_bytes, 4);
    assert.deepEqual((await cary.ask('/files')).body.items, []);
    assertProblem(await cary.ask('/files/.trash/x'), 400, 'invalid-path');
  });

  test('gives back to where it was, or to another path', async () => {
    const cary = await open();
    await cary.put('a/1', 'one');
    const id = await trash(cary, 'a/');
    const back = await cary.ask(`/trash/${id}/restore`, { method: 'POST' });
    assert.deepEqual([back.status, back.body], [200, { path: 'a/' }]);
    assert.equal(await cary.read('a/1'), 'one');
    const again = await trash(cary, 'a/1');
    assert.deepEqual((await cary.post(`/trash/${again}/restore`, { to: 'b/1' })).body, { path: 'b/1' });
    assert.equal(await cary.read('b/1'), 'one');
  });

  test('gives back over what is there only where that is asked for', async () => {
    const cary = await open();
    for (const path of ['a', 'special/a']) {
      await cary.put(path, 'old');
      const id = await trash(cary, path);
      await cary.put(path, 'new');
      assertProblem(await cary.post(`/trash/${id}/restore`, {}), 409, 'file-exists');
      assert.equal((await cary.post(`/trash/${id}/restore`, { overwrite: true })).status, 200);
      assert.equal(await cary.read(path), 'old');
    }
  });

  test('says of what is not there, or leads nowhere, that it is not', async () => {
    const [cary, bob] = [await open(), await open()];
    await cary.put('a', 'a');
    const id = await trash(cary, 'a');
    for (const user of [cary, bob]) {
      const wanted = user === cary ? 'nothing' : id;
      assertProblem(await user.post(`/trash/${wanted}/restore`, {}), 404, 'no-such-trash');
      assertProblem(await user.ask(`/trash/${wanted}`, { method: 'DELETE' }), 404, 'no-such-trash');
    }
    assertProblem(await bob.ask(`/trash?drive=${cary.name}`), 404, 'no-such-file');
    assertProblem(await bob.post(`/trash/${id}/restore?drive=${cary.name}`, {}), 404, 'no-such-file');
    assertProblem(await cary.post(`/trash/${id}/restore`, { to: '../x' }), 400, 'invalid-path');
    assertProblem(await cary.post(`/trash/${id}/restore`, { to: 'folder/' }), 400, 'invalid-request');
  });

  test('lets go for good, of what keeps versions only when that is confirmed', async () => {
    const cary = await open();
    for (const path of ['a', 'special/b', 'special/b']) await cary.put(path, 'text');
    const [a, b] = [await trash(cary, 'a'), await trash(cary, 'special/b')];
    assert.equal((await cary.ask(`/trash/${a}`, { method: 'DELETE' })).status, 204);
    assertProblem(await cary.ask(`/trash/${b}`, { method: 'DELETE' }), 409, 'confirmation-required');
    assert.equal((await cary.ask(`/trash/${b}?confirm=true`, { method: 'DELETE' })).status, 204);
    const { used_bytes, object_count } = (await cary.ask('/drive')).body.usage;
    assert.deepEqual([used_bytes, object_count], [0, 0]);
  });

  test('is emptied by two at once, each thing by one of them', async () => {
    const cary = await open();
    const names = Array.from({ length: 20 }, (_, index) => `file-${index}`);
    for (const name of names) {
      await cary.put(name, name);
      await cary.ask(`/files/${name}`, { method: 'DELETE' });
    }
    const replies = await Promise.all([1, 2].map(() => cary.ask('/trash', { method: 'DELETE' })));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(
      replies.reduce((sum, { body }) => sum + body.deleted, 0),
      names.length,
    );
  });

  test('is emptied, all of it or, unconfirmed, nothing', async () => {
    const cary = await open();
    for (const path of ['a', 'special/b']) await cary.put(path, 'text');
    for (const path of ['a', 'special/b']) await trash(cary, path);
    assertProblem(await cary.ask('/trash', { method: 'DELETE' }), 409, 'confirmation-required');
    assert.equal((await cary.ask('/trash')).body.items.length, 2);
    const emptied = await cary.ask('/trash?confirm=true', { method: 'DELETE' });
    assert.deepEqual([emptied.status, emptied.body], [200, { deleted: 2 }]);
    assert.deepEqual((await cary.ask('/trash')).body.items, []);
    assert.equal((await cary.ask('/drive')).body.usage.used_bytes, 0);
  });

  test('does not show or count what was deleted over S3', async () => {
    const cary = await open();
    await cary.put('a', 'text');
    const id = await trash(cary, 'a');
    assert.equal((await cary.ask('/drive')).body.usage.trash_bytes, 4);
    const [Key] = await cary.keys('.trash/');
    await cary.s3.send(new DeleteObjectCommand({ Bucket: cary.bucket.name, Key }));
    assert.deepEqual((await cary.ask('/trash')).body.items, []);
    const { used_bytes, trash_bytes } = (await cary.ask('/drive')).body.usage;
    assert.deepEqual([used_bytes, trash_bytes], [0, 0]);
    assertProblem(await cary.post(`/trash/${id}/restore`, {}), 404, 'no-such-trash');
  });
});
