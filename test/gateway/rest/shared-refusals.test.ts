import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** An explicit deny stands against everybody, also where a folder is asked for as a whole. */
describe('what a policy refuses within a shared folder', () => {
  let gateway: TestGateway;
  let drive: TestDrive;
  let ann: ApiUser;
  let bob: ApiUser;
  before(async () => {
    gateway = await startGateway();
    ann = await addApiUser(gateway, 'ann');
    bob = await addApiUser(gateway, 'bob');
    drive = await openTestDrive(gateway, 'ann');
    await drive.put('work/file', 'work/secret/file', 'work/plain/file');
    const shared = await post(ann, '/shares', { path: 'work/', with: 'bob', permission: 'write' });
    assert.equal(shared.status, 201, shared.text);
  });
  after(() => gateway.stop());

  const post = (by: ApiUser, path: string, body: object): Promise<ApiReply> =>
    askApi(gateway, path, { method: 'POST', token: by.token, body });

  /** In the place of what was refused before. */
  async function refuse(action: string, folder: string): Promise<void> {
    const Resource = `arn:aws:s3:::${drive.bucket.name}/${folder}*`;
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: action, Resource }];
    const body = JSON.stringify({ Version: '2012-10-17', Statement });
    const init = { method: 'PUT', credentials: drive.key, body } as const;
    const reply = await gateway.fetchSigned(`/${drive.bucket.name}?policy`, init);
    assert.ok(reply.ok, await reply.text());
  }

  const isThere = async (path: string) =>
    (await askApi(gateway, `/files/${path}?info`, { token: ann.token })).status === 200;

  test('is not read by a copy of the folder', async () => {
    await refuse('s3:GetObject', 'work/secret/');
    const copy = { from: 'work/', to: 'mere/mine/', drive: 'ann', to_drive: 'bob' };
    assertProblem(await post(bob, '/drive/copy', copy), 403, 'not-allowed');
    const { items } = (await askApi(gateway, '/files?prefix=mere/', { token: bob.token })).body;
    assert.deepEqual(items, []);
    const plain = { ...copy, from: 'work/plain/' };
    assert.equal((await post(bob, '/drive/copy', plain)).status, 200);
  });

  test('is neither moved nor deleted with the folder', async () => {
    await drive.put('work/in/file', 'work/in/kept/file');
    await refuse('s3:DeleteObject', 'work/in/kept/');
    const move = { from: 'work/in/', to: 'work/out/', drive: 'ann' };
    assertProblem(await post(bob, '/drive/move', move), 403, 'not-allowed');
    const init = { method: 'DELETE', token: bob.token } as const;
    assertProblem(await askApi(gateway, '/files/work/in/?drive=ann', init), 403, 'not-allowed');
    assert.ok(await isThere('work/in/file'));
    assert.ok(await isThere('work/in/kept/file'));
  });

  test('is not written by a copy of a folder', async () => {
    await refuse('s3:PutObject', 'work/sub/closed/');
    const files = await openTestDrive(gateway, 'bob');
    await files.put('work/closed/file');
    const copy = { from: 'work/', to: 'work/sub/', to_drive: 'ann' };
    assertProblem(await post(bob, '/drive/copy', copy), 403, 'not-allowed');
    assert.equal(await isThere('work/sub/closed/file'), false);
  });
});
