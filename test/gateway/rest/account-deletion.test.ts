import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { openTestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('deleting an account that has a drive', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const admin = () => addApiUser(gateway, 'admin', { role: 'admin' });

  test('is for its owner as soon as the drive is empty', async () => {
    const ann = await addApiUser(gateway, 'ann');
    const drive = await openTestDrive(gateway, 'ann');
    await drive.put('mere/file');
    const remove = () =>
      askApi(gateway, '/accounts/me', { method: 'DELETE', token: ann.token, body: { password: PASSWORD } });
    const refused = await remove();
    assertProblem(refused, 409, 'account-not-empty');
    assert.match(refused.body.detail, /files in its drive/);
    await drive.remove('mere/file');
    assert.equal((await remove()).status, 204);
    assert.equal(await gateway.services.accounts.findById(ann.id), undefined);
    const again = await addApiUser(gateway, 'ann');
    const files = await askApi(gateway, '/files', { token: again.token });
    assert.deepEqual([files.status, files.body.items], [200, []]);
  });

  test('is for admins, too; one that is disabled keeps its files and is listed as before', async () => {
    const boss = await admin();
    const bob = await addApiUser(gateway, 'bob');
    const drive = await openTestDrive(gateway, 'bob');
    await drive.put('file');
    const ask = (method: string, body?: unknown) =>
      askApi(gateway, `/accounts/${bob.id}`, { method, token: boss.token, body });
    assertProblem(await ask('DELETE'), 409, 'account-not-empty');
    assert.equal((await ask('PATCH', { status: 'disabled' })).status, 200);
    const { items } = (await askApi(gateway, '/accounts?q=bob', { token: boss.token })).body;
    assert.deepEqual(
      items.map(({ name, status, usage }: Record<string, unknown>) => [name, status, usage]),
      [['bob', 'disabled', { object_count: 1, logical_bytes: 4 }]],
    );
    assertProblem(await ask('DELETE'), 409, 'account-not-empty');
    assert.equal((await ask('PATCH', { status: 'active' })).status, 200);
    const reply = await gateway.fetchSigned(`/${drive.bucket.name}/file`, { credentials: drive.key });
    assert.deepEqual([reply.status, await reply.text()], [200, 'file']);
    await drive.remove('file');
    assert.equal((await ask('DELETE')).status, 204);
  });
});
