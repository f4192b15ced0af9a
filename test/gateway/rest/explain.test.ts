import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const BUCKET = 'explained';
const here = `arn:aws:s3:::${BUCKET}`;
const everybodyFromHome = {
  Sid: 'FromHome',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `${here}/*`,
  Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
};

describe('explaining access', () => {
  let gateway: TestGateway;
  let admin: ApiUser;
  let auditor: ApiUser;
  let owner: ApiUser;
  let friend: ApiUser;

  before(async () => {
    gateway = await startGateway({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' });
    admin = await addApiUser(gateway, 'admin', { role: 'admin' });
    auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
    owner = await addApiUser(gateway, 'owner');
    friend = await addApiUser(gateway, 'friend');
    for (const name of [BUCKET, 'blocked']) {
      await gateway.services.buckets.create({ name, account: await gateway.services.accounts.get('owner') });
    }
  });
  after(() => gateway.stop());

  async function put(bucketName: string, ...Statement: readonly object[]): Promise<void> {
    const bucket = await gateway.services.buckets.find(bucketName);
    assert.ok(bucket !== undefined);
    const text = JSON.stringify({ Version: '2012-10-17', Statement });
    const document = { text, principals: { friend: friend.id } };
    await gateway.services.configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
  }

  function explain(
    asker: ApiUser | undefined,
    about: Record<string, string>,
    conditions: readonly string[] = [],
  ): Promise<ApiReply> {
    const query = new URLSearchParams(about);
    for (const condition of conditions) query.append('condition', condition);
    return askApi(gateway, `/access/explain?${query}`, { token: asker?.token });
  }

  const reading = (account: string, resource = `${BUCKET}/k`) => ({ account, action: 's3:GetObject', resource });

  test('names the statement that decides, and where it lives', async () => {
    await put(
      BUCKET,
      { Sid: 'Friend', Effect: 'Allow', Principal: { AWS: friend.id }, Action: 's3:Get*', Resource: `${here}/*` },
      { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${here}/secret/*` },
    );
    const verdicts = [
      [reading('owner'), true, 'ownership', 'the owner of a bucket may do everything in it'],
      [reading('friend'), true, 'bucket-policy', `Friend of the policy of bucket ${BUCKET}`],
      [reading('friend', `${here}/k`), true, 'bucket-policy', `Friend of the policy of bucket ${BUCKET}`],
      [
        reading('owner', `${BUCKET}/secret/k`),
        false,
        'bucket-policy',
        `/Statement/1 of the policy of bucket ${BUCKET}`,
      ],
      [reading('admin'), true, 'role', 'admins may do everything'],
      [{ ...reading('auditor'), action: 's3:PutObject' }, false, 'role', 'auditors write nothing, whosever it is'],
      [
        { account: 'friend', action: 's3:CreateBucket', resource: 'new-one' },
        true,
        'ownership',
        'an account may list and create its own buckets',
      ],
    ] as const;
    for (const [about, allowed, source, statement] of verdicts) {
      const { status, body } = await explain(admin, about);
      assert.equal(status, 200);
      assert.deepEqual(
        { allowed: body.allowed, source: body.source, statement: body.statement, missing: body.missing },
        { allowed, source, statement, missing: null },
      );
      assert.equal(body.account, about.account);
    }
  });

  test('says what was asked and what is missing where nothing allows it', async () => {
    await put(BUCKET, everybodyFromHome);
    const { body } = await explain(admin, reading('friend'));
    assert.equal(body.allowed, false);
    assert.equal(body.source, null);
    const asked = body.asked.map(({ source, says }: { source: string; says: string }) => `${source}: ${says}`);
    assert.deepEqual(asked.slice(0, 3), ['bucket-policy: nothing', 'role: nothing', 'ownership: nothing']);
    assert.match(body.missing, /s3:GetObject on arn:aws:s3:::explained\/k to 'friend': asked were bucket-policy, role/);
  });

  test('takes conditions from the question', async () => {
    await put(BUCKET, everybodyFromHome);
    const verdict = async (...conditions: readonly string[]) =>
      (await explain(admin, reading('anonymous'), conditions)).body.allowed;
    assert.equal(await verdict(), false);
    assert.equal(await verdict('aws:SourceIp=192.0.2.7'), true);
    assert.equal(await verdict('AWS:SOURCEIP=192.0.2.7', 'aws:UserAgent=a=b'), true);
    assert.equal(await verdict('aws:SourceIp=198.51.100.7'), false);
  });

  test('tells what the public access block keeps from counting', async () => {
    const bucket = await gateway.services.buckets.find('blocked');
    assert.ok(bucket !== undefined);
    const all = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
    await gateway.services.configs.put({ bucket, accountId: owner.id, name: 'publicAccessBlock', document: all });
    await put('blocked', {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::blocked/*',
    });
    const { body } = await explain(owner, reading('anonymous', 'blocked/k'));
    assert.equal(body.allowed, false);
    const [ignored] = body.asked.filter(({ says }: { says: string }) => says === 'ignored');
    assert.equal(ignored.source, 'public-access-block');
    assert.match(body.missing, /\/Statement\/0 of the policy of bucket blocked is public, and RestrictPublicBuckets/);
  });

  test('says of a disabled account that nothing it signs counts', async () => {
    const gone = await addApiUser(gateway, 'gone');
    await gateway.services.accounts.disable('gone');
    const { body } = await explain(admin, reading(gone.id));
    assert.deepEqual([body.allowed, body.source, body.account], [false, 'account', 'gone']);
  });

  test('answers members about themselves, and about anybody in their own buckets', async () => {
    assert.equal((await explain(friend, reading('friend'))).status, 200);
    assert.equal((await explain(friend, reading(friend.id))).status, 200);
    assert.equal((await explain(owner, reading('friend'))).status, 200);
    assert.equal((await explain(owner, reading('anonymous'))).status, 200);
    for (const asker of [admin, auditor]) assert.equal((await explain(asker, reading('friend'))).status, 200);
    for (const account of ['owner', 'nobody-at-all', 'anonymous']) {
      assertProblem(await explain(friend, reading(account)), 403, 'not-allowed');
      assertProblem(await explain(friend, reading(account, 'no-such-bucket/k')), 403, 'not-allowed');
    }
    assertProblem(await explain(undefined, reading('friend')), 401, 'not-authenticated');
  });

  test('answers a member whose name is the id of another account about itself', async () => {
    const likely = await addApiUser(gateway, friend.id);
    await put(BUCKET, {
      Effect: 'Allow',
      Principal: { AWS: friend.id },
      Action: 's3:GetObject',
      Resource: `${here}/*`,
    });
    const { status, body } = await explain(likely, reading(friend.id));
    assert.equal(status, 200);
    assert.equal(body.allowed, false);
    const { body: about } = await explain(friend, reading(friend.id));
    assert.deepEqual([about.account, about.allowed], ['friend', true]);
  });

  test('says of a role what its sessions may do: that it owns a bucket is not enough', async () => {
    const by = { actor: { accountId: null, address: null, userAgent: null }, isDelegated: false };
    const trusted = { Effect: 'Allow', Principal: { AWS: owner.id }, Action: 'sts:AssumeRole' };
    const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: trusted });
    const role = { name: 'worker', path: '/', trustPolicy, maxSessionSeconds: 3600 };
    await gateway.services.iam.roles.create(role, by);
    const account = await gateway.services.accounts.get('role/worker');
    await gateway.services.buckets.create({ name: 'of-the-role', account });
    const { body } = await explain(admin, reading('role/worker', 'of-the-role/k'));
    assert.equal(body.allowed, false);
  });

  test('refuses what cannot be asked, naming the field', async () => {
    const wrong = [
      [{ ...reading('friend'), action: 's3:Nonsense' }, 'action'],
      [{ ...reading('friend'), action: 's3:getobject' }, 'action'],
      // Policies take an action in any case, roles, grants and ACLs as it is written: the answer would be none.
      [{ ...reading('friend'), action: 's3:GETObject' }, 'action'],
      [{ ...reading('friend'), action: 's3:*' }, 'action'],
      [reading('friend', BUCKET), 'resource'],
      [{ ...reading('friend'), action: 's3:ListBucket' }, 'resource'],
      [{ ...reading('friend', '*'), action: 's3:ListBucket' }, 'resource'],
    ] as const;
    for (const [about, field] of wrong) {
      const reply = await explain(admin, about);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field);
    }
    for (const condition of ['aws:SourceIp', '=x', 'aws:Nonsense=1']) {
      const reply = await explain(admin, reading('friend'), [condition]);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, 'condition');
    }
    assertProblem(await explain(admin, reading('nobody-at-all')), 404, 'no-such-account');
    assertProblem(await explain(admin, reading('friend', 'no-such-bucket/k')), 404, 'not-found');
  });
});
