import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Oidc } from '../../../gateway/services/oauth/oidc.ts';
import { type LyingProvider, startLyingProvider } from '../../support/lying-provider.ts';

describe('Microsoft', () => {
  let directory: LyingProvider;
  before(async () => {
    directory = await startLyingProvider('gatehouse');
  });
  after(() => directory.server.close());

  /** What a log-in says that is made by hand: of a server that stands for Microsoft's. */
  const identify = async (claims: object) => {
    directory.lie = { claims: { email: 'ann@example.org', ...claims } };
    const client = { name: 'microsoft', clientId: 'gatehouse', clientSecret: 'secret', scope: undefined };
    const provider = new Oidc({ kind: 'microsoft', issuer: new URL(directory.issuer), ...client });
    const redirectUri = 'https://gate.example/callback';
    const proof = { verifier: 'v'.repeat(43), nonce: 'nonce' };
    const url = await provider.authorizationUrl({ redirectUri, state: 'state', ...proof });
    const reply = await fetch(url, { redirect: 'manual' });
    const answer = Object.fromEntries(new URL(reply.headers.get('location') ?? '').searchParams);
    return provider.identify(answer, { redirectUri, proof });
  };

  test('vouches for an e-mail by xms_edov alone: its directories write into it what they like', async () => {
    for (const xms_edov of [true, 1, '1', 'true']) {
      assert.equal((await identify({ xms_edov })).isEmailVerified, true);
    }
    for (const claims of [{}, { email_verified: true }, { xms_edov: false }, { xms_edov: '0' }, { xms_edov: {} }]) {
      const { email, isEmailVerified } = await identify(claims);
      assert.deepEqual({ email, isEmailVerified }, { email: 'ann@example.org', isEmailVerified: false });
    }
  });

  test('gets the secret in the body', async () => {
    directory.server.requests.length = 0;
    await identify({});
    const asked = directory.server.requests.find(({ url }) => url === '/token');
    assert.equal(new URLSearchParams(asked?.body).get('client_secret'), 'secret');
    assert.equal(asked?.headers.authorization, undefined);
  });
});
