import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import { APP, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';

describe('An account', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
    for (const who of ['ann1', 'ann2', 'bob1', 'cyn1', 'dan1', 'eve1', 'fay1', 'gus1', 'hal1']) {
      oauth.corp.people[who] = { preferred_username: who };
    }
    oauth.github.person = { id: 7, login: 'seven', emails: [] };
  });
  after(() => oauth.stop());

  const begin = (token: string | undefined, body: object = { password: PASSWORD }, provider = 'corp') =>
    askApi(oauth.gateway, `/oauth/${provider}/link`, { method: 'POST', token, body });

  /** Links as a browser does that has logged in with cookies. */
  const link = async (user: ApiUser, who: string, body: object = {}) => {
    const browser = new Browser();
    const form = { name: user.name, password: user.password, transport: 'cookie' };
    const json = { 'Content-Type': 'application/json' };
    const session = await browser.send(oauth.url('/sessions'), { method: 'POST', headers: json, body: form });
    const headers = { ...json, 'X-CSRF-Token': session.body.csrf_token };
    const begun = await browser.send(oauth.url('/oauth/corp/link'), {
      method: 'POST',
      headers,
      body: { password: user.password, ...body },
    });
    assert.equal(begun.status, 201, begun.text);
    return oauth.corp.logIn(browser, begun.body.authorization_url, { who, until: `${APP}/` });
  };
  const identities = async (token: string) =>
    (await askApi(oauth.gateway, '/accounts/me/identities', { token })).body.items;
  const unlink = (token: string, provider = 'corp') =>
    askApi(oauth.gateway, `/oauth/${provider}/link`, { method: 'DELETE', token });

  test('is linked by its own browser, logs in there, and is unlinked', async () => {
    const user = await addApiUser(oauth.gateway, 'ann');
    const { status, body } = await link(user, 'ann1');
    assert.equal(status, 200);
    assert.equal(body.subject, 'ann1');
    assert.equal((await oauth.logIn(new Browser(), 'ann1')).body.account.id, user.id);
    assert.equal((await link(user, 'ann1')).status, 200);
    assertProblem(await link(user, 'ann2'), 409, 'identity-taken');
    assert.equal((await unlink(user.token)).status, 204);
    assert.deepEqual(await identities(user.token), []);
    assertProblem(await unlink(user.token), 404, 'no-such-identity');
    const other = await oauth.logIn(new Browser(), 'ann1');
    assert.notEqual(other.body.account.id, user.id);
    const { body: audit } = await askApi(oauth.gateway, '/audit', { token: user.token });
    const types = audit.items.map(({ type }: { type: string }) => type);
    assert.ok(types.includes('identity.linked') && types.includes('identity.unlinked'));
  });

  test('returns to where it was linked from', async () => {
    const { status, url } = await link(await addApiUser(oauth.gateway, 'bob'), 'bob1', { return_to: `${APP}/me` });
    assert.equal(status, 303);
    assert.equal(url.href, `${APP}/me`);
  });

  test('cannot have the identity of another', async () => {
    const { body } = await oauth.logIn(new Browser(), 'cyn1');
    assertProblem(await link(await addApiUser(oauth.gateway, 'cyn'), 'cyn1'), 409, 'identity-taken');
    assert.equal((await identities(body.access_token)).length, 1);
  });

  test('is linked by who is logged in, with the password again, and by nobody else', async () => {
    const { token } = await addApiUser(oauth.gateway, 'dan');
    assertProblem(await begin(undefined), 401, 'not-authenticated');
    assertProblem(await begin(token, {}), 401, 'invalid-credentials');
    assertProblem(await begin(token, { password: 'wrong' }), 401, 'invalid-credentials');
    assertProblem(await begin(token, { password: PASSWORD, return_to: '//evil.example' }), 400, 'invalid-request');
    assertProblem(await begin(token, { password: PASSWORD, more: 1 }), 400, 'invalid-request');
    assertProblem(await begin(token, undefined, 'nobody'), 404, 'no-such-provider');
  });

  test('is not linked to whom somebody else sends to its link', async () => {
    const attacker = await addApiUser(oauth.gateway, 'eve');
    const { body } = await begin(attacker.token);
    const page = await oauth.corp.logIn(new Browser(), body.authorization_url, { who: 'eve1' });
    assertProblem(page, 400, 'invalid-request');
    assert.deepEqual(await identities(attacker.token), []);
  });

  test('is linked by an application that hands on the answer, in the session that began', async () => {
    const user = await addApiUser(oauth.gateway, 'fay');
    const other = await addApiUser(oauth.gateway, 'other');
    const redirect_uri = `${APP}/callback`;
    const answer = async () => {
      const { body } = await begin(user.token, { password: PASSWORD, redirect_uri });
      const { url } = await oauth.corp.logIn(new Browser(), body.authorization_url, { who: 'fay1', until: `${APP}/` });
      return Object.fromEntries(url.searchParams);
    };
    const finish = (token: string, body: object) =>
      askApi(oauth.gateway, '/oauth/corp/link', { method: 'PUT', token, body });
    assertProblem(await finish(other.token, await answer()), 400, 'invalid-request');
    const first = await answer();
    const { status, body } = await finish(user.token, first);
    assert.equal(status, 200);
    assert.equal(body.subject, 'fay1');
    assertProblem(await finish(user.token, first), 400, 'invalid-request');
    // Our own callback takes none of them: it could not know whose browser it is.
    const callback = `${oauth.url('/oauth/corp/callback')}?${new URLSearchParams(await answer())}`;
    assertProblem(await new Browser().visit(callback), 400, 'invalid-request');
    const evil = { password: PASSWORD, redirect_uri: 'https://evil.example/callback' };
    assertProblem(await begin(user.token, evil), 400, 'invalid-request');
  });

  test('is not linked once the session that began has ended', async () => {
    const user = await addApiUser(oauth.gateway, 'gus');
    const { body } = await begin(user.token, { password: PASSWORD, redirect_uri: `${APP}/callback` });
    const started = { who: 'gus1', until: `${APP}/` };
    const { url } = await oauth.corp.logIn(new Browser(), body.authorization_url, started);
    await askApi(oauth.gateway, '/sessions', { method: 'DELETE', token: user.token });
    const answer = Object.fromEntries(url.searchParams);
    const reply = await askApi(oauth.gateway, '/oauth/corp/link', { method: 'PUT', token: user.token, body: answer });
    assertProblem(reply, 401, 'invalid-token');
  });

  test('keeps its last way in', async () => {
    const { body } = await oauth.logIn(new Browser(), 'hal1');
    const token = body.access_token;
    assertProblem(await unlink(token), 409, 'last-way-in');
    const browser = new Browser();
    // Who has no password has just logged in.
    const begun = await browser.send(oauth.url('/oauth/github/link'), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: {},
    });
    assert.equal((await browser.visit(begun.body.authorization_url)).status, 200);
    assert.deepEqual(
      (await identities(token)).map(({ provider }: { provider: string }) => provider),
      ['corp', 'github'],
    );
    const replies = await Promise.all([unlink(token), unlink(token, 'github')]);
    assert.deepEqual(replies.map(({ status }) => status).sort(), [204, 409]);
    assert.equal((await identities(token)).length, 1);
  });
});
