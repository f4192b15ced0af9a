import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { makeSessionOld, passwordless } from '../../support/passwordless.ts';

const OTHER = 'another horse, another battery';

describe('the own account', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const ask = (method: string, token: string | undefined, body?: object) =>
    askApi(gateway, '/accounts/me', { method, token, body });

  test('shows itself, and no secret', async () => {
    const { token, id } = await addApiUser(gateway, 'ann', { email: 'ann@example.org' });
    const { status, body, text } = await ask('GET', token);
    assert.equal(status, 200, text);
    const { created_at, last_login_at, canonical_id, ...rest } = body;
    assert.ok(Date.parse(created_at) <= Date.parse(last_login_at));
    assert.match(canonical_id, /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      id,
      name: 'ann',
      display_name: 'ann',
      role: 'member',
      status: 'active',
      email: 'ann@example.org',
      email_verified: false,
      pending_email: null,
      has_password: true,
      has_second_factor: false,
      second_factor: 'optional',
      usage: { object_count: 0, logical_bytes: 0 },
      quota_bytes: null,
    });
  });

  for (const method of ['GET', 'PATCH', 'DELETE']) {
    test(`${method} needs a log-in`, async () => {
      const body = method === 'GET' ? undefined : {};
      assertProblem(await ask(method, undefined, body), 401, 'not-authenticated');
    });
  }

  test('is called something else', async () => {
    const { token } = await addApiUser(gateway, 'bea');
    const { status, body } = await ask('PATCH', token, { display_name: 'Béa <3' });
    assert.equal(status, 200);
    assert.equal(body.display_name, 'Béa <3');
    assert.equal((await ask('GET', token)).body.display_name, 'Béa <3');
  });

  test('does not change its name, its role or its quota', async () => {
    const { token } = await addApiUser(gateway, 'cleo');
    for (const change of [{ name: 'x' }, { role: 'admin' }, { quota_bytes: 1 }, { email_verified: true }]) {
      const reply = await ask('PATCH', token, change);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, `/${Object.keys(change)[0]}`);
    }
  });

  test('needs its password for another e-mail', async () => {
    const { token } = await addApiUser(gateway, 'dan');
    const missing = await ask('PATCH', token, { email: 'dan@example.org' });
    assertProblem(missing, 400, 'invalid-request');
    assert.equal(missing.body.errors[0].field, '/current_password');
    const wrong = await ask('PATCH', token, { email: 'dan@example.org', current_password: 'wrong' });
    assertProblem(wrong, 401, 'invalid-credentials');
    assert.equal(wrong.body.errors[0].field, '/current_password');
    assert.equal((await ask('GET', token)).body.pending_email, null);
  });

  test('cannot be used to guess its password without end', async () => {
    const limited = await startGateway({ GATEHOUSE_LOGIN_FAILURES: '3' });
    const { token } = await addApiUser(limited, 'eve');
    const guess = () =>
      askApi(limited, '/accounts/me', { method: 'DELETE', token, body: { password: 'a wrong guess' } });
    for (let count = 0; count < 3; count += 1) assertProblem(await guess(), 401, 'invalid-credentials');
    assertProblem(await guess(), 429, 'too-many-requests');
    await limited.stop();
  });

  test('goes with all that is its own, and what happened to it stays known', async () => {
    const user = await addApiUser(gateway, 'fay', { email: 'fay@example.org' });
    const { accessKeys, accounts } = gateway.services;
    const pair = await accessKeys.create(await accounts.get('fay'));
    assertProblem(await ask('DELETE', user.token, {}), 400, 'invalid-request');
    assertProblem(await ask('DELETE', user.token, { password: 'wrong' }), 401, 'invalid-credentials');
    const reply = await ask('DELETE', user.token, { password: PASSWORD });
    assert.equal(reply.status, 204, reply.text);
    assertProblem(await ask('GET', user.token), 401, 'invalid-token');
    const body = { refresh_token: user.refreshToken };
    assertProblem(await askApi(gateway, '/sessions/refresh', { method: 'POST', body }), 401, 'invalid-token');
    assert.equal(await accessKeys.findCredential(pair.accessKey), undefined);
    const admin = await addApiUser(gateway, 'boss', { role: 'admin' });
    const trail = await askApi(gateway, `/audit?account=${user.id}`, { token: admin.token });
    const types = trail.body.items.map(({ type }: { type: string }) => type);
    assert.ok(types.includes('account.deleted'), trail.text);
    // The name and the e-mail are free again.
    await addApiUser(gateway, 'fay', { email: 'fay@example.org' });
  });

  test('stays while it has buckets', async () => {
    const { token } = await addApiUser(gateway, 'gus');
    const account = await gateway.services.accounts.get('gus');
    await gateway.services.buckets.create({ name: 'of-gus', account });
    assertProblem(await ask('DELETE', token, { password: PASSWORD }), 409, 'account-not-empty');
    assert.equal((await ask('GET', token)).status, 200);
  });

  test('stays when it is root', async () => {
    const root = await gateway.services.accounts.findRoot();
    assert.ok(root !== undefined);
    await gateway.services.profiles.setPassword(root, { password: OTHER, actor: actorOf(root.id) });
    const { body } = await askApi(gateway, '/sessions', { method: 'POST', body: { name: root.name, password: OTHER } });
    assertProblem(await ask('DELETE', body.access_token, { password: OTHER }), 400, 'invalid-request');
  });

  test('without a password goes after a log-in of the last ten minutes, and not after an older one', async () => {
    const user = await passwordless(gateway, 'hal');
    makeSessionOld(gateway, user.sessionId);
    assertProblem(await ask('DELETE', user.token), 403, 'not-allowed');
    const fresh = await passwordless(gateway, 'ida');
    const reply = await ask('DELETE', fresh.token);
    assert.equal(reply.status, 204, reply.text);
  });
});

