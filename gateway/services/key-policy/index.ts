export { compilePolicy, type KeyPolicy, type Verdict } from './key-policy.ts';
export { PolicyCache } from './policy-cache.ts';
