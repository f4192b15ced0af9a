import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

suite('the accounts of the dialect `objectstore`', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off' });
  });
  after(() => gateway.stop());

  test('JSON, a URL-encoded form and a multipart form register and log in alike', async () => {
    for (const [username, encode] of [
      ['json', (body: Credentials) => JSON.stringify(body)],
      ['urlencoded', (body: Credentials) => new URLSearchParams({ ...body })],
      ['multipart', (body: Credentials) => toForm(body)],
    ] as const) {
      const headers: Record<string, string> = username === 'json' ? { 'Content-Type': 'application/json' } : {};
      const send = (path: string) => {
        const body = encode({ username, password: 'secret' });
        return fetch(gateway.apiUrl + path, { method: 'POST', headers, body });
      };
      const registered = await send('/users/register');
      assert.equal(registered.status, 201, username);
      const loggedIn = await send('/users/login');
      assert.equal(loggedIn.status, 200, username);
      const { access_token: token } = (await loggedIn.json()) as { access_token: string };
      const me = await askApi(gateway, '/accounts/me', { token });
      assert.equal(me.body.name, username);
      assert.equal((await send('/users/register')).status, 409, username);
    }
  });

  test('errors have a detail', async () => {
    const post = (path: string, body: unknown) => askApi(gateway, `/${path}`, { method: 'POST', body });
    for (const [path, body, status] of [
      ['/users/login', { username: 'nobody', password: 'x' }, 401],
      ['/users/login', { username: 'nobody' }, 400],
      ['/users/register', { password: 'x' }, 400],
      ['/users/register', { username: 7, password: 'x' }, 400],
      ['/users/register', { username: '../x', password: 'x' }, 400],
    ] as const) {
      const reply = await post(path, body);
      assert.equal(reply.status, status, `${path} ${JSON.stringify(body)}`);
      assert.equal(typeof reply.body.detail, 'string');
    }
  });

  test('a broken form is refused, and one with a file', async () => {
    const send = (type: string, body: string) =>
      fetch(`${gateway.apiUrl}/users/register`, { method: 'POST', headers: { 'Content-Type': type }, body });
    const cutOff = '--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nann';
    const file = '--b\r\nContent-Disposition: form-data; name="username"; filename="f"\r\n\r\nann\r\n--b--\r\n';
    assert.equal((await send('multipart/form-data; boundary=b', cutOff)).status, 400);
    assert.equal((await send('multipart/form-data; boundary=b', file)).status, 400);
    assert.equal((await send('multipart/form-data', cutOff)).status, 400);
    assert.equal((await send('text/csv', 'a,b')).status, 415);
    assert.equal((await send('application/x-www-form-urlencoded', 'a'.repeat(100_000))).status, 413);
  });
});

interface Credentials {
  readonly username: string;
  readonly password: string;
}

function toForm(body: Credentials): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.set(name, value);
  return form;
}
