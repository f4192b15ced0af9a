import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { addTotp, holdClock, nextCode } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type Loopback, startLoopback } from '../../support/loopback.ts';

const SMS = '/accounts/me/factors/sms';

let gateway: TestGateway;
let hook: Loopback;
let count = 0;

before(async () => {
  holdClock();
  hook = await startLoopback();
  gateway = await startGateway({ GATEHOUSE_SMS_URL: hook.url, GATEHOUSE_MESSAGES_PER_DAY: '4' });
});
after(async () => {
  await gateway.stop();
  await hook.close();
  mock.timers.reset();
});
afterEach(() => hook.reset());

const addUser = () => {
  count += 1;
  return addApiUser(gateway, `user-${count}`);
};
/** A number of its own for each test: a number has a limit. */
const newPhone = () => `+1555010${1000 + count}`;
const post = (path: string, body: unknown, token?: string) => askApi(gateway, path, { method: 'POST', token, body });
const logIn = ({ name }: ApiUser) => post('/sessions', { name, password: PASSWORD });
const challengeOf = async (user: ApiUser): Promise<string> => (await logIn(user)).body.challenge_token;
const prove = (challenge: string, code: string) =>
  post('/sessions/second-factor', { challenge_token: challenge, code, method: 'sms' });
const sendCode = (challenge: string) => post('/sessions/second-factor/sms', { challenge_token: challenge });
/** What the webhook was given last. */
const lastMessage = (): { to: string; text: string } => JSON.parse(hook.requests.at(-1)?.body ?? '{}');
const lastCode = () => /^\d{6}/.exec(lastMessage().text)?.[0] ?? '';
const otherCode = () => String((Number(lastCode()) + 1) % 1_000_000).padStart(6, '0');
/** No account is sent two at once. */
const wait = (seconds = 30) => mock.timers.tick(seconds * 1000);

async function addSms(user: ApiUser, phone = newPhone()): Promise<void> {
  const sent = await post(SMS, { phone, password: PASSWORD }, user.token);
  assert.equal(sent.status, 202, sent.text);
  const confirmed = await post(`${SMS}/confirmation`, { code: lastCode() }, user.token);
  assert.equal(confirmed.status, 201, confirmed.text);
  wait();
}

