import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const ACTOR = { accountId: null, address: '127.0.0.1', userAgent: 'test' };

let gateway: TestGateway;
let ann: ApiUser;

before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann', { email: 'ann@example.com' });
});
after(() => gateway.stop());

const post = (path: string, body?: unknown, headers = {}) =>
  askApi(gateway, path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
const get = (path: string, token?: string) => askApi(gateway, path, { token });
const remove = (path: string, token?: string) => askApi(gateway, path, { method: 'DELETE', token });
/** A session of its own, for a test that ends it. */
const logIn = async (name = 'ann') => (await post('/sessions', { name, password: PASSWORD })).body;

describe('POST /sessions', () => {
  test('makes a session with a token pair that says how long it counts', async () => {
    const { status, body, headers } = await post('/sessions', { name: 'ann', password: PASSWORD });
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), [
      'access_token',
      'account',
      'expires_at',
      'expires_in',
      'refresh_expires_at',
      'refresh_token',
      'session_id',
      'token_type',
    ]);
    assert.deepEqual(body.account, { id: ann.id, name: 'ann', role: 'member' });
    assert.equal(body.token_type, 'Bearer');
    assert.ok(body.expires_in > 890 && body.expires_in <= 900);
    assert.ok(Math.abs(Date.parse(body.expires_at) - Date.now() - 900_000) < 10_000);
    assert.ok(Math.abs(Date.parse(body.refresh_expires_at) - Date.now() - 720 * 3_600_000) < 10_000);
    assert.equal(headers.get('set-cookie'), null);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal((await get('/sessions/current', body.access_token)).status, 200);
  });

  test('takes an e-mail as the name or in its place, in whatever case', async () => {
    for (const login of [{ email: 'ann@example.com' }, { name: 'Ann@Example.com' }, { name: 'ANN' }]) {
      const { status, body } = await post('/sessions', { ...login, password: PASSWORD });
      assert.deepEqual([status, body.account?.name], [201, 'ann']);
    }
  });

  test('tells a wrong password, an unknown name, and an account without a password the same', async () => {
    await gateway.services.accounts.create({ name: 'keyless' });
    const refusals = await Promise.all(
      [
        { name: 'ann', password: 'wrong' },
        { name: 'nobody', password: PASSWORD },
        { email: 'nobody@example.com', password: PASSWORD },
        { name: 'keyless', password: PASSWORD },
      ].map((body) => post('/sessions', body)),
    );
    for (const refusal of refusals) {
      assertProblem(refusal, 401, 'invalid-credentials');
      assert.deepEqual(refusal.body, refusals[0]?.body);
      assert.equal(refusal.headers.get('www-authenticate'), 'Bearer realm="gatehouse"');
    }
  });

  test('names the field that is wrong', async () => {
    for (const [body, field] of [
      [{ password: PASSWORD }, '/name'],
      [{ name: 'ann' }, '/password'],
      [{ name: 'ann', email: 'ann@example.com', password: PASSWORD }, '/email'],
      [{ name: '', password: PASSWORD }, '/name'],
      [{ name: 'a'.repeat(257), password: PASSWORD }, '/name'],
      [{ name: 'ann', password: 'p'.repeat(1025) }, '/password'],
      [{ name: 'ann', password: 7 }, '/password'],
      [{ name: 'ann', password: PASSWORD, code: '' }, '/code'],
      [{ name: 'ann', password: PASSWORD, transport: 'pigeon' }, '/transport'],
      [{ name: 'ann', password: PASSWORD, remember: true }, '/remember'],
    ] as const) {
      const reply = await post('/sessions', body);
      assertProblem(reply, 400, 'invalid-request');
      const fields = reply.body.errors.map((error: { field: string }) => error.field);
      assert.ok(fields.includes(field), `${field}: ${reply.text}`);
    }
    assertProblem(await post('/sessions'), 400, 'invalid-request');
    assertProblem(await post('/sessions', [ann]), 400, 'invalid-request');
  });

  test('is not for accounts that are disabled', async () => {
    await addApiUser(gateway, 'ben');
    await gateway.services.accounts.disable('ben');
    assertProblem(await post('/sessions', { name: 'ben', password: PASSWORD }), 401, 'invalid-credentials');
  });
});

describe('POST /sessions/refresh', () => {
  test('exchanges the refresh token for a new pair of the same session', async () => {
    const first = await logIn();
    const { status, body } = await post('/sessions/refresh', { refresh_token: first.refresh_token });
    assert.equal(status, 200);
    assert.equal(body.session_id, first.session_id);
    assert.equal(body.refresh_expires_at, first.refresh_expires_at, 'the session ends when it was to end');
    assert.notEqual(body.refresh_token, first.refresh_token);
    assert.equal((await get('/sessions/current', body.access_token)).body.id, first.session_id);
    assert.equal((await post('/sessions/refresh', { refresh_token: body.refresh_token })).status, 200);
  });

  test('ends the session when a token comes a second time', async () => {
    const first = await logIn();
    const second = (await post('/sessions/refresh', { refresh_token: first.refresh_token })).body;
    assertProblem(await post('/sessions/refresh', { refresh_token: first.refresh_token }), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: second.refresh_token }), 401, 'invalid-token');
    assertProblem(await get('/sessions/current', second.access_token), 401, 'invalid-token');
  });

  test('refuses what is no refresh token', async () => {
    const { access_token } = await logIn();
    for (const refresh_token of ['nonsense', access_token, 'A'.repeat(43)]) {
      assertProblem(
        await post('/sessions/refresh', { refresh_token: refresh_token.slice(0, 512) }),
        401,
        'invalid-token',
      );
    }
    for (const body of [undefined, {}, { refresh_token: '' }, { refresh_token: null }, { token: 'x' }, 'x'])
      assertProblem(await post('/sessions/refresh', body), 400, 'invalid-request');
  });

  test('is not for accounts that were disabled since', async () => {
    const { refreshToken } = await addApiUser(gateway, 'cat');
    await gateway.services.accounts.disable('cat');
    await gateway.services.accounts.enable('cat');
    assertProblem(await post('/sessions/refresh', { refresh_token: refreshToken }), 401, 'invalid-token');
  });
});

