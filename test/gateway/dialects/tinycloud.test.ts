import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addApiUser, askApi, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

suite('the accounts of the dialect `tinycloud`', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
    await addApiUser(gateway, 'tina');
  });
  after(() => gateway.stop());

  async function logIn(): Promise<{ readonly cookie: string; readonly csrf: string }> {
    const body = { name: 'tina', password: PASSWORD, transport: 'cookie' };
    const reply = await askApi(gateway, '/sessions', { method: 'POST', body });
    assert.equal(reply.status, 201, reply.text);
    const cookies = reply.headers.getSetCookie();
    for (const cookie of cookies) assert.match(cookie, /; HttpOnly/);
    return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; '), csrf: reply.body.csrf_token };
  }

  test('the token is an HttpOnly cookie, and raising the epoch invalidates all tokens at once', async () => {
    const [first, second] = [await logIn(), await logIn()];
    for (const { cookie } of [first, second]) {
      assert.equal((await askApi(gateway, '/accounts/me', { headers: { Cookie: cookie } })).status, 200);
    }
    const headers = { Cookie: first.cookie, 'X-CSRF-Token': first.csrf };
    assert.equal((await askApi(gateway, '/sessions', { method: 'DELETE', headers })).status, 204);
    for (const { cookie } of [first, second]) {
      assert.equal((await askApi(gateway, '/accounts/me', { headers: { Cookie: cookie } })).status, 401);
    }
  });

  test('the API is documented at /api/docs and /api/redoc', async () => {
    for (const path of ['/api/docs', '/api/redoc']) {
      const reply = await fetch(gateway.apiUrl + path);
      assert.equal(reply.status, 200, path);
      assert.match(reply.headers.get('content-type') ?? '', /text\/html/);
    }
  });
});
