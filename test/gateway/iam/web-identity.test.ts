import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const ACTION = 'AssumeRoleWithWebIdentity';
const NO_ACTOR = { actor: { accountId: null, address: null, userAgent: null }, isDelegated: false };

/** An issuer that signs whatever it is told. */
async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const document = request.url === '/jwks' ? { keys: [jwk] } : { ...metadata, issuer };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = {
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  return {
    issuer,
    sign: (
      claims: {
        sub?: string;
        aud?: string;
        exp?: string | number;
        iss?: string;
        more?: Readonly<Record<string, unknown>>;
      },
      key = privateKey,
    ) =>
      new SignJWT({ sub: claims.sub ?? 'ci', ...claims.more })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(claims.iss ?? issuer)
        .setAudience(claims.aud ?? 'gatehouse')
        .setIssuedAt()
        .setExpirationTime(claims.exp ?? '5m')
        .sign(key),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe(ACTION, () => {
  let issuer: Awaited<ReturnType<typeof startIssuer>>;
  let gateway: TestGateway;

  before(async () => {
    issuer = await startIssuer();
    const corp = { issuer: issuer.issuer, client_id: 'gatehouse', client_secret: 'secret' };
    gateway = await startGateway({ GATEHOUSE_OAUTH_PROVIDERS: JSON.stringify({ corp }) });
    const { roles, policies } = gateway.services.iam;
    const condition = { StringEquals: { [`${new URL(issuer.issuer).host}:sub`]: 'ci' } };
    const statement = { Effect: 'Allow', Principal: { Federated: issuer.issuer }, Action: `sts:${ACTION}` };
    const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: { ...statement, Condition: condition } });
    const role = await roles.create({ name: 'ci', path: '/', trustPolicy, maxSessionSeconds: 3600 }, NO_ACTOR);
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } };
    await policies.put({ holderId: role.account_id, name: 'all' }, JSON.stringify(document), NO_ACTOR);
  });

  after(async () => {
    await gateway.stop();
    await issuer.stop();
  });

  async function assume(token: string, role = 'ci'): Promise<{ status: number; text: string }> {
    const body = new URLSearchParams({
      Action: ACTION,
      Version: '2011-06-15',
      RoleArn: `arn:aws:iam::000000000000:role/${role}`,
      RoleSessionName: 'build',
      WebIdentityToken: token,
    });
    const reply = await fetch(gateway.s3Url, { method: 'POST', body });
    return { status: reply.status, text: await reply.text() };
  }

  it('gives whom the role trusts credentials, unsigned', async () => {
    const { status, text } = await assume(await issuer.sign({}));
    assert.equal(status, 200, text);
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
    assert.equal(field('SubjectFromWebIdentityToken'), 'ci');
    const [accessKey, sessionToken] = [field('AccessKeyId'), field('SessionToken')];
    const credential = gateway.services.iam.credentials.open(accessKey, sessionToken);
    assert.equal(credential?.secretKey, field('SecretAccessKey'));
    const admitted = await credential?.admit(Date.now());
    assert.equal(admitted?.account.name, 'role/ci');
    const later = Date.now() + 3_600_000;
    await assert.rejects(async () => credential?.admit(later), { code: 'ExpiredToken' });
  });

  const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
    ['another subject', () => issuer.sign({ sub: 'other' }), 'AccessDenied'],
    ['another audience', () => issuer.sign({ aud: 'other' }), 'InvalidIdentityToken'],
    ['another issuer', () => issuer.sign({ iss: 'http://127.0.0.1:1' }), 'InvalidIdentityToken'],
    ['a past time', () => issuer.sign({ exp: Math.floor(Date.now() / 1000) - 3600 }), 'ExpiredTokenException'],
    ['another key', async () => issuer.sign({}, (await generateKeyPair('RS256')).privateKey), 'InvalidIdentityToken'],
    ['no token at all', async () => 'nonsense', 'InvalidIdentityToken'],
  ];
  for (const [what, token, code] of refusals) {
    it(`refuses ${what}: ${code}`, async () => {
      const { text } = await assume(await token());
      assert.match(text, new RegExp(`<Code>${code}</Code>`));
    });
  }

  it('takes an e-mail for its subject only where the issuer says that it is verified', async () => {
    const { roles } = gateway.services.iam;
    const Condition = { StringEquals: { [`${new URL(issuer.issuer).host}:email`]: 'ann@example.com' } };
    const statement = { Effect: 'Allow', Principal: { Federated: issuer.issuer }, Action: `sts:${ACTION}`, Condition };
    const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    await roles.create({ name: 'ann', path: '/', trustPolicy, maxSessionSeconds: 3600 }, NO_ACTOR);
    const email = 'ann@example.com';
    for (const email_verified of [false, undefined, 'false']) {
      const { text } = await assume(await issuer.sign({ more: { email, email_verified } }), 'ann');
      assert.match(text, /<Code>AccessDenied<\/Code>/);
    }
    const { status, text } = await assume(await issuer.sign({ more: { email, email_verified: true } }), 'ann');
    assert.equal(status, 200, text);
  });
});
