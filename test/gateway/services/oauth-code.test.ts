import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Failure, type FailureCode } from '../../../metadata/index.ts';
import { askApi } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import { APP, addVerifiedUser, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';
import { OIDC_CLIENT } from '../../support/oidc-provider.ts';

const redirectUri = `${APP}/callback`;
const actor = { accountId: null, address: '127.0.0.1', userAgent: 'test' };

const failure = (code: FailureCode) => (error: unknown) => error instanceof Failure && error.code === code;

describe('A client with a code of its own', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
    oauth.corp.people.ann = { preferred_username: 'ann', email: 'ann@example.org', email_verified: true };
  });
  after(() => oauth.stop());

  const logIn = (code: string, more: { redirectUri?: string; state?: string; provider?: string } = {}) =>
    oauth.gateway.services.oauth.loginWithCode({ provider: 'corp', code, redirectUri, actor, ...more });

  /** Asks the provider without us. */
  const codeOf = async (query: Record<string, string> = {}): Promise<string> => {
    const url = new URL(`${oauth.corp.issuer}/auth`);
    const scope = 'openid email profile';
    const asked = { client_id: OIDC_CLIENT.id, response_type: 'code', scope, redirect_uri: redirectUri, ...query };
    url.search = new URLSearchParams(asked).toString();
    const page = await oauth.corp.logIn(new Browser(), url.href, { who: 'ann', until: `${APP}/` });
    return page.url.searchParams.get('code') ?? '';
  };

  test('logs in, with a state of its own or none', async () => {
    const first = await logIn(await codeOf());
    assert.equal(first.kind, 'session');
    const second = await logIn(await codeOf({ state: 'its-own' }), { state: 'its-own' });
    assert.ok(first.kind === 'session' && second.kind === 'session');
    assert.equal(second.tokens.account.id, first.tokens.account.id);
  });

  test('logs in with a state of ours, which brings its verifier and its nonce', async () => {
    const url = await oauth.answerOf(new Browser(), 'ann');
    const { state = '', code = '' } = Object.fromEntries(url.searchParams);
    const own = { redirectUri: oauth.url('/oauth/corp/callback'), state };
    assert.equal((await logIn(code, own)).kind, 'session');
    await assert.rejects(logIn(code, own), failure('InvalidArgument'));
  });

  test('cannot use a code of a log-in of ours without its state', async () => {
    const url = await oauth.answerOf(new Browser(), 'ann');
    const code = url.searchParams.get('code') ?? '';
    const own = oauth.url('/oauth/corp/callback');
    await assert.rejects(logIn(code, { redirectUri: own }), failure('InvalidArgument'));
    await assert.rejects(logIn(code), failure('InvalidRequest'));
  });

  test('cannot end a link', async () => {
    const user = await addVerifiedUser(oauth.gateway, 'bob', 'bob@example.org');
    const body = { password: user.password, redirect_uri: redirectUri };
    const begun = await askApi(oauth.gateway, '/oauth/corp/link', { method: 'POST', token: user.token, body });
    const start = begun.body.authorization_url;
    const { url } = await oauth.corp.logIn(new Browser(), start, { who: 'ann', until: `${APP}/` });
    const { state = '', code = '' } = Object.fromEntries(url.searchParams);
    await assert.rejects(logIn(code, { state }), failure('InvalidRequest'));
  });

  test('is refused with a code that was used or is wrong, a nonce of its own, and a redirect URI of nobody', async () => {
    const code = await codeOf();
    await logIn(code);
    await assert.rejects(logIn(code), failure('InvalidRequest'));
    await assert.rejects(logIn('wrong'), failure('InvalidRequest'));
    await assert.rejects(logIn(await codeOf({ nonce: 'its own' })), failure('ProviderRefused'));
    for (const evil of [
      'https://evil.example/callback',
      'javascript:alert(1)',
      `${APP}@evil.example`,
      `${APP}/x?y=z`,
      '',
    ]) {
      await assert.rejects(logIn('any', { redirectUri: evil }), failure('InvalidArgument'));
    }
    await assert.rejects(logIn('any', { provider: 'nobody' }), failure('NoSuchProvider'));
  });
});
