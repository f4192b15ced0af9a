import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('shared files over REST', () => {
  let gateway: TestGateway;
  let drive: TestDrive;
  let ann: ApiUser;
  let bob: ApiUser;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
    ann = await addApiUser(gateway, 'ann');
    bob = await addApiUser(gateway, 'bob');
    drive = await openTestDrive(gateway, 'ann');
  });
  after(() => gateway.stop());

  /** A folder of its own, with a file in it and one in a folder of that. */
  async function folder(): Promise<string> {
    count += 1;
    const path = `folder-${count}/`;
    await drive.put(`${path}file`, `${path}in/file`);
    return path;
  }

  async function share(path: string, permission: 'read' | 'write' = 'read'): Promise<void> {
    const reply = await post(ann, '/shares', { path, with: 'bob', permission });
    assert.equal(reply.status, 201, reply.text);
  }

  const post = (by: ApiUser, path: string, body: object) =>
    askApi(gateway, path, { method: 'POST', token: by.token, body });
  const get = (by: ApiUser, path: string) => askApi(gateway, path, { token: by.token });
  const remove = (by: ApiUser, path: string) => askApi(gateway, path, { method: 'DELETE', token: by.token });
  const put = (by: ApiUser, path: string) => {
    const headers = { 'Content-Type': 'text/plain' };
    return askApi(gateway, path, { method: 'PUT', token: by.token, headers, body: 'new' });
  };
  const read = (path: string) => get(bob, `/files/${path}?drive=ann`);

  function assertGone(reply: ApiReply): void {
    assertProblem(reply, 404, 'no-such-file');
  }

  test('a friend reads and lists them in the drive of their owner, and there is nothing beside them', async () => {
    const path = await folder();
    assertGone(await read(`${path}file`));
    await share(`${path}in/`);
    assert.equal((await read(`${path}in/file`)).text, `${path}in/file`);
    const { items } = (await get(bob, `/files?prefix=${path}in/&drive=ann`)).body;
    assert.deepEqual(
      items.map((item: { path: string; owner: string }) => [item.path, item.owner]),
      [[`${path}in/file`, 'ann']],
    );
    for (const prefix of ['', path, `${path}i`]) {
      assertGone(await get(bob, `/files?prefix=${prefix}&drive=ann`));
    }
    assertGone(await read(`${path}file`));
    assertProblem(await put(bob, `/files/${path}in/file?drive=ann`), 403, 'not-allowed');
    assertGone(await put(bob, `/files/${path}new?drive=ann`));
    assertProblem(await remove(bob, `/files/${path}in/file?drive=ann`), 403, 'not-allowed');
  });

  test('a friend who may write puts and deletes files in the folder, for good never', async () => {
    const path = await folder();
    await share(path, 'write');
    const stored = await put(bob, `/files/${path}by-bob?drive=ann`);
    assert.equal(stored.status, 201);
    assert.equal(stored.headers.get('location'), `/api/v1/files/${path}by-bob?drive=ann`);
    const made = await post(bob, '/drive/folders', { path: `${path}new/`, drive: 'ann' });
    assert.equal(made.headers.get('location'), `/api/v1/files/${path}new/?drive=ann`);
    assert.equal((await put(bob, `/files/${path}file?drive=ann`)).status, 200);
    assert.equal((await get(ann, `/files/${path}by-bob`)).status, 200);
    const forGood = await remove(bob, `/files/${path}by-bob?drive=ann&permanent=true`);
    assertProblem(forGood, 403, 'not-allowed');
    assert.equal((await remove(bob, `/files/${path}by-bob?drive=ann`)).status, 204);
    assertGone(await get(ann, `/files/${path}by-bob`));
    assertGone(await get(bob, '/trash?drive=ann'));
    const { items } = (await get(ann, '/trash')).body;
    assert.ok(items.some((item: { path: string }) => item.path === `${path}by-bob`));
  });

  test('what is known of a file tells its owner whom it is shared with, and nobody else', async () => {
    const path = await folder();
    await share(`${path}in/`);
    const told = (await get(ann, `/files/${path}in/file?info`)).body.shares;
    assert.deepEqual(
      told.map((each: { path: string; with: string; permission: string }) => [each.path, each.with, each.permission]),
      [[`${path}in/`, 'bob', 'read']],
    );
    assert.equal((await get(bob, `/files/${path}in/file?info&drive=ann`)).body.shares, undefined);
  });

  test('a file that is put into the trash is shared with nobody, also when it is back', async () => {
    const path = await folder();
    await share(`${path}file`);
    await share(`${path}in/`);
    assert.equal((await remove(ann, `/files/${path}file`)).status, 204);
    const { results } = (await post(ann, '/drive/delete', { paths: [`${path}in/`] })).body;
    assert.equal(results.length, 1);
    for (const item of (await get(ann, '/trash')).body.items) {
      if (item.path.startsWith(path)) await post(ann, `/trash/${item.id}/restore`, {});
    }
    for (const name of ['file', 'in/file']) {
      assert.equal((await get(ann, `/files/${path}${name}`)).status, 200, name);
      assertGone(await read(path + name));
    }
  });

  test('a file that is deleted for good, and made again, is shared with nobody', async () => {
    const path = await folder();
    await share(`${path}file`);
    const gone = await remove(ann, `/files/${path}file?permanent=true`);
    assert.equal(gone.status, 200, gone.text);
    await drive.put(`${path}file`);
    assertGone(await read(`${path}file`));
  });

  test('in `special/`, where versions are kept, too', async () => {
    await folder();
    const path = `special/${count}`;
    await drive.put(path);
    await share(path);
    assert.equal((await read(path)).text, path);
    await remove(ann, `/files/${path}`);
    await drive.put(path);
    assertGone(await read(path));
  });

  test('shares follow files and folders that are moved or renamed', async () => {
    const path = await folder();
    await share(`${path}in/`);
    await share(`${path}file`);
    const moved = await post(ann, '/drive/move', { from: path, to: `moved-${count}/` });
    assert.equal(moved.status, 200, moved.text);
    assert.equal((await read(`moved-${count}/in/file`)).text, `${path}in/file`);
    assert.equal((await read(`moved-${count}/file`)).text, `${path}file`);
    await gateway.fetchSigned(`/${drive.bucket.name}/renamed-${count}?renameObject`, {
      method: 'PUT',
      headers: { 'x-amz-rename-source': `moved-${count}/file` },
      credentials: drive.key,
    });
    assert.equal((await read(`renamed-${count}`)).text, `${path}file`);
    await drive.put(`${path}file`, `${path}in/file`);
    for (const name of ['file', 'in/file']) assertGone(await read(path + name));
  });
});
