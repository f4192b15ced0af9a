import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import { APP, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';

describe('A log-in at an OpenID provider', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
    Object.assign(oauth.corp.people, {
      ann: { preferred_username: 'Ann Ää', email: 'Ann@Example.org', email_verified: true },
      bob: { preferred_username: 'bob' },
      dan: { preferred_username: 'dan' },
    });
  });
  after(() => oauth.stop());

  test('shows whoever asks where it can be done', async () => {
    const { status, body } = await askApi(oauth.gateway, '/oauth/providers');
    assert.equal(status, 200);
    assert.deepEqual(body, { items: [{ name: 'corp' }, { name: 'github' }], next: null });
  });

  test('asks for a code with PKCE, a state and a nonce', async () => {
    const reply = await askApi(oauth.gateway, '/oauth/corp/start');
    assert.equal(reply.status, 302);
    const url = new URL(reply.headers.get('location') ?? '');
    assert.equal(url.origin, oauth.corp.issuer);
    const { state, nonce, code_challenge, ...query } = Object.fromEntries(url.searchParams);
    assert.deepEqual(query, {
      client_id: 'gatehouse',
      redirect_uri: oauth.url('/oauth/corp/callback'),
      response_type: 'code',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    for (const text of [state, nonce, code_challenge]) assert.match(text ?? '', /^[\w-]{43}$/);
    const cookie = reply.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^gatehouse_oauth=[\w-]{43}; Max-Age=600; Path=\/api\/v1\/oauth; HttpOnly; SameSite=Lax$/);
  });

  test('makes an account and a session of it, with the verified e-mail and no password', async () => {
    const { status, body } = await oauth.logIn(new Browser(), 'ann');
    assert.equal(status, 201);
    assert.equal(body.account.name, 'ann-aa');
    const token = body.access_token;
    const { body: session } = await askApi(oauth.gateway, '/sessions/current', { token });
    assert.deepEqual(session.methods, ['oauth:corp']);
    const { body: account } = await askApi(oauth.gateway, '/accounts/me', { token });
    assert.equal(account.role, 'member');
    assert.equal(account.email, 'ann@example.org');
    assert.equal(account.email_verified, true);
    assert.equal(account.has_password, false);
    const { body: identities } = await askApi(oauth.gateway, '/accounts/me/identities', { token });
    const [{ linked_at, last_used_at, ...identity }] = identities.items;
    assert.deepEqual(identity, {
      provider: 'corp',
      issuer: oauth.corp.issuer,
      subject: 'ann',
      email: 'ann@example.org',
    });
    assert.ok(Date.parse(linked_at) <= Date.parse(last_used_at));
  });

  test('finds the account again', async () => {
    const first = await oauth.logIn(new Browser(), 'ann');
    const second = await oauth.logIn(new Browser(), 'ann');
    assert.equal(second.body.account.id, first.body.account.id);
    assert.notEqual(second.body.session_id, first.body.session_id);
  });

  test('is a matter of the issuer and the subject, whatever becomes of the e-mail', async () => {
    const { corp } = oauth;
    corp.people.cyn = { email: 'cyn@example.org', email_verified: true };
    const first = await oauth.logIn(new Browser(), 'cyn');
    corp.people.cyn = { email: 'new@example.org', email_verified: true };
    const second = await oauth.logIn(new Browser(), 'cyn');
    assert.equal(second.body.account.id, first.body.account.id);
    const token = second.body.access_token;
    assert.equal((await askApi(oauth.gateway, '/accounts/me', { token })).body.email, 'cyn@example.org');
    const { body } = await askApi(oauth.gateway, '/accounts/me/identities', { token });
    assert.equal(body.items[0].email, 'new@example.org');
  });

  test('sets cookies where the browser is to keep the tokens, and shows none', async () => {
    const browser = new Browser();
    const { status, body } = await oauth.logIn(browser, 'bob', '?transport=cookie');
    assert.equal(status, 201);
    assert.equal(body.access_token, undefined);
    assert.equal(typeof body.csrf_token, 'string');
    assert.equal((await browser.visit(oauth.url('/sessions/current'))).body.account.name, 'bob');
  });

  test('leads back to a path of ours and to an application of the settings, with a session', async () => {
    const browser = new Browser();
    const page = await oauth.logIn(
      browser,
      'bob',
      `?return_to=${encodeURIComponent('/api/v1/sessions/current?a=b#c')}`,
    );
    assert.equal(page.url.href, oauth.url('/sessions/current?a=b#c'));
    assert.equal(page.body.account.name, 'bob');
    const { status, url } = await oauth.logIn(browser, 'bob', `?return_to=${APP}/in?x=1`);
    assert.equal(status, 303);
    assert.equal(url.href, `${APP}/in?x=1`);
  });

  for (const target of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'https://evil.example',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://user@app.example/',
    'http://app.example/',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,hello',
    'evil.example',
    ' /x',
    'https://own.invalid/',
  ]) {
    test(`never leads back to ${JSON.stringify(target)}`, async () => {
      const reply = await askApi(oauth.gateway, `/oauth/corp/start?return_to=${encodeURIComponent(target)}`);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, 'return_to');
    });
  }

  test('with a provider that is none is a 404', async () => {
    for (const path of ['/oauth/nobody/start', '/oauth/nobody/callback?state=x&code=y']) {
      assertProblem(await askApi(oauth.gateway, path), 404, 'no-such-provider');
    }
    assertProblem(await askApi(oauth.gateway, '/oauth/No_Body/start'), 400, 'invalid-request');
  });

  test('ends with a 403 for who says no at the provider', async () => {
    const page = await oauth.corp.deny(new Browser(), oauth.url('/oauth/corp/start'));
    assert.match(page.url.search, /error=access_denied/);
    assertProblem(page, 403, 'not-allowed');
  });

  test('comes back to the browser that began and to no other', async () => {
    const url = await oauth.answerOf(new Browser(), 'bob');
    assertProblem(await new Browser().visit(url), 400, 'invalid-request');
    const other = new Browser();
    await other.visit(oauth.url('/oauth/corp/start'), { until: oauth.corp.issuer });
    assert.equal(other.cookies.length, 1);
    assertProblem(await other.visit(await oauth.answerOf(new Browser(), 'bob')), 400, 'invalid-request');
  });

  test('counts once', async () => {
    const browser = new Browser();
    const url = await oauth.answerOf(browser, 'bob');
    assert.equal((await browser.visit(url)).status, 201);
    assertProblem(await browser.visit(url), 400, 'invalid-request');
  });

  test('counts once, also for two callbacks at the same time', async () => {
    const browser = new Browser();
    const url = await oauth.answerOf(browser, 'bob');
    const pages = await Promise.all([browser.visit(url), browser.visit(url), browser.visit(url)]);
    assert.deepEqual(pages.map(({ status }) => status).sort(), [201, 400, 400]);
  });

  test('is refused with a state that is none of ours, none at all, or of another provider', async () => {
    const browser = new Browser();
    const url = await oauth.answerOf(browser, 'bob');
    const state = url.searchParams.get('state') ?? '';
    const tampered = new URL(url);
    tampered.searchParams.set('state', `${state.slice(0, -2)}xx`);
    assertProblem(await browser.visit(tampered), 400, 'invalid-request');
    tampered.searchParams.delete('state');
    assertProblem(await browser.visit(tampered), 400, 'invalid-request');
    const elsewhere = new URL(url.href.replace('/oauth/corp/', '/oauth/github/'));
    assertProblem(await browser.visit(elsewhere), 400, 'invalid-request');
    assertProblem(await browser.visit(url), 400, 'invalid-request');
  });

  test('is refused once ten minutes have passed', async (context) => {
    const browser = new Browser();
    const url = await oauth.answerOf(browser, 'bob');
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 601_000 });
    assertProblem(await browser.visit(url), 400, 'invalid-request');
  });

  test('is refused with a code that is wrong, of another log-in, or missing', async () => {
    const browser = new Browser();
    const change = async (code: string | undefined) => {
      const url = await oauth.answerOf(browser, 'bob');
      url.searchParams.delete('code');
      if (code !== undefined) url.searchParams.set('code', code);
      return browser.visit(url);
    };
    assertProblem(await change('wrong'), 400, 'invalid-request');
    assertProblem(await change(undefined), 400, 'invalid-request');
    // The code of somebody else, slipped into a log-in of one's own: its verifier is another.
    const stolen = (await oauth.answerOf(new Browser(), 'ann')).searchParams.get('code') ?? '';
    assertProblem(await change(stolen), 400, 'invalid-request');
  });

  test('is refused with the answer of another issuer', async () => {
    const browser = new Browser();
    const url = await oauth.answerOf(browser, 'bob');
    assert.equal(url.searchParams.get('iss'), oauth.corp.issuer);
    url.searchParams.set('iss', 'https://evil.example');
    assertProblem(await browser.visit(url), 400, 'invalid-request');
    const without = await oauth.answerOf(browser, 'bob');
    without.searchParams.delete('iss');
    assertProblem(await browser.visit(without), 400, 'invalid-request');
  });

  test('repeats nothing of what a URL says went wrong', async () => {
    const answer = async (error: string) => {
      const browser = new Browser();
      const url = await oauth.answerOf(browser, 'bob');
      url.search = new URLSearchParams({
        state: url.searchParams.get('state') ?? '',
        error,
        iss: oauth.corp.issuer,
      }).toString();
      return browser.visit(url);
    };
    const failed = await answer('server_error');
    assertProblem(failed, 502, 'provider-refused');
    assert.match(failed.body.detail, /server_error/);
    const forged = await answer('<b>Call 555-0100</b>');
    assertProblem(forged, 502, 'provider-refused');
    assert.doesNotMatch(forged.text, /555/);
  });

  test('two tabs of a browser may both begin', async () => {
    const browser = new Browser();
    const first = await oauth.answerOf(browser, 'dan');
    const second = await oauth.answerOf(browser, 'dan');
    assert.equal((await browser.visit(second)).status, 201);
    assert.equal((await browser.visit(first)).status, 201);
  });

  test('two callbacks of somebody new at the same time make one account', async () => {
    oauth.corp.people.eve = { preferred_username: 'eve', email: 'eve@example.org', email_verified: true };
    const browsers = [new Browser(), new Browser(), new Browser()];
    const urls: URL[] = [];
    for (const browser of browsers) urls.push(await oauth.answerOf(browser, 'eve'));
    const pages = await Promise.all(browsers.map((browser, index) => browser.visit(urls[index] ?? '')));
    assert.deepEqual(
      pages.map(({ status }) => status),
      [201, 201, 201],
    );
    assert.equal(new Set(pages.map(({ body }) => body.account.id)).size, 1);
  });

  test('is told in the audit trail, with no secret in it', async () => {
    const { body } = await oauth.logIn(new Browser(), 'ann');
    const rows = await askApi(oauth.gateway, '/audit', { token: body.access_token });
    assert.equal(rows.status, 200, rows.text);
    const types = rows.body.items.map(({ type }: { type: string }) => type);
    for (const type of ['account.registered', 'identity.linked', 'session.created'])
      assert.ok(types.includes(type), type);
  });

  test('does not disturb who has a password', async () => {
    const user = await addApiUser(oauth.gateway, 'zoe');
    const body = { name: user.name, password: user.password };
    assert.equal((await askApi(oauth.gateway, '/sessions', { method: 'POST', body })).status, 201);
  });
});

