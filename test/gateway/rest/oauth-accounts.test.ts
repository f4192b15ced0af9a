import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import { addTotp, codeOf, holdClock, nextCode } from '../../support/factors.ts';
import { APP, addVerifiedUser, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';

describe('Whose account it is that logs in elsewhere', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
  });
  after(() => oauth.stop());

  const own = async (token: string) => (await askApi(oauth.gateway, '/accounts/me', { token })).body;

  test('verified here and there: the account with that e-mail, linked from now on', async () => {
    const user = await addVerifiedUser(oauth.gateway, 'ada', 'ada@example.org');
    oauth.corp.people.ada1 = { email: 'ADA@example.org', email_verified: true };
    const { status, body } = await oauth.logIn(new Browser(), 'ada1');
    assert.equal(status, 201);
    assert.equal(body.account.id, user.id);
    const audit = await askApi(oauth.gateway, '/audit', { token: user.token });
    assert.ok(audit.body.items.some(({ type }: { type: string }) => type === 'identity.linked'));
    const { items } = (await askApi(oauth.gateway, '/accounts/me/identities', { token: user.token })).body;
    assert.deepEqual(
      items.map(({ subject }: { subject: string }) => subject),
      ['ada1'],
    );
    oauth.corp.people.ada1 = { email: 'other@example.org', email_verified: true };
    assert.equal((await oauth.logIn(new Browser(), 'ada1')).body.account.id, user.id);
  });

  test('verified here, not there: a 409 that tells to link', async () => {
    const user = await addVerifiedUser(oauth.gateway, 'ben', 'ben@example.org');
    for (const [who, claims] of Object.entries({ ben1: { email_verified: false }, ben2: {} })) {
      oauth.corp.people[who] = { email: 'ben@example.org', ...claims };
      const page = await oauth.logIn(new Browser(), who);
      assertProblem(page, 409, 'email-taken');
      assert.match(page.body.detail, /link/);
    }
    const { items } = (await askApi(oauth.gateway, '/accounts/me/identities', { token: user.token })).body;
    assert.deepEqual(items, []);
  });

  test('verified there, not here: another account, which has the e-mail now', async () => {
    const squatter = await addApiUser(oauth.gateway, 'squatter', { email: 'cleo@example.org' });
    oauth.corp.people.cleo = { preferred_username: 'cleo', email: 'cleo@example.org', email_verified: true };
    const { status, body } = await oauth.logIn(new Browser(), 'cleo');
    assert.equal(status, 201);
    assert.notEqual(body.account.id, squatter.id);
    assert.equal((await own(body.access_token)).email, 'cleo@example.org');
    assert.equal((await own(squatter.token)).email, null);
    const byEmail = { name: 'cleo@example.org', password: squatter.password };
    assertProblem(
      await askApi(oauth.gateway, '/sessions', { method: 'POST', body: byEmail }),
      401,
      'invalid-credentials',
    );
  });

  test('verified nowhere: another account, and the e-mail stays where it was', async () => {
    const user = await addApiUser(oauth.gateway, 'dora', { email: 'dora@example.org' });
    oauth.corp.people.dora1 = { preferred_username: 'dora', email: 'dora@example.org', email_verified: false };
    const { status, body } = await oauth.logIn(new Browser(), 'dora1');
    assert.equal(status, 201);
    assert.notEqual(body.account.id, user.id);
    assert.equal(body.account.name, 'dora-2');
    assert.equal((await own(body.access_token)).email, null);
    assert.equal((await own(user.token)).email, 'dora@example.org');
  });

  test('an e-mail that the provider gave to somebody else is no way into the account of before', async () => {
    oauth.corp.people.fay1 = { preferred_username: 'fay', email: 'fay@example.org', email_verified: true };
    assert.equal((await oauth.logIn(new Browser(), 'fay1')).status, 201);
    oauth.corp.people.fay2 = { preferred_username: 'fay', email: 'fay@example.org', email_verified: true };
    assertProblem(await oauth.logIn(new Browser(), 'fay2'), 409, 'email-taken');
  });

  test('somebody’s name is no e-mail of theirs', async () => {
    await oauth.gateway.services.accounts.create({ name: 'gus@example.org' });
    oauth.corp.people.gus = { email: 'gus@example.org', email_verified: true };
    const { status, body } = await oauth.logIn(new Browser(), 'gus');
    assert.equal(status, 201);
    assert.equal(body.account.name, 'gus');
    assert.equal((await own(body.access_token)).email, null);
  });

  test('a disabled account is a 403, linked or by its e-mail', async () => {
    oauth.corp.people.hal = { preferred_username: 'hal', email: 'hal@example.org', email_verified: true };
    assert.equal((await oauth.logIn(new Browser(), 'hal')).status, 201);
    await oauth.gateway.services.accounts.disable('hal');
    const page = await oauth.logIn(new Browser(), 'hal');
    assertProblem(page, 403, 'not-allowed');
    assert.match(page.body.detail, /disabled/);
    await addVerifiedUser(oauth.gateway, 'ian', 'ian@example.org');
    await oauth.gateway.services.accounts.disable('ian');
    oauth.corp.people.ian1 = { email: 'ian@example.org', email_verified: true };
    assertProblem(await oauth.logIn(new Browser(), 'ian1'), 403, 'not-allowed');
    const { token } = await addApiUser(oauth.gateway, 'auditor', { role: 'auditor' });
    const { body } = await askApi(oauth.gateway, '/audit?type=session.refused', { token });
    assert.deepEqual(body.items[0].detail, { provider: 'corp', subject: 'ian1', reason: 'AccessDenied' });
  });

  test('a second factor is asked for as after a password', async () => {
    holdClock();
    const user = await addTotp(oauth.gateway, await addVerifiedUser(oauth.gateway, 'jan', 'jan@example.org'));
    oauth.corp.people.jan = { email: 'jan@example.org', email_verified: true };
    const { status, body } = await oauth.logIn(new Browser(), 'jan');
    assert.equal(status, 202);
    assert.equal(body.status, 'second-factor-required');
    assertProblem(await askApi(oauth.gateway, '/accounts/me', { token: body.challenge_token }), 401, 'invalid-token');
    const proven = await askApi(oauth.gateway, '/sessions/second-factor', {
      method: 'POST',
      body: { challenge_token: body.challenge_token, code: nextCode(user.secret) },
    });
    assert.equal(proven.status, 201, proven.text);
    const session = await askApi(oauth.gateway, '/sessions/current', { token: proven.body.access_token });
    assert.deepEqual(session.body.methods, ['oauth:corp', 'totp']);
    assert.notEqual(codeOf(user.secret), '');
  });

  test('a second factor is asked for by the page that the browser returns to', async () => {
    const browser = new Browser();
    const { status, url } = await oauth.logIn(browser, 'jan', `?return_to=${APP}/in%23old`);
    assert.equal(status, 303);
    assert.equal(url.origin + url.pathname + url.search, `${APP}/in`);
    const pending = new URLSearchParams(url.hash.slice(1));
    assert.equal(pending.get('status'), 'second-factor-required');
    assert.match(pending.get('methods') ?? '', /totp/);
    assert.ok(pending.get('challenge_token'));
    assert.deepEqual(
      browser.cookies.map(({ name }) => name).filter((name) => /access|refresh/.test(name)),
      [],
    );
  });
});

