import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CompactEncrypt, type CryptoKey, exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let ann: ApiUser;
let kid: string;
let ourKey: CryptoKey;
const stranger = generateKeyPairSync('ed25519');

before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
  const key = await gateway.services.signingKeys.current();
  kid = key.kid;
  ourKey = key.privateKey;
});
after(() => gateway.stop());

interface Forgery {
  readonly claims?: JWTPayload;
  readonly without?: readonly string[];
  readonly header?: Record<string, unknown>;
  readonly key?: CryptoKey | KeyObject | Uint8Array;
}

/** Ann's token, but for what is given. */
function claimsOf({ claims = {}, without = [] }: Forgery): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: gateway.services.tokens.issuer,
    aud: 'gatehouse',
    sub: ann.id,
    sid: ann.sessionId,
    epoch: 1,
    amr: ['password'],
    iat: now,
    exp: now + 900,
  };
  return Object.fromEntries(Object.entries({ ...right, ...claims }).filter(([name]) => !without.includes(name)));
}

function forge(forgery: Forgery = {}): Promise<string> {
  const { header = {}, key = ourKey } = forgery;
  return new SignJWT(claimsOf(forgery))
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT', ...header })
    .sign(key, { crit: { 'urn:x': true } });
}

async function publicJwk() {
  const [jwk] = (await gateway.services.signingKeys.jwks()).keys;
  assert.ok(jwk !== undefined);
  return jwk;
}

/** The public key as the secret of an HMAC, in the form in which libraries have mistaken it for one. */
async function publicPem(): Promise<Buffer> {
  const { kty, crv, x } = await publicJwk();
  const key = createPublicKey({ key: { kty: kty as string, crv: crv as string, x: x as string }, format: 'jwk' });
  return Buffer.from(key.export({ type: 'spki', format: 'pem' }));
}

async function encrypted(): Promise<string> {
  const key = new Uint8Array(32).fill(7);
  const text = new TextEncoder().encode(await forge());
  return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid }).encrypt(key);
}

