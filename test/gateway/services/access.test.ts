import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operations } from '../../../gateway/s3/operations/index.ts';
import { judge, type Principal, type Resource } from '../../../gateway/services/access/index.ts';
import { NO_CONTEXT } from '../../../gateway/services/policy/question.ts';
import type { AccountRole, AccountRow, BucketRow } from '../../../metadata/index.ts';

function account(id: string, role: AccountRole): Principal {
  const row = { id, canonical_id: id, name: id, display_name: id, status: 'active', created_at: '', epoch: 1 } as const;
  const whole: AccountRow = { ...row, role };
  return { kind: 'account', account: whole, accessKey: 'KEY' };
}

const bucketOf = (accountId: string): Resource => ({
  kind: 'bucket',
  bucket: { id: 1, name: 'bucket', account_id: accountId } as BucketRow, // a verdict depends on nothing else of it
  key: 'key',
});

/** Who asks, and what it may do: to its own buckets, to those of others, and to no bucket. */
const principals: Readonly<Record<string, { readonly principal: Principal; readonly may: Verdicts }>> = {
  root: { principal: account('root', 'root'), may: { own: 'all', others: 'all', service: 'all' } },
  admin: { principal: account('admin', 'admin'), may: { own: 'all', others: 'all', service: 'all' } },
  auditor: { principal: account('auditor', 'auditor'), may: { own: 'reads', others: 'reads', service: 'reads' } },
  member: { principal: account('member', 'member'), may: { own: 'all', others: 'nothing', service: 'all' } },
  anonymous: { principal: { kind: 'anonymous' }, may: { own: 'nothing', others: 'nothing', service: 'nothing' } },
};

type Verdict = 'all' | 'reads' | 'nothing';
type Verdicts = { readonly own: Verdict; readonly others: Verdict; readonly service: Verdict };

for (const [name, { principal, may }] of Object.entries(principals)) {
  describe(`${name} may`, () => {
    for (const { name: operation, method, action, versionAction, needsBucket } of operations) {
      const reads = method === 'GET' || method === 'HEAD';
      const expect = (verdict: Verdict) => verdict === 'all' || (verdict === 'reads' && reads);
      const actions = [action, versionAction].filter((each) => each !== undefined);

      if (!needsBucket) {
        test(`${expect(may.service) ? '' : 'not '}do ${operation}`, () => {
          for (const each of actions) {
            assert.equal(
              judge({ principal: principal, action: each, resource: { kind: 'service' }, context: NO_CONTEXT }).allowed,
              expect(may.service),
              each,
            );
          }
        });
        continue;
      }
      const words = `${expect(may.own) ? '' : 'not '}do ${operation} in its own bucket`;
      test(`${words}, and ${expect(may.others) ? 'so' : 'not'} in that of another`, () => {
        for (const each of actions) {
          assert.equal(
            judge({ principal: principal, action: each, resource: bucketOf(name), context: NO_CONTEXT }).allowed,
            expect(may.own),
            each,
          );
          assert.equal(
            judge({ principal: principal, action: each, resource: bucketOf('somebody'), context: NO_CONTEXT }).allowed,
            expect(may.others),
            each,
          );
        }
      });
    }
  });
}

test('what an operation asks beside its own action is judged as well', () => {
  const asked = ['s3:TagResource', 's3:BypassGovernanceRetention', 's3:PutObjectRetention', 's3:DeleteObjectVersion'];
  const allowed = (name: string, accountId: string) =>
    asked.map(
      (action) =>
        judge({
          principal: principals[name]?.principal as Principal,
          action: action,
          resource: bucketOf(accountId),
          context: NO_CONTEXT,
        }).allowed,
    );
  assert.deepEqual(allowed('admin', 'somebody'), [true, true, true, true]);
  assert.deepEqual(allowed('member', 'member'), [true, true, true, true]);
  assert.deepEqual(allowed('auditor', 'auditor'), [false, false, false, false]);
  assert.equal(
    judge({
      principal: account('a', 'auditor'),
      action: 's3:GetObjectVersion',
      resource: bucketOf('somebody'),
      context: NO_CONTEXT,
    }).allowed,
    true,
  );
});
