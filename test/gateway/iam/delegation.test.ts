import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { signRequest } from '../../../signer/index.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';

const BY = { actor: { accountId: null, address: null, userAgent: null }, isDelegated: false };
const IAM = 'arn:aws:iam::000000000000';
const HARMLESS = document({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' });

function document(...Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('whom a policy allows some of IAM', () => {
  let gateway: TestGateway;
  let user: Credentials & { readonly id: string };

  before(async () => {
    gateway = await startGateway();
    user = await gateway.addUser('delegated');
    const { accounts, iam } = gateway.services;
    const boss = await accounts.create({ name: 'boss', role: 'admin' });
    for (const [name, path] of [
      ['powerful', '/ops/'],
      ['plain', '/team/'],
      ['admins', '/'],
    ] as const)
      await iam.groups.create({ name, path }, BY);
    await iam.groups.add({ group: await iam.groups.get('admins'), user: boss }, BY);
    await iam.policies.create({ name: 'secret', path: '/', document: HARMLESS }, BY);
    await iam.policies.create({ name: 'open', path: '/team/', document: HARMLESS }, BY);
  });
  after(() => gateway.stop());

  const may = (...statements: readonly object[]) =>
    gateway.services.iam.policies.put({ holderId: user.id, name: 'may' }, document(...statements), BY);

  /** The code of the error; undefined where it is done. */
  async function ask(Action: string, parameters: Readonly<Record<string, string>>, credentials: Credentials = user) {
    const body = new URLSearchParams({ Action, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = new URL(`${gateway.s3Url}/`);
    const payload = createHash('sha256').update(body).digest('hex');
    const service = Action === 'AssumeRole' ? 'sts' : 'iam';
    const given = { method: 'POST', url, headers, credentials, region: 'us-east-1', service, payload, now: Date.now() };
    const reply = await fetch(url, { method: 'POST', headers: { ...headers, ...signRequest(given) }, body });
    return /<Code>(.*)<\/Code>/.exec(await reply.text())?.[1];
  }

  test('has it of the group that is there, whatever path a request gives it', async () => {
    const Action = ['iam:AddUserToGroup', 'iam:PutGroupPolicy', 'iam:GetGroup'];
    await may({ Effect: 'Allow', Action, Resource: [`${IAM}:group/team/*`, `${IAM}:group/powerful`] });
    const add = (GroupName: string, more = {}) => ask('AddUserToGroup', { GroupName, UserName: 'delegated', ...more });
    assert.equal(await add('powerful', { Path: '/team/' }), 'AccessDenied');
    assert.equal(await add('powerful'), 'AccessDenied');
    assert.equal(await add('plain', { Path: '/ops/' }), undefined);
    const put = (GroupName: string) => ask('PutGroupPolicy', { GroupName, PolicyName: 'p', PolicyDocument: HARMLESS });
    assert.equal(await put('powerful'), 'AccessDenied');
    assert.equal(await put('plain'), undefined);
  });

  test('has it of the policy of that ARN, and of none of the same name', async () => {
    const Action = ['iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:DeletePolicy'];
    await may({ Effect: 'Allow', Action, Resource: `${IAM}:policy/team/*` });
    assert.equal(await ask('GetPolicy', { PolicyArn: `${IAM}:policy/secret` }), 'AccessDenied');
    assert.equal(await ask('GetPolicy', { PolicyArn: `${IAM}:policy/team/secret` }), 'NoSuchEntity');
    assert.equal(await ask('DeletePolicy', { PolicyArn: `${IAM}:policy/team/secret` }), 'NoSuchEntity');
    assert.equal(await ask('GetPolicy', { PolicyArn: `${IAM}:policy/team/open` }), undefined);
  });

  test('attaches the policies that conditions let it attach', async () => {
    const Action = 'iam:Attach*';
    const Condition = { ArnEquals: { 'iam:PolicyARN': `${IAM}:policy/secret` } };
    const Resource = '*';
    const attach = (PolicyArn: string) => ask('AttachUserPolicy', { UserName: 'delegated', PolicyArn });
    await may({ Effect: 'Allow', Action, Resource }, { Effect: 'Deny', Action, Resource, Condition });
    assert.equal(await attach(`${IAM}:policy/secret`), 'AccessDenied');
    assert.equal(await attach(`${IAM}:policy/team/open`), undefined);
    await may({ Effect: 'Allow', Action: 'iam:*', Resource, Condition });
    assert.equal(await attach(`${IAM}:policy/secret`), undefined);
    const put = { UserName: 'delegated', PolicyName: 'p', PolicyDocument: HARMLESS };
    assert.equal(await ask('PutUserPolicy', { ...put, PolicyArn: `${IAM}:policy/secret` }), 'AccessDenied');
  });

  test('does not reach admins by the groups that they are in', async () => {
    await may({ Effect: 'Allow', Action: 'iam:*', Resource: '*' });
    const deny = document({ Effect: 'Deny', Action: '*', Resource: '*' });
    const put = { GroupName: 'admins', PolicyName: 'lockout', PolicyDocument: deny };
    assert.equal(await ask('PutGroupPolicy', put), 'AccessDenied');
    assert.equal(
      await ask('AttachGroupPolicy', { GroupName: 'admins', PolicyArn: `${IAM}:policy/secret` }),
      'AccessDenied',
    );
    assert.equal(await ask('PutGroupPolicy', put, gateway), undefined);
    assert.equal(await ask('DeleteGroupPolicy', { GroupName: 'admins', PolicyName: 'lockout' }), 'AccessDenied');
    assert.equal(await ask('DeleteGroupPolicy', { GroupName: 'admins', PolicyName: 'lockout' }, gateway), undefined);
  });

  test('takes roles on as its conditions say, on what a session is called as well', async () => {
    const trustPolicy = document({ Effect: 'Allow', Principal: { AWS: user.id }, Action: 'sts:AssumeRole' });
    await gateway.services.iam.roles.create({ name: 'role', path: '/', trustPolicy, maxSessionSeconds: 3600 }, BY);
    const Condition = { StringEquals: { 'sts:RoleSessionName': 'boss' } };
    await may({ Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*', Condition });
    const assume = (RoleSessionName: string) => ask('AssumeRole', { RoleArn: `${IAM}:role/role`, RoleSessionName });
    assert.equal(await assume('boss'), 'AccessDenied');
    assert.equal(await assume('delegated'), undefined);
  });

  test('makes no key that lasts with one that expires', async () => {
    const { accessKeys } = gateway.services;
    const expiring = await accessKeys.create(user, { expiresAt: new Date(Date.now() + 60_000) });
    assert.equal(await ask('CreateAccessKey', {}, expiring), 'AccessDenied');
    assert.equal(await ask('CreateAccessKey', {}), undefined);
  });
});
