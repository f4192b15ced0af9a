import {
  type BucketPolicyKind,
  type ConditionContext,
  compilePolicy,
  type Policy,
  type PolicyPrincipal,
  type PolicyQuestion,
} from '../../../../gateway/services/policy/index.ts';

export const BUCKET = 'photos';
export const ARN = `arn:aws:s3:::${BUCKET}`;

/** Accounts by their names. */
export const PEOPLE: Readonly<Record<string, PolicyPrincipal>> = {
  alice: { accountId: '01h0000000000000000000aaaa', canonicalId: 'a'.repeat(64) },
  bob: { accountId: '01h0000000000000000000bbbb', canonicalId: 'b'.repeat(64) },
};

export const KIND: BucketPolicyKind = { bucket: BUCKET, resolvePrincipal: (name) => PEOPLE[name]?.accountId };

export type Values = Readonly<Record<string, string | readonly string[]>>;

export function contextOf(values: Values): ConditionContext {
  return { get: (key) => (Object.hasOwn(values, key) ? values[key] : undefined) };
}

export function bucketPolicy(...statements: readonly object[]): Policy {
  return compilePolicy({ Version: '2012-10-17', Statement: statements }, KIND);
}

/** GetObject of `photos/key` by nobody, where nothing else is said. */
export function question(facts: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return { action: 's3:GetObject', resource: `${ARN}/key`, principal: undefined, context: contextOf({}), ...facts };
}