describe('GET /sessions', () => {
  test('lists your own, the newest first, and says which one asks', async () => {
    const dan = await addApiUser(gateway, 'dan');
    const second = await logIn('dan');
    const { status, body } = await get('/sessions', second.access_token);
    assert.equal(status, 200);
    const ids = body.items.map((item: { id: string }) => item.id);
    assert.deepEqual([...ids].sort().reverse(), ids);
    assert.deepEqual(new Set(ids), new Set([dan.sessionId, second.session_id]));
    const [mine] = body.items.filter((item: { current: boolean }) => item.current);
    assert.deepEqual(Object.keys(mine).sort(), [
      'address',
      'created_at',
      'current',
      'expires_at',
      'id',
      'last_used_at',
      'methods',
      'user_agent',
    ]);
    assert.deepEqual([mine.id, mine.methods, mine.address], [second.session_id, ['password'], '127.0.0.1']);
    assert.equal(body.next, null);
  });

  test('comes in pages', async () => {
    const eve = await addApiUser(gateway, 'eve');
    const account = await gateway.services.accounts.get('eve');
    for (let count = 0; count < 4; count += 1)
      await gateway.services.sessions.open(account, { methods: 'password', actor: ACTOR });
    const seen: string[] = [];
    let path = '/sessions?limit=2';
    for (let pages = 0; pages < 3; pages += 1) {
      const { body } = await get(path, eve.token);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      path = `/sessions?limit=2&cursor=${body.next}`;
      assert.equal(body.next === null, pages === 2);
    }
    assert.equal(new Set(seen).size, 5);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=!', 'page=2'])
      assertProblem(await get(`/sessions?${query}`, eve.token), 400, 'invalid-request');
  });

  test('current tells the one that asks', async () => {
    const { status, body } = await get('/sessions/current', ann.token);
    assert.equal(status, 200);
    assert.deepEqual([body.id, body.current, body.account.name], [ann.sessionId, true, 'ann']);
    assert.match(body.csrf_token, /^[0-9a-f]{64}$/);
  });
});

describe('DELETE /sessions', () => {
  test('ends the one that asks, with its refresh token', async () => {
    const session = await logIn();
    const reply = await remove('/sessions/current', session.access_token);
    assert.deepEqual([reply.status, reply.text], [204, '']);
    assertProblem(await remove('/sessions/current', session.access_token), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: session.refresh_token }), 401, 'invalid-token');
  });

  test('ends another of yours', async () => {
    const [one, other] = [await logIn(), await logIn()];
    assert.equal((await remove(`/sessions/${other.session_id}`, one.access_token)).status, 204);
    assertProblem(await get('/sessions/current', other.access_token), 401, 'invalid-token');
    assert.equal((await get('/sessions/current', one.access_token)).status, 200);
    assertProblem(await remove(`/sessions/${other.session_id}`, one.access_token), 404, 'no-such-session');
  });

  test('ends none of somebody else, and says the same as of one that is not there', async () => {
    const fay = await addApiUser(gateway, 'fay');
    const foreign = await remove(`/sessions/${ann.sessionId}`, fay.token);
    assertProblem(foreign, 404, 'no-such-session');
    assert.deepEqual((await remove('/sessions/nothing', fay.token)).body, foreign.body);
    assert.equal((await get('/sessions/current', ann.token)).status, 200);
    assertProblem(await remove(`/sessions/${'x'.repeat(65)}`, fay.token), 400, 'invalid-request');
  });

  test('everywhere ends all of them, and the epoch is another', async () => {
    const gus = await addApiUser(gateway, 'gus');
    const other = await logIn('gus');
    const { epoch } = await gateway.services.accounts.get('gus');
    assert.equal((await remove('/sessions', gus.token)).status, 204);
    for (const token of [gus.token, other.access_token])
      assertProblem(await get('/sessions/current', token), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: other.refresh_token }), 401, 'invalid-token');
    assert.equal((await gateway.services.accounts.get('gus')).epoch, epoch + 1);
    assert.equal((await post('/sessions', { name: 'gus', password: PASSWORD })).status, 201);
  });

  test('nobody may who has not logged in', async () => {
    for (const [method, path] of [
      ['GET', '/sessions'],
      ['GET', '/sessions/current'],
      ['DELETE', '/sessions'],
      ['DELETE', '/sessions/current'],
      ['DELETE', `/sessions/${ann.sessionId}`],
    ] as const) {
      const reply = await askApi(gateway, path, { method });
      assertProblem(reply, 401, 'not-authenticated');
      assert.equal(
        reply.headers.get('www-authenticate'),
        'Bearer realm="gatehouse"',
        'no error where there is no token',
      );
    }
  });
});