describe('changing a password', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const change = (token: string | undefined, body: object) =>
    askApi(gateway, '/accounts/me/password', { method: 'PUT', token, body });

  test('ends every session, begins another, and the new password counts', async () => {
    const user = await addApiUser(gateway, 'ann');
    const { status, body, text } = await change(user.token, { current_password: PASSWORD, new_password: OTHER });
    assert.equal(status, 200, text);
    assertProblem(await askApi(gateway, '/accounts/me', { token: user.token }), 401, 'invalid-token');
    assert.equal((await askApi(gateway, '/accounts/me', { token: body.access_token })).status, 200);
    const logIn = (password: string) =>
      askApi(gateway, '/sessions', { method: 'POST', body: { name: 'ann', password } });
    assertProblem(await logIn(PASSWORD), 401, 'invalid-credentials');
    assert.equal((await logIn(OTHER)).status, 201);
  });

  test('is done once by what counted until then: of changes at once one is', async () => {
    const { token } = await addApiUser(gateway, 'twin');
    const wishes = Array.from({ length: 4 }, (_, index) => `${OTHER} ${index}`);
    const replies = await Promise.all(
      wishes.map((new_password) => change(token, { current_password: PASSWORD, new_password })),
    );
    const [done, ...others] = replies.toSorted((a, b) => a.status - b.status);
    assert.equal(done?.status, 200, done?.text);
    for (const other of others) assert.equal(other.status, 401, other.text);
    assert.equal((await askApi(gateway, '/accounts/me', { token: done.body.access_token })).status, 200);
  });

  test('needs the old one', async () => {
    const { token } = await addApiUser(gateway, 'bea');
    const missing = await change(token, { new_password: OTHER });
    assertProblem(missing, 400, 'invalid-request');
    assert.equal(missing.body.errors[0].field, '/current_password');
    assertProblem(await change(token, { current_password: 'wrong', new_password: OTHER }), 401, 'invalid-credentials');
    assertProblem(await change(undefined, { new_password: OTHER }), 401, 'not-authenticated');
  });

  test('takes none that is not allowed, and names the field', async () => {
    const { token } = await addApiUser(gateway, 'cleo');
    const weak = await change(token, { current_password: PASSWORD, new_password: 'password1234' });
    assertProblem(weak, 400, 'weak-password');
    assert.equal(weak.body.errors[0].field, '/new_password');
    assert.equal((await askApi(gateway, '/accounts/me', { token })).status, 200);
  });

  test('an account without one sets one after a log-in of the last ten minutes', async () => {
    const old = await passwordless(gateway, 'dan');
    makeSessionOld(gateway, old.sessionId);
    assertProblem(await change(old.token, { new_password: OTHER }), 403, 'not-allowed');
    const fresh = await passwordless(gateway, 'eve');
    assert.equal((await change(fresh.token, { new_password: OTHER })).status, 200);
    const body = { name: 'eve', password: OTHER };
    assert.equal((await askApi(gateway, '/sessions', { method: 'POST', body })).status, 201);
  });

  test('of two who change it at once with the same old one, the account has one of the two', async () => {
    const { token } = await addApiUser(gateway, 'fay');
    const candidates = ['the first of two horses', 'the second of two horses'];
    await Promise.all(candidates.map((new_password) => change(token, { current_password: PASSWORD, new_password })));
    const replies = await Promise.all(
      candidates.map((password) => askApi(gateway, '/sessions', { method: 'POST', body: { name: 'fay', password } })),
    );
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 401]);
  });
});

function actorOf(accountId: string) {
  return { accountId, address: null, userAgent: 'test' };
}
