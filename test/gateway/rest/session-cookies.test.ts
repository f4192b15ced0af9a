import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { addTotp, codeOf } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const OUR_PAGE = { 'Sec-Fetch-Site': 'same-origin' };

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway();
  await addApiUser(gateway, 'ann');
});
after(() => gateway.stop());

/** The cookies that a reply sets, as a browser would send them, and what it says of them. */
function cookiesOf(reply: ApiReply): {
  readonly sent: Record<string, string>;
  readonly attributes: Record<string, string>;
} {
  const parsed = reply.headers.getSetCookie().map((line) => /^([^=]+)=([^;]*); (.*)$/.exec(line) ?? []);
  return {
    sent: Object.fromEntries(parsed.map(([, name = '', value = '']) => [name, value])),
    attributes: Object.fromEntries(parsed.map(([, name = '', , rest = '']) => [name, rest])),
  };
}

function asHeader(cookies: Record<string, string>): Record<string, string> {
  return {
    Cookie: Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; '),
  };
}

const logIn = (headers: Record<string, string> = OUR_PAGE, on: TestGateway = gateway) =>
  askApi(on, '/sessions', {
    method: 'POST',
    headers,
    body: { name: 'ann', password: PASSWORD, transport: 'cookie' },
  });

async function begin() {
  const reply = await logIn();
  const { sent } = cookiesOf(reply);
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    askApi(gateway, path, { method, headers: { ...asHeader(sent), ...headers } });
  return { sent, ask, csrf: { 'X-CSRF-Token': reply.body.csrf_token as string } };
}

describe('a log-in with cookies', () => {
  test('sets them so that no script reads them, and shows no token', async () => {
    const reply = await logIn();
    assert.equal(reply.status, 201);
    assert.deepEqual(Object.keys(reply.body).sort(), [
      'account',
      'csrf_token',
      'expires_at',
      'expires_in',
      'refresh_expires_at',
      'session_id',
    ]);
    const { attributes } = cookiesOf(reply);
    assert.deepEqual(attributes, {
      gatehouse_access: 'Max-Age=900; Path=/; HttpOnly; SameSite=Lax',
      gatehouse_refresh: 'Max-Age=2592000; Path=/api/v1/sessions; HttpOnly; SameSite=Strict',
    });
  });

  test('sets them for TLS alone where that is how clients come', async () => {
    const secure = await startGateway({ GATEHOUSE_PUBLIC_API_URL: 'https://gate.example' });
    try {
      await addApiUser(secure, 'ann');
      const { attributes } = cookiesOf(await logIn({ Origin: 'https://gate.example' }, secure));
      for (const rest of Object.values(attributes)) assert.match(rest, /; Secure/);
      assertProblem(await logIn({ Origin: secure.apiUrl }, secure), 403, 'cross-site-request');
    } finally {
      await secure.stop();
    }
  });

  test('is refused to a foreign page, which would choose the account', async () => {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: gateway.apiUrl },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
    ]) {
      const reply = await logIn(headers);
      assertProblem(reply, 403, 'cross-site-request');
      assert.deepEqual(reply.headers.getSetCookie(), []);
    }
    for (const headers of [{}, { Origin: gateway.apiUrl }, { 'Sec-Fetch-Site': 'none' }])
      assert.equal((await logIn(headers)).status, 201);
  });
});

