export { compilePolicy } from './compile-policy.ts';
export { keyPolicies } from './key-policies.ts';
export type { BucketPolicyKind, PolicyKind, TrustPolicyKind } from './kind.ts';
export { EMPTY_POLICY, type Policy } from './policy.ts';
export { PolicyCache } from './policy-cache.ts';
export { federatedId, GATEWAY_ACCOUNT, principalNames, type ResolvePrincipal } from './principals.ts';
export {
  type ConditionContext,
  NO_CONTEXT,
  type PolicyPrincipal,
  type PolicyQuestion,
  type PolicyVerdict,
} from './question.ts';
