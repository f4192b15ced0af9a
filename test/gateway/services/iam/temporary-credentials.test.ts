import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AccountRow } from '../../../../metadata/index.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

let gateway: TestGateway;
let account: AccountRow;

before(async () => {
  gateway = await startGateway();
  account = await gateway.services.accounts.create({ name: 'cary' });
});
after(() => gateway.stop());

const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/k' }];
const policy = JSON.stringify({ Version: '2012-10-17', Statement });
const session = { kind: 'account', name: 'cary', issuedAt: new Date().toISOString() } as const;

test('a session of the account itself is narrowed by the policy that it is issued with', async () => {
  const { credentials } = gateway.services.iam;
  const issued = credentials.issue({ account, session, policy, seconds: 60 });
  const admitted = await credentials.open(issued.accessKey, issued.sessionToken)?.admit(Date.now());
  assert.ok(admitted?.policy);
  const principal = { kind: 'account', accessKey: issued.accessKey, ...admitted } as const;
  const bucket = { id: 1, name: 'b', account_id: account.id, config_version: 0 };
  const decide = (action: string, key: string) =>
    gateway.services.access.decide({
      principal,
      action,
      // biome-ignore lint/suspicious/noExplicitAny: what is not read of a bucket is left out
      resource: { kind: 'bucket', bucket: bucket as any, key },
      context: { get: () => undefined },
    });
  assert.equal((await decide('s3:GetObject', 'k')).allowed, true);
  assert.equal((await decide('s3:GetObject', 'kk')).allowed, false);
  assert.equal((await decide('s3:PutObject', 'k')).allowed, false);
});

test('a session that a key began has the policy of that key, and is never issued with another', () => {
  const { credentials } = gateway.services.iam;
  const startedBy = 'AKIAEXAMPLE';
  assert.throws(
    () => credentials.issue({ account, session: { ...session, startedBy }, policy, seconds: 60 }),
    new Error('A session of an account that a key began is not narrowed by a policy of its own.'),
  );
});
