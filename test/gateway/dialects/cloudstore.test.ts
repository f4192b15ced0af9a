import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

suite('the accounts of the dialect `cloudstore`', () => {
  const body = { username: 'ann', password: 'secret' };
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off' });
    const reply = await askApi(gateway, '//register', { method: 'POST', body });
    assert.equal(reply.status, 201, reply.text);
  });
  after(() => gateway.stop());

  test('a log-in sets the cookie and returns the token; both count', async () => {
    const reply = await askApi(gateway, '//login', { method: 'POST', body });
    assert.equal(reply.status, 200, reply.text);
    const cookie = reply.headers.get('set-cookie') ?? '';
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.doesNotMatch(cookie, /; Secure/);
    const me = await askApi(gateway, '/accounts/me', { token: reply.body.token });
    assert.equal(me.body.name, 'ann');
    const byCookie = await askApi(gateway, '/accounts/me', { headers: { Cookie: cookie.split(';')[0] ?? '' } });
    assert.equal(byCookie.body.name, 'ann');
  });

  test('a page of another origin cannot log its visitor in', async () => {
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const reply = await askApi(gateway, '//login', { method: 'POST', body, headers });
      assert.equal(reply.status, 403);
      assert.equal(reply.headers.get('set-cookie'), null);
    }
  });

  test('errors have an error', async () => {
    for (const [path, input, status] of [
      ['//login', { ...body, password: 'wrong' }, 401],
      ['//login', { username: 'nobody', password: 'wrong' }, 401],
      ['//login', {}, 400],
      ['//register', body, 409],
      ['//register', { username: '', password: 'x' }, 400],
    ] as const) {
      const reply = await askApi(gateway, path, { method: 'POST', body: input });
      assert.equal(reply.status, status, reply.text);
      assert.equal(typeof reply.body.error, 'string');
    }
  });
});