const strangersKey = async () => ({ ...(await exportJWK(stranger.publicKey)), kid, alg: 'EdDSA' });
const step = async (kind: 'second-factor' | 'enrolment') => {
  const claims = { accountId: ann.id, epoch: 1, methods: 'password' };
  return (await gateway.services.tokens.issue(kind, claims, 60_000)).token;
};
const parts = async () => (await forge()).split('.') as [string, string, string];
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens that are worth nothing, by what is wrong with them. */
const wrong: Record<string, () => Promise<string>> = {
  'alg none': async () => new UnsecuredJWT(claimsOf({})).encode(),
  'alg none with our kid': async () => `${base64url({ alg: 'none', kid })}.${(await parts())[1]}.`,
  'alg none with a signature': async () =>
    `${base64url({ alg: 'none', kid })}.${(await parts())[1]}.${(await parts())[2]}`,
  'HS256 with the public key as the secret': async () => forge({ header: { alg: 'HS256' }, key: await publicPem() }),
  'HS256 with the x of the public key': async () =>
    forge({ header: { alg: 'HS256' }, key: Buffer.from((await publicJwk()).x as string, 'base64url') }),
  'ES256 under our kid': async () =>
    forge({ header: { alg: 'ES256' }, key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
  'another key under our kid': () => forge({ key: stranger.privateKey }),
  'another key in its own header (jwk)': async () =>
    forge({ header: { jwk: await strangersKey() }, key: stranger.privateKey }),
  'another key at a URL (jku)': () =>
    forge({ header: { jku: `${gateway.apiUrl}/keys.json` }, key: stranger.privateKey }),
  'another key at a URL (x5u)': () =>
    forge({ header: { x5u: `${gateway.apiUrl}/cert.pem` }, key: stranger.privateKey }),
  'an unknown kid': () => forge({ header: { kid: 'A'.repeat(16) } }),
  'no kid': () => forge({ header: { kid: undefined } }),
  'a kid that is a path': () => forge({ header: { kid: '../../../../dev/null' } }),
  'a kid that is no text': () => forge({ header: { kid: 7 } }),
  'a critical extension': () => forge({ header: { crit: ['urn:x'], 'urn:x': true } }),
  'another issuer': () => forge({ claims: { iss: 'https://elsewhere.example' } }),
  'no issuer': () => forge({ without: ['iss'] }),
  'another audience': () => forge({ claims: { aud: 'another' } }),
  'no audience': () => forge({ without: ['aud'] }),
  'an expiry that has passed': () => forge({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } }),
  'no expiry': () => forge({ without: ['exp'] }),
  'an expiry that is text': () => forge({ claims: { exp: '9999999999' as unknown as number } }),
  'a beginning that has not come': () => forge({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
  'an older epoch': () => forge({ claims: { epoch: 0 } }),
  'an epoch that has not come': () => forge({ claims: { epoch: 2 } }),
  'an epoch that is text': () => forge({ claims: { epoch: '1' } }),
  'no epoch': () => forge({ without: ['epoch'] }),
  'no session': () => forge({ without: ['sid'] }),
  'an unknown session': () => forge({ claims: { sid: 'x' } }),
  'the session of another account': async () =>
    forge({ claims: { sid: (await addApiUser(gateway, 'sid')).sessionId } }),
  'no account': () => forge({ without: ['sub'] }),
  'an unknown account': () => forge({ claims: { sub: 'x' } }),
  'a second-factor challenge': () => step('second-factor'),
  'an enrolment token': () => step('enrolment'),
  'a refresh token': async () => ann.refreshToken,
  'an encrypted token': encrypted,
  'a token without its signature': async () => (await parts()).slice(0, 2).join('.'),
  'a token with an empty signature': async () => `${(await parts()).slice(0, 2).join('.')}.`,
  'a token that is cut': async () => ann.token.slice(0, -1),
  'a token cut in its claims': async () => ann.token.slice(0, ann.token.lastIndexOf('.') - 5),
  'dots that come twice': async () => ann.token.replaceAll('.', '..'),
  'four parts': async () => `${ann.token}.x`,
  'nothing but dots': async () => '..',
  'a header that is no JSON': async () => `x.${(await parts())[1]}.${(await parts())[2]}`,
  'other claims under the same signature': async () => {
    const [head, , signature] = await parts();
    return `${head}.${base64url(claimsOf({ claims: { epoch: 1, sub: 'root' } }))}.${signature}`;
  },
  'claims that are a list': async () => `${(await parts())[0]}.${base64url([])}.${(await parts())[2]}`,
  'junk of 8 KiB': async () => 'A'.repeat(8192),
  'junk of 8 KiB in three parts': async () => `${'A'.repeat(2730)}.${'A'.repeat(2730)}.${'A'.repeat(2730)}`,
};

describe('an access token of the wrong kind', () => {
  test('is not what this suite forges when it changes nothing', async () => {
    assert.equal((await askApi(gateway, '/sessions/current', { token: await forge() })).status, 200);
  });

  for (const [what, make] of Object.entries(wrong)) {
    test(`is refused: ${what}`, async () => {
      const reply = await askApi(gateway, '/sessions/current', { token: await make() });
      assertProblem(reply, 401, 'invalid-token');
      // "MUST include the HTTP WWW-Authenticate response header field" (RFC 6750 section 3)
      assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
    });
  }

  test('is refused: junk of 64 KiB', async () => {
    const reply = await askApi(gateway, '/sessions/current', { token: 'A'.repeat(65_536) }).catch(() => undefined);
    // Node reads no more of it: it answers 431, or has closed the connection while the client was still sending.
    if (reply !== undefined) assert.equal(reply.status, 431);
    await assert.rejects(gateway.services.sessions.authenticate('A'.repeat(65_536)), { code: 'InvalidToken' });
  });
});

describe('a token that was right', () => {
  const lost: Record<string, (user: ApiUser) => Promise<unknown>> = {
    'its session was ended': ({ id, sessionId }) =>
      gateway.services.sessions.end(sessionId, { accountId: id, actor: actorOf(id) }),
    'its account logged out everywhere': ({ id }) => gateway.services.sessions.endAll(id, actorOf(id)),
    'its account was disabled': ({ name }) => gateway.services.accounts.disable(name),
    'its account was disabled and enabled again': async ({ name }) => {
      await gateway.services.accounts.disable(name);
      await gateway.services.accounts.enable(name);
    },
    'its account got another role': ({ id }) =>
      gateway.services.administration.change(id, { role: 'auditor' }, OPERATOR),
    'its account got another password': ({ id }) =>
      gateway.services.administration.setPassword(id, 'another horse, another battery', OPERATOR),
    'its account was deleted': ({ id }) => gateway.services.administration.delete(id, OPERATOR),
    'its refresh token was used twice': async ({ id, refreshToken }) => {
      await gateway.services.sessions.refresh(refreshToken, actorOf(id));
      await assert.rejects(gateway.services.sessions.refresh(refreshToken, actorOf(id)));
    },
  };
  const actorOf = (accountId: string) => ({ accountId, address: null, userAgent: null });

  for (const [index, [what, lose]] of Object.entries(lost).entries()) {
    test(`counts no more once ${what}`, async () => {
      const user = await addApiUser(gateway, `loser-${index}`);
      const ask = () => askApi(gateway, '/sessions/current', { token: user.token });
      assert.equal((await ask()).status, 200);
      await lose(user);
      assertProblem(await ask(), 401, 'invalid-token');
    });
  }
});

describe('the tokens of a log-in on its way', () => {
  const prove = (challenge_token: string) =>
    askApi(gateway, '/sessions/second-factor', { method: 'POST', body: { challenge_token, code: '000000' } });

  test('count for that step and for no other', async () => {
    for (const token of [ann.token, ann.refreshToken, await step('enrolment'), await forge({ claims: { aud: 'x' } })])
      assertProblem(await prove(token), 401, 'invalid-token');
  });

  test('count no more than others once the account logged out everywhere', async () => {
    const bob = await addApiUser(gateway, 'bob');
    const claims = { accountId: bob.id, epoch: 1, methods: 'password' };
    const { token } = await gateway.services.tokens.issue('second-factor', claims, 60_000);
    const enrolment = await gateway.services.tokens.issue('enrolment', claims, 60_000);
    assert.equal((await gateway.services.logIn.findChallenged(token)).profile.id, bob.id);
    await gateway.services.sessions.endAll(bob.id, { accountId: bob.id, address: null, userAgent: null });
    assertProblem(await prove(token), 401, 'invalid-token');
    await assert.rejects(gateway.services.logIn.findEnrolling(enrolment.token), { code: 'InvalidToken' });
  });
});

test('a private key of ours never leaves', async () => {
  const { keys } = await gateway.services.signingKeys.jwks();
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    assert.throws(() => createPrivateKey({ key: key as { kty: string }, format: 'jwk' }));
  }
});
