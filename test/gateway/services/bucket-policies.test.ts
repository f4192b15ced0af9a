import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compiledPolicy, type StoredPolicy } from '../../../gateway/services/bucket-policies.ts';
import { NO_CONTEXT } from '../../../gateway/services/policy/index.ts';
import { ALL_BLOCKED, effectivePublicAccess } from '../../../gateway/services/public-access.ts';
import { policyText, userArn } from '../../support/policies.ts';

const BOB = '01m7ygsm4pqxx5mddta65mtt0x';
const OTHER = '01m7ygsn8a610v7rej210am9ef';
const allowBob = policyText({
  Effect: 'Allow',
  Principal: { AWS: userArn('bob') },
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::b/*',
});

function mayRead(stored: StoredPolicy, accountId: string): boolean {
  const principal = { accountId, canonicalId: '0'.repeat(64) };
  const question = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', principal, context: NO_CONTEXT };
  return compiledPolicy(stored, 'b').judge(question)?.effect === 'Allow';
}

describe('a stored policy', () => {
  test('is compiled once for each object', () => {
    const stored = { text: allowBob, principals: { bob: BOB } };
    assert.equal(compiledPolicy(stored, 'b'), compiledPolicy(stored, 'b'));
    assert.notEqual(compiledPolicy({ ...stored }, 'b'), compiledPolicy(stored, 'b'));
  });

  test('means whom its names meant when it was put', () => {
    const stored = { text: allowBob, principals: { bob: BOB } };
    assert.equal(mayRead(stored, BOB), true);
    assert.equal(mayRead(stored, OTHER), false);
  });

  test('that is not understood denies everything', () => {
    for (const stored of [
      { text: allowBob, principals: {} },
      { text: allowBob.replace('2012-10-17', '2032-10-17'), principals: { bob: BOB } },
      { text: '{', principals: {} },
    ]) {
      const policy = compiledPolicy(stored, 'b');
      assert.equal(policy.isPublic, false);
      for (const [action, resource] of [
        ['s3:GetObject', 'arn:aws:s3:::b/k'],
        ['s3:ListBucket', 'arn:aws:s3:::b'],
        ['s3:PutBucketPolicy', 'arn:aws:s3:::b'],
      ] as const) {
        const verdict = policy.judge({ action, resource, principal: undefined, context: NO_CONTEXT });
        assert.deepEqual(verdict, { effect: 'Deny', statement: 'WhatIsNotUnderstood' });
      }
    }
  });
});

describe('what a bucket blocks', () => {
  const own = { ...ALL_BLOCKED, blockPublicPolicy: false };

  test('is what it was told, else what holds by default', () => {
    for (const setting of ['on', 'off'] as const) {
      assert.deepEqual(effectivePublicAccess({ publicAccessBlock: own }, setting), own);
      assert.equal(effectivePublicAccess({ publicAccessBlock: 'removed' }, setting), undefined);
      assert.deepEqual(effectivePublicAccess({}, setting), setting === 'on' ? ALL_BLOCKED : undefined);
    }
  });

  test('is everything where the gateway says so, whatever its owner told', () => {
    for (const configs of [{}, { publicAccessBlock: own }, { publicAccessBlock: 'removed' as const }]) {
      assert.deepEqual(effectivePublicAccess(configs, 'always'), ALL_BLOCKED);
    }
  });
});
