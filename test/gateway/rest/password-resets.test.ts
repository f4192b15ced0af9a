import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { readOutbox, tokenIn, waitForMail } from '../../support/mail.ts';
import { changeRows, passwordless } from '../../support/passwordless.ts';

const OTHER = 'another horse, another battery';

describe('resetting a password', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const verified = async (name: string) => {
    const email = `${name}@example.org`;
    const user = await addApiUser(gateway, name, { email });
    changeRows(gateway, 'UPDATE accounts SET email_verified_at = created_at WHERE id = ?', user.id);
    return { ...user, email };
  };
  const request = (email: string) => askApi(gateway, '/password-resets', { method: 'POST', body: { email } });
  const complete = (token: string, new_password = OTHER) =>
    askApi(gateway, '/password-resets', { method: 'PUT', body: { token, new_password } });
  const logIn = (name: string, password: string) =>
    askApi(gateway, '/sessions', { method: 'POST', body: { name, password } });

  test('a mailed token sets the password once, ends every session, and the account is told', async () => {
    const { name, email, token } = await verified('ann');
    assert.equal((await request('Ann@Example.org')).status, 202);
    const mail = await waitForMail(gateway, email);
    assert.ok(mail.text.includes(`${gateway.apiUrl}/api/v1/password-resets#${tokenIn(mail)}`));
    assert.equal((await complete(tokenIn(mail))).status, 204);
    assertProblem(await askApi(gateway, '/accounts/me', { token }), 401, 'invalid-token');
    assertProblem(await logIn(name, PASSWORD), 401, 'invalid-credentials');
    assert.equal((await logIn(name, OTHER)).status, 201);
    assert.match((await waitForMail(gateway, email, 2)).subject, /was changed/);
    const again = await complete(tokenIn(mail));
    assertProblem(again, 401, 'invalid-token');
    assert.equal(again.body.errors[0].field, '/token');
  });

  test('of many who use a token at once, one sets the password', async () => {
    const { email } = await verified('bea');
    await request(email);
    const token = tokenIn(await waitForMail(gateway, email));
    const replies = await Promise.all(Array.from({ length: 4 }, (_, at) => complete(token, `${OTHER} ${at}`)));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [204, 401, 401, 401]);
  });

  test('the answer is the same whether there is an account or not', async () => {
    const { email } = await verified('cleo');
    await addApiUser(gateway, 'unproven', { email: 'unproven@example.org' });
    const replies = [await request(email), await request('nobody@example.org'), await request('unproven@example.org')];
    assert.deepEqual(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size, 1);
    await waitForMail(gateway, email);
  });

  test('no mail goes to an e-mail that is not verified, nor to a disabled account', async () => {
    await addApiUser(gateway, 'dan', { email: 'dan@example.org' });
    const { email } = await verified('eve');
    await gateway.services.accounts.disable('eve');
    await request('dan@example.org');
    await request(email);
    await delay(100);
    const addressees = (await readOutbox(gateway)).map(({ to }) => to);
    assert.ok(!addressees.includes('dan@example.org'));
    assert.ok(!addressees.includes(email));
  });

  test('a token of a reset ends with the next one, after an hour, and when the account is disabled', async () => {
    const { email } = await verified('fay');
    await request(email);
    const first = tokenIn(await waitForMail(gateway, email));
    await request(email);
    const second = tokenIn(await waitForMail(gateway, email, 2));
    assertProblem(await complete(first), 401, 'invalid-token');
    await gateway.services.accounts.disable('fay');
    assertProblem(await complete(second), 401, 'invalid-token');
    await gateway.services.accounts.enable('fay');
    changeRows(gateway, 'UPDATE one_time_tokens SET expires_at = ?', new Date(Date.now() - 1).toISOString());
    assertProblem(await complete(second), 401, 'invalid-token');
  });

  test('a weak password is refused, and the token still counts', async () => {
    const { email } = await verified('gus');
    await request(email);
    const token = tokenIn(await waitForMail(gateway, email));
    const weak = await complete(token, 'password1234');
    assertProblem(weak, 400, 'weak-password');
    assert.equal(weak.body.errors[0].field, '/new_password');
    assert.equal((await complete(token)).status, 204);
  });

  test('an account without a password gets one', async () => {
    const { id } = await passwordless(gateway, 'hal', { email: 'hal@example.org' });
    changeRows(gateway, 'UPDATE accounts SET email_verified_at = created_at WHERE id = ?', id);
    await request('hal@example.org');
    assert.equal((await complete(tokenIn(await waitForMail(gateway, 'hal@example.org')))).status, 204);
    assert.equal((await logIn('hal', OTHER)).status, 201);
  });

  test('a token of one kind does not count as one of the other', async () => {
    const { email, token } = await verified('ida');
    await request(email);
    const reset = tokenIn(await waitForMail(gateway, email));
    const body = { token: reset, password: PASSWORD };
    assertProblem(await askApi(gateway, '/email-verifications', { method: 'POST', body }), 401, 'invalid-token');
    const change = { email: 'ida@new.example', current_password: PASSWORD };
    await askApi(gateway, '/accounts/me', { method: 'PATCH', token, body: change });
    const verification = tokenIn(await waitForMail(gateway, 'ida@new.example'));
    assertProblem(await complete(verification), 401, 'invalid-token');
  });

  test('what is no e-mail, and what is no token, is refused by its field', async () => {
    const reply = await request('no e-mail');
    assertProblem(reply, 400, 'invalid-request');
    assert.equal(reply.body.errors[0].field, '/email');
    assertProblem(await askApi(gateway, '/password-resets', { method: 'PUT', body: {} }), 400, 'invalid-request');
    assertProblem(await complete('x'), 401, 'invalid-token');
  });

  test('a mailbox is not filled, and whoever asks is told nothing of that', async () => {
    const { email } = await verified('jon');
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) statuses.push((await request(email)).status);
    assert.deepEqual(new Set(statuses), new Set([202]));
    await waitForMail(gateway, email, 10);
    await delay(50);
    assert.equal((await readOutbox(gateway)).filter(({ to }) => to === email).length, 10);
  });

  test('one client does not ask for ever', async () => {
    const limited = await startGateway({ GATEHOUSE_MESSAGES_PER_DAY: '1' });
    const statuses: number[] = [];
    for (let at = 0; at < 11; at += 1) {
      const body = { email: `nobody${at}@example.org` };
      statuses.push((await askApi(limited, '/password-resets', { method: 'POST', body })).status);
    }
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 202), 429]);
    await limited.stop();
  });
});
