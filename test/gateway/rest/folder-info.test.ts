import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

describe('what is known of a folder', () => {
  let gateway: TestGateway;
  let ann: ApiUser;
  let bob: ApiUser;

  before(async () => {
    gateway = await startGateway();
    ann = await addApiUser(gateway, 'ann');
    bob = await addApiUser(gateway, 'bob');
    await fetch(`${gateway.apiUrl}/api/v1/files/mere/trip/notes.txt`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ann.token}` },
      body: 'some notes',
    });
    const body = { path: 'mere/trip/', with: 'bob', permission: 'read' };
    assert.equal((await askApi(gateway, '/shares', { method: 'POST', token: ann.token, body })).status, 201);
  });
  after(() => gateway.stop());

  test('tells its owner whom it is shared with', async () => {
    const { status, body } = await askApi(gateway, '/files/mere/trip/?info', { token: ann.token });
    assert.equal(status, 200);
    assert.equal(body.kind, 'folder');
    assert.deepEqual(
      body.shares.map((share: { with: string }) => share.with),
      ['bob'],
    );
    assert.deepEqual(body.links, []);
  });

  test('tells a friend that it is there, and nothing of others', async () => {
    const { status, body } = await askApi(gateway, '/files/mere/trip/?info&drive=ann', { token: bob.token });
    assert.equal(status, 200);
    assert.equal(body.owner, 'ann');
    assert.equal(body.shares, undefined);
  });

  test('is that of the top folders also while they are empty, and nothing of what is not there', async () => {
    assert.equal((await askApi(gateway, '/files/special/?info', { token: ann.token })).status, 200);
    assertProblem(await askApi(gateway, '/files/nowhere/?info', { token: ann.token }), 404, 'no-such-file');
    assertProblem(await askApi(gateway, '/files/mere/?info&drive=ann', { token: bob.token }), 404, 'no-such-file');
  });
});
