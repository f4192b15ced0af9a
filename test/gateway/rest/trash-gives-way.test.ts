import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi } from '../../support/api.ts';
import { openTestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const QUOTA = 10_000;

describe('the trash of a drive that has a quota', () => {
  let gateway: TestGateway;
  let ann: ApiUser;

  before(async () => {
    gateway = await startGateway();
    const root = await addApiUser(gateway, 'boss', { role: 'admin' });
    ann = await addApiUser(gateway, 'ann');
    const reply = await askApi(gateway, `/accounts/${ann.id}`, {
      method: 'PATCH',
      token: root.token,
      body: { quota_bytes: QUOTA },
    });
    assert.equal(reply.status, 200, reply.text);
  });
  after(() => gateway.stop());

  const put = (path: string, sizeBytes: number) =>
    fetch(`${gateway.apiUrl}/api/v1/files/${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ann.token}` },
      body: Buffer.alloc(sizeBytes, path),
    });
  const remove = (path: string) => askApi(gateway, `/files/${path}`, { method: 'DELETE', token: ann.token });
  const trash = async () => {
    const reply = await askApi(gateway, '/trash', { token: ann.token });
    return reply.body.items.map(({ path }: { path: string }) => path);
  };
  const used = async () => (await askApi(gateway, '/drive', { token: ann.token })).body.usage.used_bytes;

  test('gives way to a new file, what was deleted first going first, and no more of it than must', async () => {
    for (const name of ['one', 'two', 'three']) {
      assert.equal((await put(`mere/${name}`, 3000)).status, 201);
      assert.ok((await remove(`mere/${name}`)).status < 300);
    }
    assert.deepEqual(await trash(), ['mere/three', 'mere/two', 'mere/one']);
    assert.equal((await put('mere/new', 5000)).status, 201);
    assert.deepEqual(await trash(), ['mere/three']);
    assert.equal(await used(), 8000);
  });

  test('stays as it is where all of it would not be enough', async () => {
    const reply = await put('mere/too-large', 5001);
    assert.equal(reply.status, 507);
    assert.match(await reply.text(), /"code":"quota-exceeded"/);
    assert.deepEqual(await trash(), ['mere/three']);
    assert.equal(await used(), 8000);
  });

  test('does not give way to what friends store, who delete nothing for good', async () => {
    const bob = await addApiUser(gateway, 'bob');
    const share = { path: 'mere/', with: 'bob', permission: 'write' };
    const shared = await askApi(gateway, '/shares', { method: 'POST', token: ann.token, body: share });
    assert.equal(shared.status, 201, shared.text);
    const before = await trash();
    const reply = await fetch(`${gateway.apiUrl}/api/v1/files/mere/of-bob?drive=ann`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${bob.token}` },
      body: Buffer.alloc(5000),
    });
    assert.equal(reply.status, 507, await reply.text());
    assert.deepEqual(await trash(), before);
  });

  test('stays as it is where what is left of it would not be enough', async () => {
    const drive = await openTestDrive(gateway, 'ann');
    assert.equal((await put('mere/gone', 1000)).status, 201);
    assert.ok((await remove('mere/gone')).status < 300);
    const { items } = (await askApi(gateway, '/trash', { token: ann.token })).body;
    await drive.remove(`.trash/${items[0].id}/gone`);
    assert.equal((await put('mere/too-large', 5500)).status, 507);
    assert.deepEqual(await trash(), ['mere/three']);
    assert.equal(await used(), 8000);
  });

  test('gives way to documents, by the API and by S3', async () => {
    const { key } = await openTestDrive(gateway, 'ann');
    const insert = { document: { _id: 'one', text: 'x'.repeat(2500) } };
    const inserted = await askApi(gateway, '/collections/notes/insertOne', {
      method: 'POST',
      token: ann.token,
      body: insert,
    });
    assert.equal(inserted.status, 201, inserted.text);
    assert.deepEqual(await trash(), []);

    assert.ok((await remove('mere/new')).status < 300);
    const reply = await gateway.fetchSigned('/db-ann/notes/two.json', {
      method: 'PUT',
      credentials: key,
      body: JSON.stringify({ text: 'y'.repeat(3000) }),
    });
    assert.equal(reply.status, 200, await reply.text());
    assert.deepEqual(await trash(), []);
  });
});
