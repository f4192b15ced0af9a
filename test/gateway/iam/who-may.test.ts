import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { signRequest } from '../../../signer/index.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';

type Keys = Credentials & { readonly sessionToken?: string };
type Parameters = Readonly<Record<string, string>>;

const BY = { actor: { accountId: null, address: null, userAgent: null }, isDelegated: false };
const EVERYTHING = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } as const;
const ONLY_S3 = { ...EVERYTHING, Statement: { ...EVERYTHING.Statement, Action: 's3:*' } };
const TRUST = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' },
};
const ROLE = 'arn:aws:iam::000000000000:role/worker';

/** Who asks, each with what it may do of {@link ASKED}, in its order. */
const MAY = {
  root: '++++ +++++ ++',
  admin: '++++ +++++ ++',
  member: '---- -+-+- +-',
  auditor: '---- -+-+- +-',
  // Never to root.
  delegated: '++++ +++-+ ++',
  'narrowed to S3': '---- ----- +-',
  role: '---- ----- --',
  'disabled session': 'xxxx xxxxx xx',
  'stranger with another key': 'ssss sssss ss',
} as const;

const ASKED: readonly (readonly [action: string, parameters: Parameters])[] = [
  ['ListUsers', {}],
  ['GetUser', { UserName: 'friend' }],
  ['ListPolicies', {}],
  ['PutUserPolicy', { UserName: 'friend', PolicyName: 'p', PolicyDocument: JSON.stringify(ONLY_S3) }],
  ['ListAccessKeys', { UserName: 'friend' }],
  ['ListAccessKeys', {}],
  ['GetRole', { RoleName: 'worker' }],
  ['CreateAccessKey', {}],
  ['ListGroupsForUser', { UserName: 'friend' }],
  ['GetSessionToken', {}],
  ['AssumeRole', { RoleArn: ROLE, RoleSessionName: 'session' }],
];
const STS = new Set(['GetSessionToken', 'AssumeRole', 'GetCallerIdentity']);

const CODES: Readonly<Record<string, string | undefined>> = {
  '+': undefined,
  '-': 'AccessDenied',
  x: 'InvalidClientTokenId',
  s: 'SignatureDoesNotMatch',
};

describe('IAM and STS', () => {
  let gateway: TestGateway;
  const keys: Partial<Record<keyof typeof MAY, Keys>> = {};

  async function ask(keysOf: Keys, action: string, parameters: Parameters = {}): Promise<string> {
    const body = new URLSearchParams({ Action: action, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signed = signRequest({
      method: 'POST',
      url: new URL(`${gateway.s3Url}/`),
      headers,
      credentials: keysOf,
      region: 'us-east-1',
      service: STS.has(action) ? 'sts' : 'iam',
      payload: createHash('sha256').update(body).digest('hex'),
      now: Date.now(),
    });
    const reply = await fetch(gateway.s3Url, { method: 'POST', headers: { ...headers, ...signed }, body });
    return reply.text();
  }

  const codeOf = (text: string) => /<Code>(.*)<\/Code>/.exec(text)?.[1];
  const field = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const sessionOf = (text: string): Keys => ({
    accessKey: field(text, 'AccessKeyId'),
    secretKey: field(text, 'SecretAccessKey'),
    sessionToken: field(text, 'SessionToken'),
  });

  before(async () => {
    gateway = await startGateway();
    const { accounts, accessKeys, iam } = gateway.services;
    const [member, delegated] = [await gateway.addUser('member'), await gateway.addUser('delegated')];
    await gateway.addUser('friend');
    const [admin, auditor, leaving] = await Promise.all([
      accounts.create({ name: 'admin', role: 'admin' }),
      accounts.create({ name: 'auditor', role: 'auditor' }),
      gateway.addUser('leaving'),
    ]);
    await iam.policies.put({ holderId: delegated.id, name: 'all' }, JSON.stringify(EVERYTHING), BY);
    const role = { name: 'worker', path: '/', trustPolicy: JSON.stringify(TRUST), maxSessionSeconds: 3600 };
    await iam.roles.create(role, BY);
    const narrowed = await accessKeys.create({ id: admin.id }, { policy: ONLY_S3 });
    keys.root = gateway;
    keys.admin = await accessKeys.create(admin);
    keys.member = member;
    keys.auditor = await accessKeys.create(auditor);
    keys.delegated = delegated;
    keys['narrowed to S3'] = narrowed;
    keys.role = sessionOf(await ask(keys.admin, 'AssumeRole', { RoleArn: ROLE, RoleSessionName: 'session' }));
    keys['disabled session'] = sessionOf(await ask(leaving, 'GetSessionToken'));
    keys['stranger with another key'] = { ...member, secretKey: 'another secret' };
    await accounts.disable('leaving');
  });

  after(() => gateway.stop());

  for (const [who, may] of Object.entries(MAY)) {
    it(`lets ${who} do what it may`, async () => {
      const expected = Array.from(may.replaceAll(' ', ''), (sign) => CODES[sign]);
      // The action of its own key is asked of root by who may do so for others, and never does so to root.
      const asked = ASKED.map(([action, parameters]): readonly [string, Parameters] =>
        who === 'delegated' && action === 'CreateAccessKey' ? [action, { UserName: 'root' }] : [action, parameters],
      );
      const keysOf = keys[who as keyof typeof MAY];
      assert.ok(keysOf !== undefined);
      for (const [index, [action, parameters]] of asked.entries()) {
        const text = await ask(keysOf, action, parameters);
        assert.equal(codeOf(text), expected[index], `${action} ${text}`);
      }
    });
  }

  it('tells who signs to everybody who does', async () => {
    const text = await ask(keys.role as Keys, 'GetCallerIdentity');
    assert.equal(field(text, 'Arn'), 'arn:aws:sts::000000000000:assumed-role/worker/session');
  });

  it('ends the sessions of an account that was disabled for good', async () => {
    const { accounts } = gateway.services;
    const user = await gateway.addUser('careful');
    const session = sessionOf(await ask(user, 'GetSessionToken'));
    assert.equal(codeOf(await ask(session, 'GetCallerIdentity')), undefined);
    await accounts.disable('careful');
    await accounts.enable('careful');
    assert.equal(codeOf(await ask(session, 'GetCallerIdentity')), 'InvalidClientTokenId');
    assert.equal(codeOf(await ask(user, 'GetCallerIdentity')), undefined);
  });

  it('takes no body but the one that was signed, and no signature for another service', async () => {
    const { accessKey, secretKey } = gateway;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const send = async (service: string, signedBody: string, body = signedBody) => {
      const url = new URL(`${gateway.s3Url}/`);
      const payload = createHash('sha256').update(signedBody).digest('hex');
      const credentials = { accessKey, secretKey };
      const given = {
        method: 'POST',
        url,
        headers,
        credentials,
        region: 'us-east-1',
        service,
        payload,
        now: Date.now(),
      };
      const reply = await fetch(url, { method: 'POST', headers: { ...headers, ...signRequest(given) }, body });
      return codeOf(await reply.text());
    };
    const harmless = 'Action=ListUsers';
    assert.equal(await send('iam', harmless), undefined);
    assert.equal(await send('iam', harmless, 'Action=CreateUser&UserName=eve'), 'SignatureDoesNotMatch');
    assert.equal(await send('s3', harmless), 'IncompleteSignature');
    assert.equal(await send('iam', 'Action=Nothing'), 'InvalidAction');
    const reply = await fetch(gateway.s3Url, { method: 'POST', headers, body: harmless });
    assert.equal(codeOf(await reply.text()), 'MissingAuthenticationToken');
  });
});
