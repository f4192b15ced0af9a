import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type ApiReply, addApiUser, askApi, PASSWORD } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import { addTotp, codeOf, type TotpUser } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { APP, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';
import { OIDC_CLIENT } from '../../support/oidc-provider.ts';

/** The log-in of each dialect, and what names an account there. */
const logIns = [
  ['/api/v1/user/login', 'name'],
  ['//users/login', 'username'],
  ['//middleware/api/v1/user/auth', 'email'],
  ['//login', 'username'],
] as const;

suite('the log-ins of the dialects are no way round', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_LOGIN_FAILURES: '3' });
  });
  after(() => gateway.stop());

  function logIn(path: string, body: object): Promise<ApiReply> {
    return askApi(gateway, path, { method: 'POST', body });
  }

  for (const [path, field] of logIns) {
    test(`a second factor at ${path}`, async () => {
      const name = `factor-${field}-${path.length}@example.org`;
      const user: TotpUser = await addTotp(gateway, await addApiUser(gateway, name, { email: name }));
      const credentials = { [field]: name, password: PASSWORD };
      const refused = await logIn(path, credentials);
      assert.equal(refused.status, 403, refused.text);
      assert.match(refused.text, /second factor/);
      assert.equal((await logIn(path, { ...credentials, code: '000' })).status, 401);
      assert.equal((await logIn(path, { ...credentials, code: user.recoveryCodes[0] })).status, 200);
      // The step that set it up has been used.
      assert.equal((await logIn(path, { ...credentials, code: codeOf(user.secret) })).status, 401);
    });

    test(`the limits of failures at ${path}`, async () => {
      const name = `limited-${field}-${path.length}@example.org`;
      await addApiUser(gateway, name, { email: name });
      for (const _ of [1, 2, 3]) assert.equal((await logIn(path, { [field]: name, password: 'wrong' })).status, 401);
      const limited = await logIn(path, { [field]: name, password: PASSWORD });
      assert.equal(limited.status, 429, limited.text);
      assert.match(limited.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    });

    test(`a disabled account at ${path}`, async () => {
      const name = `disabled-${field}-${path.length}@example.org`;
      await addApiUser(gateway, name, { email: name });
      await gateway.services.accounts.disable(name);
      assert.equal((await logIn(path, { [field]: name, password: PASSWORD })).status, 401);
    });
  }
});

suite('the log-in elsewhere of the dialect `general`', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
    oauth.corp.people.ann = { preferred_username: 'ann', email: 'ann@example.org', email_verified: true };
  });
  after(() => oauth.stop());

  /** As an application does it: it asks the provider itself. */
  async function codeOfAnn(): Promise<string> {
    const url = new URL(`${oauth.corp.issuer}/auth`);
    url.search = new URLSearchParams({
      client_id: OIDC_CLIENT.id,
      response_type: 'code',
      scope: 'openid email profile',
      redirect_uri: `${APP}/callback`,
      state: 'its-own',
    }).toString();
    const page = await oauth.corp.logIn(new Browser(), url.href, { who: 'ann', until: `${APP}/` });
    return page.url.searchParams.get('code') ?? '';
  }

  function logIn(query: Record<string, string>): Promise<ApiReply> {
    return askApi(oauth.gateway, `/api/v1/user/oauth?${new URLSearchParams(query)}`);
  }

  test('a code is exchanged for a token, as a log-in', async () => {
    const query = { code: await codeOfAnn(), type: 'corp', redirect_uri: `${APP}/callback`, state: 'its-own' };
    const reply = await logIn(query);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.body._status, 'OK');
    assert.equal(reply.body.user_name, 'ann');
    const me = await askApi(oauth.gateway, '/accounts/me', { token: reply.body.access_token });
    assert.equal(me.body.id, reply.body.user_id);
    const again = await logIn(query);
    assert.ok(again.status >= 400 && again.status !== 500, again.text);
    assert.equal(again.body._status, 'ERR');
  });

  test('a redirect URI of somebody else is refused', async () => {
    const query = { code: 'c', type: 'corp', redirect_uri: 'https://evil.example/callback', state: 's' };
    assert.equal((await logIn(query)).status, 400);
  });
});