describe('codes by SMS', () => {
  test('are set up with the code that went to the number', async () => {
    const user = await addUser();
    const { status, body } = await post(SMS, { phone: '+1 (555) 010-0100', password: PASSWORD }, user.token);
    assert.equal(status, 202);
    assert.equal(body.phone, '+*********00');
    assert.equal(Date.parse(body.expires_at) - Date.now(), 300_000);
    assert.match(lastMessage().text, /^\d{6} is your Gatehouse code to confirm this number\.$/);
    assert.equal(lastMessage().to, '+15550100100');
    assert.equal((await logIn(user)).status, 201, 'not asked for yet');
    assertProblem(await post(`${SMS}/confirmation`, { code: otherCode() }, user.token), 401, 'invalid-code');
    const confirmed = await post(`${SMS}/confirmation`, { code: lastCode() }, user.token);
    assert.equal(confirmed.status, 201);
    assert.equal(confirmed.body.recovery_codes.length, 10);
    const { body: factors } = await askApi(gateway, '/accounts/me/factors', { token: user.token });
    assert.deepEqual([factors.factors[0].kind, factors.factors[0].phone], ['sms', '+*********00']);
    assertProblem(await post(SMS, { phone: '+15550100101', password: PASSWORD }, user.token), 409, 'factor-exists');
  });

  test('are not sent for a session alone, nor to what is no number', async () => {
    const user = await addUser();
    assertProblem(await post(SMS, { phone: newPhone() }, user.token), 401, 'invalid-credentials');
    const refused = await post(SMS, { phone: '0555 0100', password: PASSWORD }, user.token);
    assertProblem(refused, 400, 'invalid-request');
    assert.equal(refused.body.errors[0].field, '/phone');
    assertProblem(await post(SMS, { password: PASSWORD }, user.token), 400, 'invalid-request');
    assert.equal(hook.requests.length, 0);
  });

  test('log in with the challenge of a password, once', async () => {
    const user = await addUser();
    await addSms(user);
    const challenge = await challengeOf(user);
    assertProblem(await prove(challenge, lastCode()), 401, 'invalid-code');
    const sent = await sendCode(challenge);
    assert.equal(sent.status, 202, sent.text);
    assert.match(lastMessage().text, /^\d{6} is your Gatehouse code to log in\.$/);
    const replies = await Promise.all(Array.from({ length: 8 }, () => prove(challenge, lastCode())));
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
  });

  test('are worth nothing after five minutes, after five wrong ones, and after a newer one', async () => {
    const user = await addUser();
    await addSms(user);
    const [late, old] = [await challengeOf(user), await challengeOf(user)];
    await sendCode(late);
    const first = lastCode();
    wait(299);
    const challenge = await challengeOf(user);
    wait(1);
    assertProblem(await prove(challenge, first), 401, 'invalid-code');
    assertProblem(await prove(old, first), 401, 'invalid-token');
    await sendCode(challenge);
    const second = lastCode();
    wait();
    await sendCode(challenge);
    if (second !== lastCode()) assertProblem(await prove(challenge, second), 401, 'invalid-code');
    const wrong = otherCode();
    for (let guess = 0; guess < 5; guess += 1) assertProblem(await prove(challenge, wrong), 401, 'invalid-code');
    assertProblem(await prove(challenge, lastCode()), 401, 'invalid-code');
  });

  test('are sent for a challenge and nothing else', async () => {
    const user = await addUser();
    await addSms(user);
    for (const token of [user.token, user.refreshToken, 'x']) {
      assertProblem(await sendCode(token), 401, 'invalid-token');
    }
    const other = await addTotp(gateway, await addUser());
    assertProblem(await sendCode(await challengeOf(other)), 404, 'no-such-factor');
  });

  test('are half a minute apart for an account', async () => {
    const user = await addUser();
    await addSms(user);
    const challenge = await challengeOf(user);
    assert.equal((await sendCode(challenge)).status, 202);
    wait(10);
    const refused = await sendCode(challenge);
    assertProblem(refused, 429, 'too-many-requests');
    assert.equal(refused.headers.get('retry-after'), '20');
    assert.equal(hook.requests.length, 2);
  });

  test('are so many a day for an account, whatever the number', async () => {
    const user = await addUser();
    for (let sent = 0; sent < 4; sent += 1) {
      const phone = `+1555020000${sent}`;
      assert.equal((await post(SMS, { phone, password: PASSWORD }, user.token)).status, 202);
      wait();
    }
    const refused = await post(SMS, { phone: '+15550200009', password: PASSWORD }, user.token);
    assertProblem(refused, 429, 'too-many-requests');
    assert.equal(refused.headers.get('retry-after'), String(86_400 - 120));
    assert.equal(hook.requests.length, 4);
  });

  test('are so many a day to a number, whatever the account, also for requests at once', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, addUser));
    const body = { phone: '+15550300000', password: PASSWORD };
    const replies = await Promise.all(users.map(({ token }) => post(SMS, body, token)));
    assert.equal(replies.filter(({ status }) => status === 202).length, 4);
    assert.equal(replies.filter(({ status }) => status === 429).length, 6);
    assert.equal(hook.requests.length, 4);
  });

  test('that cannot be delivered end in 502, and tell nothing of the webhook', async () => {
    const user = await addUser();
    hook.answer = () => ({ status: 500 });
    const refused = await post(SMS, { phone: newPhone(), password: PASSWORD }, user.token);
    assertProblem(refused, 502, 'delivery-failed');
    assert.doesNotMatch(refused.text, /127\.0\.0\.1|\d{6}/);
  });

  test('beside an app are added with a code of it, and prove what changes the account', async () => {
    const user = await addTotp(gateway, await addUser());
    const phone = newPhone();
    assertProblem(await post(SMS, { phone, password: PASSWORD }, user.token), 401, 'invalid-code');
    const proof = { password: PASSWORD, code: nextCode(user.secret) };
    assert.equal((await post(SMS, { phone, ...proof }, user.token)).status, 202);
    const confirmed = await post(`${SMS}/confirmation`, { code: lastCode() }, user.token);
    assert.deepEqual(confirmed.body.recovery_codes, [], 'those of the app go on');
    assert.deepEqual((await logIn(user)).body.methods, ['totp', 'sms', 'recovery-code']);
    wait();
    const sent = await askApi(gateway, `${SMS}/codes`, { method: 'POST', token: user.token });
    assert.equal(sent.status, 202);
    assert.match(lastMessage().text, /to change your account\.$/);
    const body = { password: PASSWORD, code: lastCode() };
    const removed = await askApi(gateway, SMS, { method: 'DELETE', token: user.token, body });
    assert.equal(removed.status, 204);
    assert.deepEqual((await logIn(user)).body.methods, ['totp', 'recovery-code']);
  });
});

test('a gateway that sends no SMS says so', async () => {
  const silent = await startGateway();
  try {
    const { token } = await addApiUser(silent, 'ann');
    const body = { phone: '+15550100400', password: PASSWORD };
    assertProblem(await askApi(silent, SMS, { method: 'POST', token, body }), 501, 'not-configured');
  } finally {
    await silent.stop();
  }
});

test('a gateway that has Twilio sends through it', async () => {
  const api = await startLoopback();
  api.answer = () => ({ status: 201, body: { sid: 'SM0' } });
  const sid = `AC${'0a'.repeat(16)}`;
  const url = `twilio://${sid}:token@Gatehouse?api=${encodeURIComponent(api.url)}`;
  const twilio = await startGateway({ GATEHOUSE_SMS_URL: url });
  try {
    const { token } = await addApiUser(twilio, 'ann');
    const body = { phone: '+15550100500', password: PASSWORD };
    assert.equal((await askApi(twilio, SMS, { method: 'POST', token, body })).status, 202);
    const form = new URLSearchParams(api.requests[0]?.body);
    assert.equal(form.get('From'), 'Gatehouse');
    const code = /^\d{6}/.exec(form.get('Body') ?? '')?.[0];
    const confirmed = await askApi(twilio, `${SMS}/confirmation`, { method: 'POST', token, body: { code } });
    assert.equal(confirmed.status, 201, confirmed.text);
  } finally {
    await twilio.stop();
    await api.close();
  }
});