describe('a log-in in two steps with cookies', () => {
  test('sets them with the second step, and for a page of ours alone', async () => {
    const bob = await addApiUser(gateway, 'bob');
    const { secret } = await addTotp(gateway, bob);
    const credentials = { name: 'bob', password: PASSWORD, transport: 'cookie' };
    const first = await askApi(gateway, '/sessions', { method: 'POST', headers: OUR_PAGE, body: credentials });
    assert.deepEqual([first.status, first.body.status], [202, 'second-factor-required']);
    assert.deepEqual(Object.keys(first.body).sort(), ['challenge_token', 'expires_at', 'methods', 'status']);
    assert.deepEqual(first.headers.getSetCookie(), []);
    // That of now was used to set it up.
    const body = { challenge_token: first.body.challenge_token, code: codeOf(secret, 1), transport: 'cookie' };
    const prove = (headers: Record<string, string>) =>
      askApi(gateway, '/sessions/second-factor', { method: 'POST', headers, body });
    assertProblem(await prove({ 'Sec-Fetch-Site': 'cross-site' }), 403, 'cross-site-request');
    const second = await prove(OUR_PAGE);
    assert.equal(second.status, 201, second.text);
    assert.equal(second.body.access_token, undefined);
    const { sent } = cookiesOf(second);
    const { body: current } = await askApi(gateway, '/sessions/current', { headers: asHeader(sent) });
    assert.deepEqual([current.account.name, current.methods], ['bob', ['password', 'totp']]);
  });
});

describe('a request with cookies', () => {
  test('reads as it is, and changes something for a page of ours alone', async () => {
    const { ask, csrf } = await begin();
    assert.equal((await ask('GET', '/sessions', { 'Sec-Fetch-Site': 'cross-site' })).status, 200);
    const path = '/sessions/nothing';
    for (const foreign of [
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', ...csrf },
      { Origin: 'https://evil.example' },
      { Origin: 'https://evil.example', ...csrf },
      { 'X-CSRF-Token': 'wrong' },
      { ...OUR_PAGE, 'X-CSRF-Token': 'wrong' },
      { ...OUR_PAGE, 'X-CSRF-Token': '' },
    ]) {
      assertProblem(await ask('DELETE', path, foreign), 403, 'cross-site-request');
    }
    for (const own of [csrf, OUR_PAGE, { Origin: gateway.apiUrl }, { ...OUR_PAGE, ...csrf }])
      assertProblem(await ask('DELETE', path, own), 404, 'no-such-session');
  });

  test('is not helped by the CSRF token of another session', async () => {
    const [one, other] = [await begin(), await begin()];
    assertProblem(await one.ask('DELETE', '/sessions/nothing', other.csrf), 403, 'cross-site-request');
  });

  test('finds its CSRF token again', async () => {
    const { ask, csrf } = await begin();
    assert.equal((await ask('GET', '/sessions/current')).body.csrf_token, csrf['X-CSRF-Token']);
  });

  test('counts by its Authorization header where it has one, be that good or bad', async () => {
    const { ask, sent } = await begin();
    const { body } = await askApi(gateway, '/sessions', {
      method: 'POST',
      body: { name: 'ann', password: PASSWORD },
    });
    const bearer = { Authorization: `Bearer ${body.access_token}` };
    const other = await ask('GET', '/sessions/current', bearer);
    assert.equal(other.body.id, body.session_id);
    // No browser sends a token along by itself: there is nothing to forge.
    assertProblem(await ask('DELETE', '/sessions/nothing', bearer), 404, 'no-such-session');
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer "quoted"',
      `Bearer ${body.access_token},x`,
    ]) {
      const refusal = await ask('GET', '/sessions/current', { Authorization: authorization });
      assertProblem(refusal, 401, 'invalid-token');
      assert.match(refusal.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
    }
    for (const authorization of ['', 'Basic YW5uOnB3', 'AWS4-HMAC-SHA256 x', sent.gatehouse_access ?? '']) {
      assertProblem(await ask('GET', '/sessions/current', { Authorization: authorization }), 401, 'not-authenticated');
    }
  });

  test('counts for nobody when there are two of a name', async () => {
    const { sent } = await begin();
    const other = (await begin()).sent;
    const twice = { Cookie: `gatehouse_access=${other.gatehouse_access}; gatehouse_access=${sent.gatehouse_access}` };
    assertProblem(await askApi(gateway, '/sessions', { headers: twice }), 401, 'not-authenticated');
    const refreshes = { Cookie: `gatehouse_refresh=${other.gatehouse_refresh}; gatehouse_refresh=x`, ...OUR_PAGE };
    const refused = await askApi(gateway, '/sessions/refresh', { method: 'POST', headers: refreshes });
    assertProblem(refused, 400, 'invalid-request');
  });

  test('takes no other token for a cookie', async () => {
    const { sent } = await begin();
    for (const value of [sent.gatehouse_refresh ?? '', 'nonsense'])
      assertProblem(
        await askApi(gateway, '/sessions', { headers: asHeader({ gatehouse_access: value }) }),
        401,
        'invalid-token',
      );
    assertProblem(
      await askApi(gateway, '/sessions', { headers: asHeader({ gatehouse_access: '' }) }),
      401,
      'not-authenticated',
    );
  });
});

