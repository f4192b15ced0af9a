import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { readOutbox, tokenIn, waitForMail } from '../../support/mail.ts';
import { changeRows } from '../../support/passwordless.ts';

describe('verifying an e-mail', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const register = async (name: string, email: string) => {
    const body = { name, password: PASSWORD, email };
    assert.equal((await askApi(gateway, '/accounts', { method: 'POST', body })).status, 201);
    const session = await askApi(gateway, '/sessions', { method: 'POST', body: { name, password: PASSWORD } });
    return { token: session.body.access_token as string, mailed: tokenIn(await waitForMail(gateway, email)) };
  };
  const verify = (body: object, token?: string) =>
    askApi(gateway, '/email-verifications', { method: 'POST', body, token });
  const me = async (token: string) => (await askApi(gateway, '/accounts/me', { token })).body;
  const change = (token: string, email: string) =>
    askApi(gateway, '/accounts/me', { method: 'PATCH', token, body: { email, current_password: PASSWORD } });

  test('the mailed token and a session of the account verify it, once', async () => {
    const { token, mailed } = await register('ann', 'ann@example.org');
    assert.equal((await verify({ token: mailed }, token)).status, 204);
    const account = await me(token);
    assert.deepEqual([account.email, account.email_verified], ['ann@example.org', true]);
    const again = await verify({ token: mailed }, token);
    assertProblem(again, 401, 'invalid-token');
    assert.equal(again.body.errors[0].field, '/token');
  });

  test('the mailed token and the password of the account verify it', async () => {
    const { token, mailed } = await register('bea', 'bea@example.org');
    assert.equal((await verify({ token: mailed, password: PASSWORD })).status, 204);
    assert.equal((await me(token)).email_verified, true);
  });

  test('the token alone, with another password, or in a session of another account does not', async () => {
    const { token, mailed } = await register('cleo', 'cleo@example.org');
    const other = await addApiUser(gateway, 'other');
    const alone = await verify({ token: mailed });
    assertProblem(alone, 401, 'invalid-credentials');
    assert.equal(alone.body.errors[0].field, '/password');
    assertProblem(await verify({ token: mailed, password: 'wrong' }), 401, 'invalid-credentials');
    assertProblem(await verify({ token: mailed }, other.token), 401, 'invalid-credentials');
    assert.equal((await me(token)).email_verified, false);
    assert.equal((await verify({ token: mailed }, token)).status, 204, 'the token still counts');
  });

  test('a token that nobody mailed verifies nothing', async () => {
    for (const token of ['x', 'a'.repeat(43)]) {
      assertProblem(await verify({ token, password: PASSWORD }), 401, 'invalid-token');
    }
    assertProblem(await verify({}), 400, 'invalid-request');
    assertProblem(await verify({ token: 'a'.repeat(129) }), 400, 'invalid-request');
  });

  test('a token that is too old verifies nothing', async () => {
    const { token, mailed } = await register('dan', 'dan@example.org');
    changeRows(gateway, 'UPDATE one_time_tokens SET expires_at = ?', new Date(Date.now() - 1000).toISOString());
    assertProblem(await verify({ token: mailed }, token), 401, 'invalid-token');
  });

  test('asking again sends another token, and the first is worth nothing then', async () => {
    const { token, mailed } = await register('eve', 'eve@example.org');
    const ask = () => askApi(gateway, '/accounts/me/email/verification', { method: 'POST', token });
    assert.equal((await ask()).status, 202);
    const second = tokenIn(await waitForMail(gateway, 'eve@example.org', 2));
    assertProblem(await verify({ token: mailed }, token), 401, 'invalid-token');
    assert.equal((await verify({ token: second }, token)).status, 204);
    assertProblem(await ask(), 400, 'invalid-request');
  });

  test('asking again needs a log-in and something to verify', async () => {
    const path = '/accounts/me/email/verification';
    assertProblem(await askApi(gateway, path, { method: 'POST' }), 401, 'not-authenticated');
    const { token } = await addApiUser(gateway, 'noemail');
    assertProblem(await askApi(gateway, path, { method: 'POST', token }), 400, 'invalid-request');
  });

  test('another e-mail is pending until it is verified, and the old address is told', async () => {
    const { token, mailed } = await register('fay', 'fay@example.org');
    await verify({ token: mailed }, token);
    assert.equal((await change(token, 'Fay@New.example')).status, 200);
    const before = await me(token);
    assert.deepEqual(
      [before.email, before.email_verified, before.pending_email],
      ['fay@example.org', true, 'fay@new.example'],
    );
    const told = await waitForMail(gateway, 'fay@example.org', 2);
    assert.match(told.subject, /is to be changed/);
    assert.doesNotMatch(told.text, /new\.example/);
    const confirmation = tokenIn(await waitForMail(gateway, 'fay@new.example'));
    assert.equal((await verify({ token: confirmation }, token)).status, 204);
    const changed = await me(token);
    assert.deepEqual([changed.email, changed.email_verified, changed.pending_email], ['fay@new.example', true, null]);
    assert.match((await waitForMail(gateway, 'fay@example.org', 3)).subject, /was changed/);
  });

  test('an old address that was never verified is told nothing', async () => {
    const { token } = await register('gus', 'gus@stranger.example');
    await change(token, 'gus@example.org');
    await waitForMail(gateway, 'gus@example.org');
    const mails = (await readOutbox(gateway)).filter(({ to }) => to === 'gus@stranger.example');
    assert.equal(mails.length, 1);
  });

  test('the e-mail that the account has takes a pending one back', async () => {
    const { token, mailed } = await register('hal', 'hal@example.org');
    await verify({ token: mailed }, token);
    await change(token, 'hal@wrong.example');
    const confirmation = tokenIn(await waitForMail(gateway, 'hal@wrong.example'));
    assert.equal((await change(token, 'hal@example.org')).body.pending_email, null);
    assertProblem(await verify({ token: confirmation }, token), 401, 'invalid-token');
    assert.equal((await me(token)).email, 'hal@example.org');
  });

  test('an e-mail that another account has verified cannot become pending', async () => {
    const { token, mailed } = await register('ida', 'ida@example.org');
    await verify({ token: mailed }, token);
    const other = await addApiUser(gateway, 'jon');
    const refused = await change(other.token, 'ida@example.org');
    assertProblem(refused, 409, 'email-taken');
    assert.equal(refused.body.errors[0].field, '/email');
  });

  test('of two accounts that prove the same mailbox, the first keeps it', async () => {
    const accounts = [await addApiUser(gateway, 'two1'), await addApiUser(gateway, 'two2')];
    const tokens: string[] = [];
    for (const [at, { token }] of accounts.entries()) {
      await change(token, 'two@example.org');
      tokens.push(tokenIn(await waitForMail(gateway, 'two@example.org', at + 1)));
    }
    const replies: ApiReply[] = await Promise.all(
      accounts.map(({ token }, at) => verify({ token: tokens[at] as string }, token)),
    );
    assert.deepEqual(replies.map(({ status }) => status).sort(), [204, 409]);
    assert.equal(replies.find(({ status }) => status === 409)?.body.code, 'email-taken');
  });

  test('a name that is the e-mail goes with it', async () => {
    const { token, mailed } = await register('kim@example.org', 'kim@example.org');
    await verify({ token: mailed }, token);
    await change(token, 'kim@new.example');
    await verify({ token: tokenIn(await waitForMail(gateway, 'kim@new.example')) }, token);
    assert.equal((await me(token)).name, 'kim@new.example');
    // The old one is free for whoever has the mailbox now.
    await register('kim@example.org', 'kim@example.org');
  });
});

describe('mails of the JSON API', () => {
  test('only so many go to a mailbox in an hour', async () => {
    const gateway = await startGateway({ GATEHOUSE_MESSAGES_PER_DAY: '2' });
    const { token } = await addApiUser(gateway, 'ann', { email: 'ann@example.org' });
    const ask = () => askApi(gateway, '/accounts/me/email/verification', { method: 'POST', token });
    assert.deepEqual([(await ask()).status, (await ask()).status], [202, 202]);
    const refused = await ask();
    assertProblem(refused, 429, 'too-many-requests');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    await gateway.stop();
  });

  test('a registration goes well when no more mails may be sent', async () => {
    const gateway = await startGateway({ GATEHOUSE_MESSAGES_PER_DAY: '1' });
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) {
      const body = { name: `user${at}`, password: PASSWORD, email: `user${at}@example.org` };
      statuses.push((await askApi(gateway, '/accounts', { method: 'POST', body })).status);
    }
    assert.deepEqual(new Set(statuses), new Set([201]));
    await waitForMail(gateway, 'user9@example.org');
    assert.equal((await readOutbox(gateway)).length, 10, 'ten from one client');
    await gateway.stop();
  });
});
