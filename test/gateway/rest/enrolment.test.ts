import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { codeOf, holdClock, nextCode } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const TOTP = '/accounts/me/factors/totp';

let gateway: TestGateway;
let count = 0;

before(async () => {
  holdClock();
  gateway = await startGateway({ GATEHOUSE_SECOND_FACTOR: 'required', GATEHOUSE_ROOT_PASSWORD: PASSWORD });
});
after(async () => {
  await gateway.stop();
  mock.timers.reset();
});

const addUser = () => {
  count += 1;
  return addApiUser(gateway, `user-${count}`);
};
const post = (path: string, body: unknown, token?: string) => askApi(gateway, path, { method: 'POST', token, body });
const get = (path: string, token: string) => askApi(gateway, path, { token });
const logIn = ({ name }: Pick<ApiUser, 'name'>) => post('/sessions', { name, password: PASSWORD });
const enrolmentOf = async (user: Pick<ApiUser, 'name'>): Promise<string> => (await logIn(user)).body.enrolment_token;

describe('who must have a second factor', () => {
  test('sets it up with the token of the log-in, without a body, and gets a session with the confirmation', async () => {
    const user = await addUser();
    const admitted = await logIn(user);
    assert.equal(admitted.status, 202);
    assert.equal(admitted.body.status, 'enrolment-required');
    const token = admitted.body.enrolment_token;
    const { body: begun } = await askApi(gateway, TOTP, { method: 'POST', token });
    const confirmed = await post(`${TOTP}/confirmation`, { code: codeOf(begun.secret) }, token);
    assert.equal(confirmed.status, 201, confirmed.text);
    assert.equal(confirmed.body.recovery_codes.length, 10);
    const { session } = confirmed.body;
    assert.equal(session.account.name, user.name);
    const { body: current } = await get('/sessions/current', session.access_token);
    assert.deepEqual(current.methods, ['password', 'totp']);
    const { body: factors } = await get('/accounts/me/factors', session.access_token);
    assert.deepEqual([factors.factors.length, factors.required], [1, true]);
    assert.equal((await logIn(user)).body.status, 'second-factor-required');
  });

  test('gets the session as cookies where a browser asks for that', async () => {
    const token = await enrolmentOf(await addUser());
    const { body: begun } = await post(TOTP, {}, token);
    const body = { code: codeOf(begun.secret), transport: 'cookie' };
    const foreign = { 'Sec-Fetch-Site': 'cross-site' };
    const path = `${TOTP}/confirmation`;
    assertProblem(
      await askApi(gateway, path, { method: 'POST', token, body, headers: foreign }),
      403,
      'cross-site-request',
    );
    const { body: reply, headers } = await post(path, body, token);
    assert.equal(reply.session.access_token, undefined);
    assert.equal(typeof reply.session.csrf_token, 'string');
    assert.equal(headers.getSetCookie().length, 2);
  });

  test('may do nothing else with that token', async () => {
    const user = await addUser();
    const token = await enrolmentOf(user);
    assert.deepEqual((await get('/accounts/me/factors', token)).body, {
      factors: [],
      recovery_codes_left: 0,
      required: true,
    });
    for (const path of ['/sessions', '/sessions/current', '/audit']) {
      assertProblem(await get(path, token), 401, 'invalid-token');
    }
    assertProblem(await post('/accounts/me/recovery-codes', { code: '123456' }, token), 401, 'invalid-token');
    assertProblem(
      await post('/sessions/second-factor', { challenge_token: token, code: '123456' }),
      401,
      'invalid-token',
    );
    assertProblem(await post('/sessions/second-factor/sms', { challenge_token: token }), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: token }), 401, 'invalid-token');
  });

  test('cannot use the token again once there is a factor, nor after 15 minutes', async () => {
    const user = await addUser();
    const [token, another] = [await enrolmentOf(user), await enrolmentOf(user)];
    const { body: begun } = await post(TOTP, {}, token);
    await post(`${TOTP}/confirmation`, { code: codeOf(begun.secret) }, token);
    for (const spent of [token, another]) {
      assertProblem(await post(TOTP, {}, spent), 401, 'invalid-token');
      assertProblem(await get('/accounts/me/factors', spent), 401, 'invalid-token');
    }
    const late = await enrolmentOf(await addUser());
    mock.timers.tick(15 * 60_000 + 1000);
    assertProblem(await post(TOTP, {}, late), 401, 'invalid-token');
  });

  test('keeps the last one', async () => {
    const user = await addUser();
    const token = await enrolmentOf(user);
    const { body: begun } = await post(TOTP, {}, token);
    const { body } = await post(`${TOTP}/confirmation`, { code: codeOf(begun.secret) }, token);
    const removal = { password: PASSWORD, code: nextCode(begun.secret) };
    const refused = await askApi(gateway, TOTP, { method: 'DELETE', token: body.session.access_token, body: removal });
    assertProblem(refused, 403, 'second-factor-required');
  });

  test('may be root with its password from the settings', async () => {
    const { status, body } = await logIn({ name: 'root' });
    assert.deepEqual([status, body.status], [202, 'enrolment-required']);
  });

  test('signs S3 requests as before: an access key is a credential of its own', async () => {
    const { accessKey, secretKey } = await gateway.addUser('signer');
    const reply = await gateway.fetchSigned('/', { credentials: { accessKey, secretKey } });
    assert.equal(reply.status, 200);
  });
});
