import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { readOutbox, tokenIn, waitForMail } from '../../support/mail.ts';
import { changeRows } from '../../support/passwordless.ts';

const THEFT = 'a password that the thief knows';
const OTHER = 'another horse, another battery';

/**
 * What somebody may try who wants into an account of somebody else, or to have it made in a way that lets them in later
 * ("Pre-hijacked accounts", Sudhodanan and Paverd, USENIX Security 2022).
 */
describe('who wants the account of another', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const post = (path: string, body: object, token?: string) => askApi(gateway, path, { method: 'POST', body, token });
  const logIn = async (name: string, password: string) => post('/sessions', { name, password });
  const changeEmail = (token: string, email: string, current_password = PASSWORD) =>
    askApi(gateway, '/accounts/me', { method: 'PATCH', token, body: { email, current_password } });
  const complete = (token: string, new_password = OTHER) =>
    askApi(gateway, '/password-resets', { method: 'PUT', body: { token, new_password } });
  const verified = async (name: string, email: string) => {
    const user = await addApiUser(gateway, name, { email });
    changeRows(gateway, 'UPDATE accounts SET email_verified_at = created_at WHERE id = ?', user.id);
    return user;
  };

  test('cannot make one for a stranger and have the stranger confirm it', async () => {
    await post('/accounts', { name: 'trap', password: THEFT, email: 'victim@example.org' });
    const mailed = tokenIn(await waitForMail(gateway, 'victim@example.org'));
    // The stranger follows the link: with no session here, and without the thief's password.
    assertProblem(await post('/email-verifications', { token: mailed }), 401, 'invalid-credentials');
    const guess = { token: mailed, password: 'what the victim uses' };
    assertProblem(await post('/email-verifications', guess), 401, 'invalid-credentials');
    // Nor does a forgotten password lead into the trap.
    await post('/password-resets', { email: 'victim@example.org' });
    await delay(50);
    assert.equal((await readOutbox(gateway)).filter(({ to }) => to === 'victim@example.org').length, 1);
  });

  test('loses the e-mail, and a name that is the same, to whoever has the mailbox', async () => {
    const name = 'owner@example.org';
    await post('/accounts', { name, password: THEFT, email: name });
    const thief = (await logIn(name, THEFT)).body.access_token;
    const owner = await addApiUser(gateway, 'owner');
    assert.equal((await changeEmail(owner.token, name)).status, 200);
    const mailed = tokenIn(await waitForMail(gateway, name, 2));
    assert.equal((await post('/email-verifications', { token: mailed }, owner.token)).status, 204);
    const left = (await askApi(gateway, '/accounts/me', { token: thief })).body;
    assert.equal(left.email, null);
    assert.match(left.name, /^account-/);
    assertProblem(await logIn(name, THEFT), 401, 'invalid-credentials');
    assert.equal((await logIn(name, PASSWORD)).body.account.id, owner.id);
    // Its trail says what happened, and not to whom the mailbox belongs.
    const trail = await askApi(gateway, '/audit?type=email.changed', { token: thief });
    assert.deepEqual(
      trail.body.items.map(({ actor, address, detail }: Record<string, unknown>) => ({ actor, address, detail })),
      [{ actor: null, address: null, detail: { lost: name } }],
    );
  });

  test('does not keep the owner out by having taken the name that the loser would get', async () => {
    const trap = await post('/accounts', {
      name: 'blocked@example.org',
      password: THEFT,
      email: 'blocked@example.org',
    });
    await post('/accounts', { name: `account-${trap.body.id}`, password: THEFT });
    const owner = await addApiUser(gateway, 'blocked');
    await changeEmail(owner.token, 'blocked@example.org');
    const mailed = tokenIn(await waitForMail(gateway, 'blocked@example.org', 2));
    assert.equal((await post('/email-verifications', { token: mailed }, owner.token)).status, 204);
  });

  test('does not take a verified e-mail by claiming it', async () => {
    const owner = await verified('proven', 'proven@example.org');
    const thief = await addApiUser(gateway, 'claimer');
    assertProblem(await changeEmail(thief.token, 'proven@example.org'), 409, 'email-taken');
    const body = { name: 'claimer2', password: THEFT, email: 'proven@example.org' };
    assertProblem(await post('/accounts', body), 409, 'email-taken');
    assert.equal((await askApi(gateway, '/accounts/me', { token: owner.token })).body.email, 'proven@example.org');
  });

  test('does not take an e-mail with a change that was begun before the owner verified it', async () => {
    const thief = await addApiUser(gateway, 'early');
    await changeEmail(thief.token, 'late@example.org');
    const stolen = tokenIn(await waitForMail(gateway, 'late@example.org'));
    await verified('late', 'late@example.org');
    const reply = await post('/email-verifications', { token: stolen }, thief.token);
    assertProblem(reply, 409, 'email-taken');
  });

  test('does not come back by an e-mail change that was begun before the owner changed the password', async () => {
    const owner = await verified('careful', 'careful@example.org');
    await changeEmail(owner.token, 'thief@example.org');
    const thiefs = tokenIn(await waitForMail(gateway, 'thief@example.org'));
    const change = { current_password: PASSWORD, new_password: OTHER };
    const changed = await askApi(gateway, '/accounts/me/password', { method: 'PUT', token: owner.token, body: change });
    const token = changed.body.access_token;
    assertProblem(await post('/email-verifications', { token: thiefs }, token), 401, 'invalid-token');
    const me = (await askApi(gateway, '/accounts/me', { token })).body;
    assert.deepEqual([me.email, me.pending_email], ['careful@example.org', null]);
  });

  test('does not come back by a session, an e-mail change or another reset after the owner has reset the password', async () => {
    const owner = await verified('rescued', 'rescued@example.org');
    await changeEmail(owner.token, 'thief2@example.org');
    const thiefs = tokenIn(await waitForMail(gateway, 'thief2@example.org'));
    await post('/password-resets', { email: 'rescued@example.org' });
    const reset = tokenIn(await waitForMail(gateway, 'rescued@example.org', 2));
    assert.equal((await complete(reset)).status, 204);
    assertProblem(await askApi(gateway, '/accounts/me', { token: owner.token }), 401, 'invalid-token');
    assertProblem(await post('/sessions/refresh', { refresh_token: owner.refreshToken }), 401, 'invalid-token');
    const { access_token: token } = (await logIn('rescued', OTHER)).body;
    assertProblem(await post('/email-verifications', { token: thiefs }, token), 401, 'invalid-token');
  });

  test('does not reset with a token of a mailbox that was given up', async () => {
    const owner = await verified('mover', 'old@example.org');
    await post('/password-resets', { email: 'old@example.org' });
    const old = tokenIn(await waitForMail(gateway, 'old@example.org'));
    await changeEmail(owner.token, 'new@example.org');
    const mailed = tokenIn(await waitForMail(gateway, 'new@example.org'));
    assert.equal((await post('/email-verifications', { token: mailed }, owner.token)).status, 204);
    assertProblem(await complete(old), 401, 'invalid-token');
  });

  test('does not have the token sent to a server of his own', async () => {
    await verified('linked', 'linked@example.org');
    const headers = [
      { Host: 'evil.example' },
      { Host: 'localhost:1' },
      { Host: '127.0.0.1' },
      { Host: '127.0.0.1:80@evil.example' },
      { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
    ];
    for (const [at, each] of headers.entries()) {
      assert.equal((await requestWith(gateway, each, { email: 'linked@example.org' })).status, 202);
      const mail = await waitForMail(gateway, 'linked@example.org', at + 1);
      assert.doesNotMatch(mail.text, /evil|localhost:1\b|127\.0\.0\.1\/|:80/);
      assert.match(tokenIn(mail), /^[\w-]{43}$/);
    }
  });
});

/** `fetch` lets nobody choose a Host. */
async function requestWith(
  { apiUrl }: TestGateway,
  headers: Record<string, string | undefined>,
  body: object,
): Promise<{ readonly status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${apiUrl}/api/v1/password-resets`,
      { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers } },
      (reply) => {
        reply.resume();
        reply.on('end', () => resolve({ status: reply.statusCode }));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
