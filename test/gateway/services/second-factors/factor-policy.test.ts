import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FactorPolicy, mustHaveFactor } from '../../../../gateway/services/second-factors/factor-policy.ts';
import type { AccountRole, ProfileRow } from '../../../../metadata/index.ts';

const ROLES: readonly AccountRole[] = ['root', 'admin', 'auditor', 'member'];
const MUST: Readonly<Record<FactorPolicy, readonly AccountRole[]>> = {
  optional: [],
  admins: ['root', 'admin', 'auditor'],
  required: ROLES,
};

describe('who must have a second factor', () => {
  for (const policy of ['optional', 'admins', 'required'] as const) {
    for (const role of ROLES) {
      const expected = MUST[policy].includes(role);
      test(`with ${policy}, a ${role} ${expected ? 'must' : 'need not'}`, () => {
        assert.equal(mustHaveFactor({ role, second_factor: 'optional' } as ProfileRow, policy), expected);
      });
      test(`with ${policy}, a ${role} that is told to must`, () => {
        assert.equal(mustHaveFactor({ role, second_factor: 'required' } as ProfileRow, policy), true);
      });
    }
  }
});
