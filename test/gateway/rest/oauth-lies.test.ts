import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askApi, assertProblem } from '../../support/api.ts';
import { Browser, type Page } from '../../support/browser.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type Lie, type LyingProvider, startLyingProvider } from '../../support/lying-provider.ts';

const CLIENT = 'gatehouse';

describe('A provider', () => {
  let liar: LyingProvider;
  let gateway: TestGateway;
  before(async () => {
    liar = await startLyingProvider(CLIENT);
    gateway = await startGateway({
      GATEHOUSE_OAUTH_PROVIDERS: JSON.stringify({ liar: { issuer: liar.issuer, client_id: CLIENT } }),
    });
  });
  after(async () => {
    await gateway.stop();
    await liar.server.close();
  });

  const logIn = (lie: Lie): Promise<Page> => {
    liar.lie = lie;
    return new Browser().visit(`${gateway.apiUrl}/api/v1/oauth/liar/start`);
  };

  test('that tells the truth is believed', async () => {
    const { status, body } = await logIn({});
    assert.equal(status, 201);
    assert.equal(body.account.name, 'mallory');
  });

  test('gets no secret of a client that has none', async () => {
    liar.server.requests.length = 0;
    await logIn({});
    const { headers, body } = liar.server.requests.find(({ url }) => url === '/token') ?? { headers: {}, body: '' };
    const form = Object.fromEntries(new URLSearchParams(body));
    assert.equal(headers.authorization, undefined);
    assert.deepEqual(Object.keys(form).sort(), ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri']);
  });

  const now = Math.floor(Date.now() / 1000);
  const lies: Record<string, Lie> = {
    'another issuer': { claims: { iss: 'https://accounts.example' } },
    'another audience': { claims: { aud: 'another client' } },
    'several audiences, and another one as the party that asked': { claims: { aud: [CLIENT, 'x'], azp: 'x' } },
    'another nonce': { claims: { nonce: 'of another log-in' } },
    'no nonce': { claims: { nonce: undefined } },
    'no subject': { claims: { sub: undefined } },
    'a subject that is no text': { claims: { sub: 17 } },
    'a time that is over': { claims: { iat: now - 7200, exp: now - 3600 } },
    'a time that has not come': { claims: { nbf: now + 3600 } },
    'no time at all': { claims: { exp: undefined } },
    'the signature of somebody else': { signature: 'foreign' },
    'no signature': { signature: 'none' },
    'no signature, and says so (alg none)': { signature: 'none', header: { alg: 'none' } },
    'a signature by its public key as a secret (alg HS256)': { header: { alg: 'HS256' } },
    'a key that it does not publish': { header: { kid: 'unknown' } },
    'an extension that must be understood': { header: { crit: ['exp'] } },
    'no ID token that can be read': { header: { alg: 17 } },
  };
  for (const [what, lie] of Object.entries(lies)) {
    test(`whose ID token has ${what} is not believed`, async () => {
      const page = await logIn(lie);
      assertProblem(page, 502, 'provider-refused');
      assert.doesNotMatch(page.text, /token|nonce|mallory/i);
    });
  }

  test('that is mixed up with another is not believed', async () => {
    assertProblem(await logIn({ answer: { iss: 'https://evil.example' } }), 400, 'invalid-request');
    assertProblem(await logIn({ answer: { iss: '' } }), 400, 'invalid-request');
  });

  test('that answers twice is not believed', async () => {
    liar.lie = {};
    const browser = new Browser();
    const callback = `${gateway.apiUrl}/api/v1/oauth/liar/callback`;
    const { url } = await browser.visit(`${gateway.apiUrl}/api/v1/oauth/liar/start`, { until: callback });
    assertProblem(await browser.visit(`${url}&code=another`), 400, 'invalid-request');
  });

  test('that speaks no JSON, no HTTP, or answers an error is a 502', async () => {
    const honest = liar.server.answer;
    try {
      for (const answer of [
        { status: 500 },
        { status: 200, body: 'a text' },
        { status: 200, body: {} },
        { status: 401, body: { error: 'invalid_client' } },
        { status: 302, headers: { Location: 'https://elsewhere.example' } },
        'hang up',
      ] as const) {
        liar.server.answer = (request) => (request.url === '/token' ? answer : honest(request));
        assertProblem(await logIn({}), 502, 'provider-refused');
      }
    } finally {
      liar.server.answer = honest;
    }
  });

  test('that calls itself by another name is not believed', async () => {
    const other = await startLyingProvider(CLIENT);
    other.lie = { metadata: { issuer: liar.issuer } };
    const misled = await startGateway({
      GATEHOUSE_OAUTH_PROVIDERS: JSON.stringify({ liar: { issuer: other.issuer, client_id: CLIENT } }),
    });
    try {
      assertProblem(await askApi(misled, '/oauth/liar/start'), 502, 'provider-refused');
    } finally {
      await misled.stop();
      await other.server.close();
    }
  });

  for (const [what, claims] of Object.entries({
    'as a text': { email_verified: 'true' },
    'as a number': { email_verified: 1 },
    'not at all': { email_verified: undefined },
  })) {
    test(`that calls an e-mail verified ${what} has not verified it`, async () => {
      const sub = `mallory ${what}`;
      const { status, body } = await logIn({ claims: { ...claims, sub, email: 'victim@example.org' } });
      assert.equal(status, 201);
      const own = await askApi(gateway, '/accounts/me', { token: body.access_token });
      assert.equal(own.body.email, null);
    });
  }

  test('whose e-mail only looks like somebody’s has not verified that', async () => {
    // A Kelvin sign is a k once it is made lower case.
    for (const email of ['mi\u212ae@example.org', 'no e-mail', 'a@b@example.org', '', 17]) {
      const { status, body } = await logIn({ claims: { sub: `with ${email}`, email, email_verified: true } });
      assert.equal(status, 201);
      assert.equal((await askApi(gateway, '/accounts/me', { token: body.access_token })).body.email, null);
    }
  });

  test('may call people whatever it likes: their accounts get names that are allowed, and their own', async () => {
    const names = new Set<string>();
    for (const [index, preferred_username] of [
      'root',
      'ROOT',
      '../../etc/passwd',
      '日本',
      '<script>',
      '---',
      'x'.repeat(5000),
      'victim@example.org',
      ['a'],
    ].entries()) {
      const { status, body } = await logIn({ claims: { sub: `named ${index}`, preferred_username, email: undefined } });
      assert.equal(status, 201);
      assert.match(body.account.name, /^[a-z0-9][a-z0-9._+-]{0,63}$/);
      names.add(body.account.name);
    }
    assert.equal(names.size, 9);
    assert.ok(!names.has('root'));
  });
});
