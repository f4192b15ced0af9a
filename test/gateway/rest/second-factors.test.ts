import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { addTotp, codeOf, holdClock, nextCode, wrongCode } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const TOTP = '/accounts/me/factors/totp';

let gateway: TestGateway;
let count = 0;

before(async () => {
  holdClock();
  gateway = await startGateway();
});
after(async () => {
  await gateway.stop();
  mock.timers.reset();
});

const addUser = () => {
  count += 1;
  return addApiUser(gateway, `user-${count}`);
};
const ask = (method: string, path: string, { token, body }: { token?: string; body?: unknown } = {}) =>
  askApi(gateway, path, { method, token, ...(body === undefined ? {} : { body }) });
const post = (path: string, body: unknown, token?: string) =>
  ask('POST', path, { body, ...(token === undefined ? {} : { token }) });
const logIn = (user: ApiUser, code?: string) =>
  post('/sessions', { name: user.name, password: PASSWORD, ...(code === undefined ? {} : { code }) });
const challengeOf = async (user: ApiUser): Promise<string> => (await logIn(user)).body.challenge_token;
const prove = (challenge: string, code: string, method?: string) =>
  post('/sessions/second-factor', { challenge_token: challenge, code, ...(method === undefined ? {} : { method }) });
const auditOf = async (user: ApiUser): Promise<string[]> => {
  const { body } = await ask('GET', '/audit?limit=100', { token: user.token });
  return body.items.map(({ type }: { type: string }) => type);
};

