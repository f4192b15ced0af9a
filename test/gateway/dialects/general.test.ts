import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { type ApiReply, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** The requests as that API's own documentation has them: with passwords of five and six characters. */
suite('the accounts of the dialect `general`', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off' });
    const reply = await post('/api/v1/user/register', { name: 'cary', password: '123456' });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.body, { _status: 'OK' });
  });
  after(() => gateway.stop());

  function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiReply> {
    return askApi(gateway, path, { method: 'POST', body, headers });
  }

  async function logIn(name: string, password: string): Promise<string> {
    const reply = await post('/api/v1/user/login', { name, password });
    assert.equal(reply.status, 200, reply.text);
    return reply.body.access_token;
  }

  test('a log-in answers with a token and who it is for, and the token counts on the JSON API', async () => {
    const reply = await post('/api/v1/user/login', { name: 'cary', password: '123456' });
    assert.equal(reply.body._status, 'OK');
    assert.equal(reply.body.user_name, 'cary');
    const me = await askApi(gateway, '/accounts/me', { token: reply.body.access_token });
    assert.equal(me.body.id, reply.body.user_id);
  });

  test('a changed password makes older tokens worthless, whichever header bears them', async () => {
    await post('/api/v1/user/register', { name: 'changer', password: '123456' });
    const [first, second] = [await logIn('changer', '123456'), await logIn('changer', '123456')];
    const changed = await post('/api/v1/user/change_pwd', { password: '12345' }, { 'If-Match': `token ${first}` });
    assert.deepEqual(changed.body, { _status: 'OK' });
    for (const [name, value] of [
      ['If-Match', `token ${first}`],
      ['Authorization', `Bearer ${second}`],
    ] as const) {
      const refused = await post('/api/v1/user/change_pwd', { password: '1234567' }, { [name]: value });
      assertError(refused, 401);
    }
    assertError(await post('/api/v1/user/login', { name: 'changer', password: '123456' }), 401);
    await logIn('changer', '12345');
  });

  test('a session that is refreshed and began long ago changes no password, as nobody is asked for the old one', async () => {
    await post('/api/v1/user/register', { name: 'stolen', password: '123456' });
    const token = await logIn('stolen', '123456');
    age('created_at');
    const change = (bearer: string) =>
      post('/api/v1/user/change_pwd', { password: '654321' }, { 'If-Match': `token ${bearer}` });
    assertError(await change(token), 403);
    assert.deepEqual((await change(await logIn('stolen', '123456'))).body, { _status: 'OK' });
  });

  test('the token of a log-in changes the password as long as it counts', async () => {
    await post('/api/v1/user/register', { name: 'patient', password: '123456' });
    const headers = { 'If-Match': `token ${await logIn('patient', '123456')}` };
    age('created_at', 'last_used_at');
    assert.deepEqual((await post('/api/v1/user/change_pwd', { password: '654321' }, headers)).body, { _status: 'OK' });
  });

  /** As if these had been eleven minutes earlier. */
  function age(...columns: readonly string[]): void {
    const database = openDatabase(join(gateway.dataFolder, 'metadata.db'));
    for (const column of columns) {
      database.exec(`UPDATE sessions SET ${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-11 minutes')`);
    }
    database.close();
  }

  test('a bearer token is taken as well, and a cookie is not', async () => {
    await post('/api/v1/user/register', { name: 'bearer', password: '123456' });
    const token = await logIn('bearer', '123456');
    assertError(await post('/api/v1/user/change_pwd', { password: '1' }, { Cookie: `gatehouse_access=${token}` }), 401);
    const changed = await post('/api/v1/user/change_pwd', { password: '7' }, { Authorization: `Bearer ${token}` });
    assert.equal(changed.status, 200, changed.text);
  });

  test('errors are told in the words of that API', async () => {
    assertError(await post('/api/v1/user/register', { name: 'cary', password: '123456' }), 409);
    assertError(await post('/api/v1/user/register', { name: 'cary' }), 400);
    assertError(await post('/api/v1/user/register', { name: 'a b', password: '123456' }), 400);
    assertError(await post('/api/v1/user/register', '"'), 400);
    assertError(await post('/api/v1/user/login', { name: 'cary', password: 'wrong' }), 401);
    assertError(await post('/api/v1/user/login', { name: 'nobody', password: 'wrong' }), 401);
    assertError(await post('/api/v1/user/change_pwd', { password: '1' }), 401);
    assertError(await post('/api/v1/user/change_pwd', { password: '1' }, { 'If-Match': 'token nonsense' }), 401);
    assertError(await askApi(gateway, '/api/v1/user/oauth?type=github&code=c'), 400);
    const redirect = encodeURIComponent('http://127.0.0.1/callback');
    assertError(await askApi(gateway, `/api/v1/user/oauth?type=none&code=c&state=s&redirect_uri=${redirect}`), 404);
  });

  test('a wrong method is told in the words of that API, too', async () => {
    const reply = await askApi(gateway, '/api/v1/user/login');
    assertError(reply, 405);
    assert.equal(reply.headers.get('allow'), 'POST');
  });

  test('a form is taken where JSON is', async () => {
    const form = (path: string) =>
      fetch(`${gateway.apiUrl}${path}`, {
        method: 'POST',
        body: new URLSearchParams({ name: 'form', password: '123456' }),
      });
    assert.equal((await form('/api/v1/user/register')).status, 200);
    assert.equal((await form('/api/v1/user/login')).status, 200);
  });

  test('JSON that curl calls a form is taken for what it is', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const register = (body: string) =>
      fetch(`${gateway.apiUrl}/api/v1/user/register`, { method: 'POST', headers, body });
    assert.equal((await register('{"name":"curl","password":"123456"}')).status, 200);
    assert.equal((await register('{"name":"curl","password":')).status, 400);
  });
});

test('with the policy `strict` a short password of the dialect `general` is a 400 that says the rule', async () => {
  const gateway = await startGateway();
  try {
    const body = { name: 'cary', password: '123456' };
    const reply = await askApi(gateway, '/api/v1/user/register', { method: 'POST', body });
    assertError(reply, 400);
    assert.match(reply.body._error.message, /12/);
  } finally {
    await gateway.stop();
  }
});

function assertError(reply: ApiReply, status: number): void {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.body._status, 'ERR');
  assert.equal(reply.body._error.code, status);
  assert.equal(typeof reply.body._error.message, 'string');
}