describe('A provider that is down', () => {
  test('stops neither the gateway nor other log-ins, and is a 502 until it is up', async () => {
    const oauth = await startOauthGateway({
      GATEHOUSE_OAUTH_PROVIDERS: '{"corp":{"issuer":"http://127.0.0.1:9","client_id":"x"}}',
    });
    try {
      assertProblem(await askApi(oauth.gateway, '/oauth/corp/start'), 502, 'provider-refused');
      assert.equal((await askApi(oauth.gateway, '/oauth/providers')).status, 200);
    } finally {
      await oauth.stop();
    }
  });

  test('at the callback is a 502, and leaves nothing', async () => {
    const oauth = await startOauthGateway();
    oauth.corp.people.bob = { preferred_username: 'bob' };
    try {
      const browser = new Browser();
      const url = await oauth.answerOf(browser, 'bob');
      await oauth.corp.stop();
      assertProblem(await browser.visit(url), 502, 'provider-refused');
      assertProblem(await browser.visit(url), 400, 'invalid-request');
      assert.equal(await oauth.gateway.services.accounts.get('bob').catch(({ code }) => code), 'NoSuchAccount');
      // What it said of itself is remembered: whoever begins gets as far as its door.
      assert.equal((await askApi(oauth.gateway, '/oauth/corp/start')).status, 302);
    } finally {
      await oauth.gateway.stop();
      await oauth.github.stop();
    }
  });

  test('is taken for what it was while it cannot be asked again', async (context) => {
    const oauth = await startOauthGateway();
    try {
      assert.equal((await askApi(oauth.gateway, '/oauth/corp/start')).status, 302);
      await oauth.corp.close();
      context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_601_000 });
      assert.equal((await askApi(oauth.gateway, '/oauth/corp/start')).status, 302);
    } finally {
      await oauth.stop();
    }
  });

  test('is asked again as soon as it is up', async () => {
    const oauth = await startOauthGateway();
    const { corp } = oauth;
    try {
      await corp.close();
      assertProblem(await askApi(oauth.gateway, '/oauth/corp/start'), 502, 'provider-refused');
      await corp.open([oauth.url('/oauth/corp/callback')]);
      assert.equal((await askApi(oauth.gateway, '/oauth/corp/start')).status, 302);
    } finally {
      await oauth.stop();
    }
  });
});