describe('an authenticator app', () => {
  test('is set up with the password, and counts once a code of it was shown', async () => {
    const user = await addUser();
    const { status, body } = await post(TOTP, { password: PASSWORD }, user.token);
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), ['otpauth_url', 'secret']);
    assert.match(body.otpauth_url, new RegExp(`^otpauth://totp/Gatehouse:${user.name}\\?.*secret=${body.secret}`));
    assert.equal((await logIn(user)).status, 201, 'not asked for yet');
    assertProblem(
      await post(`${TOTP}/confirmation`, { code: wrongCode(body.secret) }, user.token),
      401,
      'invalid-code',
    );
    const code = codeOf(body.secret).replace(/^(...)/, '$1 ');
    const confirmed = await post(`${TOTP}/confirmation`, { code }, user.token);
    assert.equal(confirmed.status, 201, confirmed.text);
    assert.equal(confirmed.body.kind, 'totp');
    assert.equal(new Set(confirmed.body.recovery_codes).size, 10);
    assert.equal(confirmed.body.session, undefined);
    assertProblem(
      await post(`${TOTP}/confirmation`, { code: nextCode(body.secret) }, user.token),
      409,
      'factor-exists',
    );
    assertProblem(await post(TOTP, { password: PASSWORD }, user.token), 409, 'factor-exists');
    assert.deepEqual((await logIn(user)).body.methods, ['totp', 'recovery-code']);
    const { body: factors } = await ask('GET', '/accounts/me/factors', { token: user.token });
    assert.deepEqual(factors, {
      factors: [{ kind: 'totp', confirmed_at: confirmed.body.confirmed_at }],
      recovery_codes_left: 10,
      required: false,
    });
  });

  test('is not set up by a session alone', async () => {
    const user = await addUser();
    assertProblem(await post(TOTP, {}, user.token), 401, 'invalid-credentials');
    const wrong = await post(TOTP, { password: 'wrong' }, user.token);
    assertProblem(wrong, 401, 'invalid-credentials');
    assert.equal(wrong.body.errors[0].field, '/password');
    assertProblem(await post(TOTP, { password: PASSWORD }), 401, 'not-authenticated');
    assertProblem(await post(`${TOTP}/confirmation`, { code: '123456' }, user.token), 404, 'no-such-factor');
  });

  test('is set up without a password where the account has none, soon after the log-in alone', async () => {
    count += 1;
    const account = await gateway.services.accounts.create({ name: `user-${count}` });
    const actor = { accountId: account.id, address: '127.0.0.1', userAgent: 'test' };
    const { accessToken } = await gateway.services.sessions.open(account, { methods: 'oauth', actor });
    assert.equal((await post(TOTP, {}, accessToken)).status, 201);
    mock.timers.tick(9 * 60_000);
    const tokens = await gateway.services.sessions.open(account, { methods: 'oauth', actor });
    mock.timers.tick(10 * 60_000 - 30_000);
    assert.equal((await post(TOTP, {}, tokens.accessToken)).status, 201);
    const refreshed = await gateway.services.sessions.refresh(tokens.refreshToken, actor);
    mock.timers.tick(60_000);
    assertProblem(await post(TOTP, {}, refreshed.accessToken), 403, 'not-allowed');
  });

  test('has to be confirmed within 15 minutes', async () => {
    const user = await addUser();
    const { body } = await post(TOTP, { password: PASSWORD }, user.token);
    mock.timers.tick(15 * 60_000 + 1000);
    const { body: session } = await logIn(user);
    const late = await post(`${TOTP}/confirmation`, { code: codeOf(body.secret) }, session.access_token);
    assertProblem(late, 404, 'no-such-factor');
  });

  test('is guessed at no more often than it could be in a log-in', async () => {
    const user = await addUser();
    const { body } = await post(TOTP, { password: PASSWORD }, user.token);
    const guess = () => post(`${TOTP}/confirmation`, { code: wrongCode(body.secret) }, user.token);
    const replies = await Promise.all(Array.from({ length: 15 }, guess));
    assert.equal(replies.filter(({ status }) => status === 401).length, 10);
    assertProblem(
      await post(`${TOTP}/confirmation`, { code: codeOf(body.secret) }, user.token),
      429,
      'too-many-requests',
    );
  });

  test('is confirmed once, by one of those who confirm it at once', async () => {
    const user = await addUser();
    const { body } = await post(TOTP, { password: PASSWORD }, user.token);
    const confirm = () => post(`${TOTP}/confirmation`, { code: codeOf(body.secret) }, user.token);
    const replies = await Promise.all(Array.from({ length: 5 }, confirm));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  test('ends the other sessions, and not the one that set it up', async () => {
    const user = await addUser();
    const { body: other } = await logIn(user);
    await addTotp(gateway, user);
    assert.equal((await ask('GET', '/sessions/current', { token: user.token })).status, 200);
    assertProblem(await ask('GET', '/sessions/current', { token: other.access_token }), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: other.refresh_token }), 401, 'invalid-token');
  });

  test('leaves no session of a log-in that is under way when it is confirmed', async () => {
    const user = await addUser();
    const { body } = await post(TOTP, { password: PASSWORD }, user.token);
    const logIns = Array.from({ length: 6 }, () => logIn(user));
    await Promise.race(logIns);
    const confirmed = await post(`${TOTP}/confirmation`, { code: codeOf(body.secret) }, user.token);
    assert.equal(confirmed.status, 201);
    await Promise.all(logIns);
    const { body: sessions } = await ask('GET', '/sessions', { token: user.token });
    assert.deepEqual(
      sessions.items.map(({ id }: { id: string }) => id),
      [user.sessionId],
    );
  });
});

