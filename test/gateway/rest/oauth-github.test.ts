import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askApi, assertProblem } from '../../support/api.ts';
import { Browser } from '../../support/browser.ts';
import type { GithubPerson } from '../../support/github-provider.ts';
import { addVerifiedUser, type OauthGateway, startOauthGateway } from '../../support/oauth.ts';

const octocat: GithubPerson = {
  id: 583231,
  login: 'Octocat',
  emails: [
    { email: 'old@example.org', primary: false, verified: true },
    { email: 'Octocat@Example.org', primary: true, verified: true },
  ],
};

describe('A log-in at GitHub', () => {
  let oauth: OauthGateway;
  before(async () => {
    oauth = await startOauthGateway();
  });
  after(() => oauth.stop());

  const logInAs = (person: GithubPerson | undefined) => {
    oauth.github.person = person;
    return oauth.logInAtGithub(new Browser());
  };
  const identityOf = async (token: string) =>
    (await askApi(oauth.gateway, '/accounts/me/identities', { token })).body.items[0];

  test('asks for a code with PKCE, and to read who it is', async () => {
    const reply = await askApi(oauth.gateway, '/oauth/github/start');
    const url = new URL(reply.headers.get('location') ?? '');
    assert.equal(url.origin + url.pathname, `${oauth.github.baseUrl}/login/oauth/authorize`);
    assert.equal(url.searchParams.get('scope'), 'read:user user:email');
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.equal(url.searchParams.get('nonce'), null);
  });

  test('makes an account of whoever it is there, by number', async () => {
    const { status, body } = await logInAs(octocat);
    assert.equal(status, 201);
    assert.equal(body.account.name, 'octocat');
    const { issuer, subject, email } = await identityOf(body.access_token);
    assert.deepEqual(
      { issuer, subject, email },
      { issuer: oauth.github.baseUrl, subject: '583231', email: 'octocat@example.org' },
    );
    const { body: account } = await askApi(oauth.gateway, '/accounts/me', { token: body.access_token });
    assert.equal(account.email, 'octocat@example.org');
    const renamed = await logInAs({ ...octocat, login: 'monalisa', emails: [] });
    assert.equal(renamed.body.account.id, body.account.id);
  });

  test('takes a login that somebody else has now for somebody else', async () => {
    const first = await logInAs({ id: 1, login: 'reused', emails: [] });
    const second = await logInAs({ id: 2, login: 'reused', emails: [] });
    assert.notEqual(second.body.account.id, first.body.account.id);
    assert.equal(second.body.account.name, 'reused-2');
  });

  test('counts the e-mail that is primary and verified, and no other', async () => {
    await addVerifiedUser(oauth.gateway, 'vic', 'vic@example.org');
    const login = 'mallory';
    const secondary = await logInAs({
      id: 10,
      login,
      emails: [
        { email: 'vic@example.org', primary: false, verified: true },
        { email: 'm@example.org', primary: true, verified: false },
      ],
    });
    assert.equal(secondary.status, 201);
    const { body } = await askApi(oauth.gateway, '/accounts/me', { token: secondary.body.access_token });
    assert.equal(body.email, null);
    const unverified = [{ email: 'vic@example.org', primary: true, verified: false }];
    assertProblem(await logInAs({ id: 11, login, emails: unverified }), 409, 'email-taken');
  });

  test('goes without an e-mail where GitHub shows none', async () => {
    oauth.github.fault = ({ url }) => (url.startsWith('/api/v3/user/emails') ? { status: 404 } : undefined);
    const { status, body } = await logInAs({ ...octocat, id: 20, login: 'no-mail' });
    oauth.github.fault = undefined;
    assert.equal(status, 201);
    assert.equal((await identityOf(body.access_token)).email, null);
  });

  test('ends with a 403 for who says no', async () => {
    assertProblem(await logInAs(undefined), 403, 'not-allowed');
  });

  test('takes a code once, and none that is wrong', async () => {
    oauth.github.person = octocat;
    const browser = new Browser();
    const answer = async (code: string) => {
      const until = oauth.url('/oauth/github/callback');
      const { url } = await browser.visit(oauth.url('/oauth/github/start'), { until });
      const own = url.searchParams.get('code') ?? '';
      url.searchParams.set('code', code === '' ? own : code);
      return { own, page: await browser.visit(url) };
    };
    const { own, page } = await answer('');
    assert.equal(page.status, 201);
    assertProblem((await answer(own)).page, 400, 'invalid-request');
    assertProblem((await answer('wrong')).page, 400, 'invalid-request');
  });

  test('is a 502 while GitHub answers nothing that helps', async () => {
    const faults = {
      '/login/oauth/access_token': [
        { status: 200, body: { error: 'incorrect_client_credentials' } },
        { status: 200, body: { error: 'redirect_uri_mismatch' } },
        { status: 500 },
        'hang up',
      ],
      '/api/v3/user': [
        { status: 401 },
        { status: 200, body: [] },
        { status: 200, body: { id: '583231', login: 'octocat' } },
        { status: 200, body: { id: 1.5 } },
        { status: 302, headers: { Location: 'https://elsewhere.example' } },
        'hang up',
      ],
      '/api/v3/user/emails?per_page=100': [{ status: 500 }, { status: 401 }],
    } as const;
    for (const [path, answers] of Object.entries(faults)) {
      for (const answer of answers) {
        oauth.github.fault = ({ url }) => (url === path ? answer : undefined);
        assertProblem(await logInAs(octocat), 502, 'provider-refused');
      }
    }
    oauth.github.fault = undefined;
    assert.equal((await logInAs(octocat)).status, 201);
  });
});