describe('Where registration is closed', () => {
  test('who has no account gets none, and who has one logs in', async () => {
    const oauth = await startOauthGateway({ GATEHOUSE_REGISTRATION: 'closed' });
    try {
      const { people } = oauth.corp;
      people.ann = { email: 'ann@example.org', email_verified: true };
      people.bob = { preferred_username: 'bob' };
      const user = await addVerifiedUser(oauth.gateway, 'ann', 'ann@example.org');
      assert.equal((await oauth.logIn(new Browser(), 'ann')).body.account.id, user.id);
      assertProblem(await oauth.logIn(new Browser(), 'bob'), 403, 'registration-closed');
      assertProblem(await oauth.logIn(new Browser(), 'bob', '?invite=any'), 403, 'registration-closed');
    } finally {
      await oauth.stop();
    }
  });
});

describe('Where registration is by invite', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway({ GATEHOUSE_REGISTRATION: 'invite' });
    for (const who of ['ann', 'bob', 'cyn']) oauth.corp.people[who] = { preferred_username: who };
  });
  after(() => oauth.stop());

  const invite = async (body: object): Promise<string> => {
    const admin = await addApiUser(oauth.gateway, `admin-${Math.random()}`, { role: 'admin' });
    const reply = await askApi(oauth.gateway, '/invites', { method: 'POST', token: admin.token, body });
    assert.equal(reply.status, 201, reply.text);
    return reply.body.token;
  };

  test('who has none is refused', async () => {
    assertProblem(await oauth.logIn(new Browser(), 'ann'), 403, 'invalid-invite');
    assertProblem(await oauth.logIn(new Browser(), 'ann', '?invite=wrong'), 403, 'invalid-invite');
  });

  test('one lets somebody in, once, as what it says', async () => {
    const token = await invite({ role: 'auditor' });
    const { status, body } = await oauth.logIn(new Browser(), 'ann', `?invite=${token}`);
    assert.equal(status, 201);
    assert.equal(body.account.role, 'auditor');
    assertProblem(await oauth.logIn(new Browser(), 'bob', `?invite=${token}`), 403, 'invalid-invite');
    assert.equal((await oauth.logIn(new Browser(), 'ann')).status, 201);
  });

  test('one that was mailed has shown whose e-mail it is', async () => {
    const token = await invite({ email: 'bob@example.org' });
    const { body } = await oauth.logIn(new Browser(), 'bob', `?invite=${token}`);
    const { body: account } = await askApi(oauth.gateway, '/accounts/me', { token: body.access_token });
    assert.equal(account.email, 'bob@example.org');
    assert.equal(account.email_verified, true);
  });
});