describe('a log-in with an authenticator app', () => {
  test('takes the code with the password or after it, and tells how it was done', async () => {
    const user = await addTotp(gateway, await addUser());
    const { status, body } = await logIn(user, nextCode(user.secret));
    assert.equal(status, 201);
    const { body: session } = await ask('GET', '/sessions/current', { token: body.access_token });
    assert.deepEqual(session.methods, ['password', 'totp']);
    const proven = await prove(await challengeOf(user), nextCode(user.secret), 'totp');
    assert.equal(proven.status, 201, proven.text);
  });

  test('takes no code twice, nor one older than the last that was taken', async () => {
    const user = await addTotp(gateway, await addUser());
    const challenge = await challengeOf(user);
    assertProblem(await prove(challenge, codeOf(user.secret)), 401, 'invalid-code');
    const older = nextCode(user.secret);
    const code = nextCode(user.secret);
    assert.equal((await prove(challenge, code)).status, 201);
    assertProblem(await prove(challenge, code), 401, 'invalid-code');
    assertProblem(await prove(challenge, older), 401, 'invalid-code');
  });

  test('takes one code for one of those who show it at once', async () => {
    const user = await addTotp(gateway, await addUser());
    const challenge = await challengeOf(user);
    const code = nextCode(user.secret);
    const replies = await Promise.all(Array.from({ length: 8 }, () => prove(challenge, code)));
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  });

  test('takes a code of a clock that is a step off, and of none that is further off', async () => {
    const user = await addTotp(gateway, await addUser());
    mock.timers.tick(5 * 60_000);
    const challenge = await challengeOf(user);
    for (const steps of [-2, 2]) assertProblem(await prove(challenge, codeOf(user.secret, steps)), 401, 'invalid-code');
    assert.equal((await prove(challenge, codeOf(user.secret, -1))).status, 201);
    assert.equal((await prove(challenge, codeOf(user.secret, 1))).status, 201);
  });

  test('ends in 429 after some wrong codes, also for the right one, and told in the audit trail', async () => {
    const user = await addTotp(gateway, await addUser());
    const challenge = await challengeOf(user);
    const wrong = wrongCode(user.secret);
    const replies = await Promise.all(Array.from({ length: 30 }, () => prove(challenge, wrong)));
    const statuses = replies.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, 10);
    assert.equal(statuses.filter((status) => status === 429).length, 20);
    const refused = await prove(challenge, nextCode(user.secret));
    assertProblem(refused, 429, 'too-many-requests');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await auditOf(user)).filter((type) => type === 'factor.refused').length, 10);
  });

  test('gives the attempts back to who was right', async () => {
    const user = await addTotp(gateway, await addUser());
    for (let round = 0; round < 3; round += 1) {
      const challenge = await challengeOf(user);
      for (let guess = 0; guess < 4; guess += 1) await prove(challenge, wrongCode(user.secret));
      assert.equal((await prove(challenge, nextCode(user.secret))).status, 201);
    }
  });

  test('takes a challenge for that alone, and nothing else for a challenge', async () => {
    const user = await addTotp(gateway, await addUser());
    const challenge = await challengeOf(user);
    for (const path of ['/accounts/me/factors', '/sessions', '/sessions/current']) {
      assertProblem(await ask('GET', path, { token: challenge }), 401, 'invalid-token');
    }
    assertProblem(await post(TOTP, {}, challenge), 401, 'invalid-token');
    for (const token of [user.token, user.refreshToken, 'x', `${challenge.slice(0, -4)}AAAA`]) {
      assertProblem(await prove(token, nextCode(user.secret)), 401, 'invalid-token');
    }
    const other = await addTotp(gateway, await addUser());
    assertProblem(await prove(challenge, nextCode(other.secret)), 401, 'invalid-code');
    mock.timers.tick(5 * 60_000);
    assertProblem(await prove(challenge, nextCode(user.secret)), 401, 'invalid-token');
  });

  test('takes a challenge no more once the account was logged out everywhere', async () => {
    const user = await addTotp(gateway, await addUser());
    const challenge = await challengeOf(user);
    assert.equal((await ask('DELETE', '/sessions', { token: user.token })).status, 204);
    assertProblem(await prove(challenge, nextCode(user.secret)), 401, 'invalid-token');
  });
});