describe('a refresh with cookies', () => {
  test('sets new ones', async () => {
    const { ask, sent, csrf } = await begin();
    const reply = await ask('POST', '/sessions/refresh', csrf);
    assert.equal(reply.status, 200);
    assert.equal(reply.body.refresh_token, undefined);
    assert.equal(reply.body.csrf_token, csrf['X-CSRF-Token'], 'the session is the same');
    const fresh = cookiesOf(reply).sent;
    assert.notEqual(fresh.gatehouse_refresh, sent.gatehouse_refresh);
    assert.equal((await askApi(gateway, '/sessions', { headers: asHeader(fresh) })).status, 200);
  });

  test('is refused to a foreign page, which uses nothing up', async () => {
    const { ask, csrf } = await begin();
    for (const foreign of [
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example' },
      { 'X-CSRF-Token': 'wrong' },
    ])
      assertProblem(await ask('POST', '/sessions/refresh', foreign), 403, 'cross-site-request');
    assert.equal((await ask('POST', '/sessions/refresh', csrf)).status, 200);
  });

  test('ends the session when a cookie comes a second time', async () => {
    const { ask, csrf } = await begin();
    const fresh = cookiesOf(await ask('POST', '/sessions/refresh', csrf)).sent;
    assertProblem(await ask('POST', '/sessions/refresh', csrf), 401, 'invalid-token');
    assertProblem(await askApi(gateway, '/sessions', { headers: asHeader(fresh) }), 401, 'invalid-token');
  });

  test('a token in the body counts before the cookie, and is answered with tokens', async () => {
    const { sent } = await begin();
    const other = (await begin()).sent;
    const reply = await askApi(gateway, '/sessions/refresh', {
      method: 'POST',
      headers: asHeader(sent),
      body: { refresh_token: other.gatehouse_refresh },
    });
    assert.equal(reply.status, 200);
    assert.equal(typeof reply.body.refresh_token, 'string');
    assert.deepEqual(reply.headers.getSetCookie(), []);
  });
});

describe('a log-out with cookies', () => {
  test('makes the browser forget them', async () => {
    for (const path of ['/sessions/current', '/sessions']) {
      const { ask, csrf } = await begin();
      const reply = await ask('DELETE', path, csrf);
      assert.equal(reply.status, 204);
      const { sent, attributes } = cookiesOf(reply);
      assert.deepEqual(sent, { gatehouse_access: '', gatehouse_refresh: '' });
      assert.match(attributes.gatehouse_access ?? '', /Max-Age=0; Path=\/;|Path=\/; .*Expires=Thu, 01 Jan 1970/);
      assert.match(attributes.gatehouse_refresh ?? '', /Path=\/api\/v1\/sessions;/);
    }
  });

  test('of another session leaves them', async () => {
    const [one, other] = [await begin(), await begin()];
    const { body } = await other.ask('GET', '/sessions/current');
    const reply = await one.ask('DELETE', `/sessions/${body.id}`, one.csrf);
    assert.deepEqual([reply.status, reply.headers.getSetCookie()], [204, []]);
  });
});
