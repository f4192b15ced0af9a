import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../support/api.ts';
import { Conversation } from '../support/conversation.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let admin: ApiUser;

before(async () => {
  gateway = await startGateway();
  admin = await addApiUser(gateway, 'admin', { role: 'admin' });
});
after(() => gateway.stop());

const setStatus = async (user: ApiUser, status: string) => {
  const init = { method: 'PATCH', token: admin.token, body: { status } };
  const reply = await askApi(gateway, `/accounts/${user.id}`, init);
  assert.equal(reply.body.status, status, reply.text);
};
const logIn = ({ name }: ApiUser) =>
  askApi(gateway, '/sessions', { method: 'POST', body: { name, password: PASSWORD } });
const refresh = ({ refreshToken }: ApiUser) =>
  askApi(gateway, '/sessions/refresh', { method: 'POST', body: { refresh_token: refreshToken } });

test('a disabled account can do nothing more on any listener, from that moment on', async () => {
  const user = await addApiUser(gateway, 'user');
  const key = await gateway.services.accessKeys.create(await gateway.services.accounts.get('user'));
  const s3 = new Conversation(gateway, key);
  await s3.createBucket('users');
  assert.equal((await askApi(gateway, '/accounts/me', { token: user.token })).status, 200);

  await setStatus(user, 'disabled');
  await s3.fail({ target: '/users' }, 403, 'AccountProblem');
  await s3.fail({ method: 'PUT', target: '/users/k', body: 'x' }, 403, 'AccountProblem');
  assertProblem(await askApi(gateway, '/accounts/me', { token: user.token }), 401, 'invalid-token');
  assertProblem(await refresh(user), 401, 'invalid-token');
  assertProblem(await logIn(user), 401, 'invalid-credentials');

  // Enabled again it signs and logs in, but what it had before is no good any more.
  await setStatus(user, 'active');
  await s3.succeed({ target: '/users' });
  assertProblem(await askApi(gateway, '/accounts/me', { token: user.token }), 401, 'invalid-token');
  assertProblem(await refresh(user), 401, 'invalid-token');
  assert.equal((await logIn(user)).status, 201);
});

test('disabling raises the epoch with the status, and an admin does it to others alone', async () => {
  const user = await addApiUser(gateway, 'other');
  const epochOf = async () => (await gateway.services.accounts.findById(user.id))?.epoch ?? 0;
  const before = await epochOf();
  await setStatus(user, 'disabled');
  assert.equal(await epochOf(), before + 1);
  await setStatus(user, 'active');
  assert.equal(await epochOf(), before + 1);
  const init = { method: 'PATCH', token: admin.token, body: { status: 'disabled' } };
  assertProblem(await askApi(gateway, `/accounts/${admin.id}`, init), 403, 'not-allowed');
  assert.equal((await askApi(gateway, '/accounts/me', { token: admin.token })).status, 200);
});

test('an admin who was disabled administers nobody', async () => {
  const other = await addApiUser(gateway, 'second-admin', { role: 'admin' });
  const target = await addApiUser(gateway, 'target');
  await setStatus(other, 'disabled');
  const init = { method: 'PATCH', token: other.token, body: { status: 'disabled' } };
  assertProblem(await askApi(gateway, `/accounts/${target.id}`, init), 401, 'invalid-token');
  const actor = { accountId: other.id, address: null, userAgent: null };
  await assert.rejects(gateway.services.administration.change(target.id, { status: 'disabled' }, actor), {
    code: 'AccessDenied',
  });
  assert.equal((await askApi(gateway, '/accounts/me', { token: target.token })).status, 200);
});