describe('recovery codes', () => {
  test('log in once each, however they are written', async () => {
    const user = await addTotp(gateway, await addUser());
    const [first = '', second = ''] = user.recoveryCodes;
    const challenge = await challengeOf(user);
    assert.equal((await prove(challenge, first.toUpperCase().replaceAll('-', ' '))).status, 201);
    assertProblem(await prove(challenge, first), 401, 'invalid-code');
    assertProblem(await prove(challenge, second, 'totp'), 401, 'invalid-code');
    const replies = await Promise.all(Array.from({ length: 8 }, () => prove(challenge, second, 'recovery-code')));
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
    const { body } = await ask('GET', '/accounts/me/factors', { token: user.token });
    assert.equal(body.recovery_codes_left, 8);
    assert.equal((await auditOf(user)).filter((type) => type === 'recovery-code.used').length, 2);
  });

  test('are of one account', async () => {
    const user = await addTotp(gateway, await addUser());
    const other = await addTotp(gateway, await addUser());
    assertProblem(await prove(await challengeOf(user), other.recoveryCodes[0] ?? ''), 401, 'invalid-code');
  });

  test('are made anew with a code, and the old ones count no more', async () => {
    const user = await addTotp(gateway, await addUser());
    const path = '/accounts/me/recovery-codes';
    assertProblem(await post(path, { code: wrongCode(user.secret) }, user.token), 401, 'invalid-code');
    assertProblem(await post(path, {}, user.token), 400, 'invalid-request');
    const { status, body } = await post(path, { code: nextCode(user.secret) }, user.token);
    assert.equal(status, 201);
    assert.equal(body.recovery_codes.length, 10);
    const challenge = await challengeOf(user);
    assertProblem(await prove(challenge, user.recoveryCodes[0] ?? ''), 401, 'invalid-code');
    assert.equal((await prove(challenge, body.recovery_codes[0])).status, 201);
    const without = await addUser();
    assertProblem(await post(path, { code: '123456' }, without.token), 404, 'no-such-factor');
  });

  test('and secrets are in the database in no form that gives them away', async () => {
    const user = await addTotp(gateway, await addUser());
    const { readFile } = await import('node:fs/promises');
    const files = await Promise.all(
      ['metadata.db', 'metadata.db-wal'].map((name) => readFile(`${gateway.dataFolder}/${name}`)),
    );
    for (const secret of [user.secret, ...user.recoveryCodes, user.recoveryCodes[0]?.replaceAll('-', '') ?? '']) {
      for (const file of files) assert.equal(file.includes(secret), false);
    }
  });
});

describe('a second factor', () => {
  const remove = (user: ApiUser, body: unknown, kind = 'totp') =>
    ask('DELETE', `/accounts/me/factors/${kind}`, { token: user.token, body });

  test('is removed with password and code, and nothing is asked for any more', async () => {
    const user = await addTotp(gateway, await addUser());
    assertProblem(await remove(user, { code: nextCode(user.secret) }), 401, 'invalid-credentials');
    assertProblem(await remove(user, { password: PASSWORD }), 400, 'invalid-request');
    assertProblem(await remove(user, { password: PASSWORD, code: wrongCode(user.secret) }), 401, 'invalid-code');
    assertProblem(await remove(user, { password: 'wrong', code: nextCode(user.secret) }), 401, 'invalid-credentials');
    assertProblem(await remove(user, { password: PASSWORD, code: '1' }, 'sms'), 404, 'no-such-factor');
    assertProblem(await remove(user, { password: PASSWORD, code: '1' }, 'carrier-pigeon'), 400, 'invalid-request');
    const { status } = await remove(user, { password: PASSWORD, code: nextCode(user.secret) });
    assert.equal(status, 204);
    assert.equal((await logIn(user)).status, 201);
    const { body } = await ask('GET', '/accounts/me/factors', { token: user.token });
    assert.deepEqual(body, { factors: [], recovery_codes_left: 0, required: false });
    assert.deepEqual(
      (await auditOf(user)).filter((type) => /^factor\.(added|removed)$/.test(type)),
      ['factor.removed', 'factor.added'],
    );
  });

  test('is removed with a recovery code where the telephone is lost', async () => {
    const user = await addTotp(gateway, await addUser());
    assert.equal((await remove(user, { password: PASSWORD, code: user.recoveryCodes[3] })).status, 204);
    assert.equal((await logIn(user)).status, 201);
  });
});