describe('Limits of log-ins elsewhere', () => {
  test('accounts that are made so count as registrations, and who has one logs in', async () => {
    const oauth = await startOauthGateway({ GATEHOUSE_REGISTRATIONS_PER_HOUR: '1' });
    try {
      for (const who of ['ann', 'bob']) oauth.corp.people[who] = { preferred_username: who };
      assert.equal((await oauth.logIn(new Browser(), 'ann')).status, 201);
      const refused = await oauth.logIn(new Browser(), 'bob');
      assertProblem(refused, 429, 'too-many-requests');
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.equal((await oauth.logIn(new Browser(), 'ann')).status, 201);
    } finally {
      await oauth.stop();
    }
  });

  test('nobody begins without an end', async () => {
    const oauth = await startOauthGateway({ GATEHOUSE_LOGIN_FAILURES: '1' });
    try {
      const start = () => askApi(oauth.gateway, '/oauth/github/start');
      const replies = await Promise.all(Array.from({ length: 100 }, start));
      assert.ok(replies.every(({ status }) => status === 302));
      assertProblem(await start(), 429, 'too-many-requests');
    } finally {
      await oauth.stop();
    }
  });
});

test('Who must have a second factor and has none sets one up first', async () => {
  const oauth = await startOauthGateway({ GATEHOUSE_SECOND_FACTOR: 'required' });
  try {
    oauth.corp.people.ann = { preferred_username: 'ann' };
    const { status, body } = await oauth.logIn(new Browser(), 'ann');
    assert.equal(status, 202);
    assert.equal(body.status, 'enrolment-required');
    assertProblem(await askApi(oauth.gateway, '/accounts/me', { token: body.enrolment_token }), 401, 'invalid-token');
  } finally {
    await oauth.stop();
  }
});
