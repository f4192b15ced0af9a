import { compilePolicy } from './compile-policy.ts';
import { EMPTY_POLICY, type Policy } from './policy.ts';
import { PolicyCache } from './policy-cache.ts';

/** The policies of access keys by their texts; one that cannot be understood (a newer gateway wrote it) allows nothing. */
export function keyPolicies(): PolicyCache {
  return new PolicyCache(compileStored);
}

function compileStored(text: string): Policy {
  try {
    return compilePolicy(JSON.parse(text), 'key');
  } catch {
    return EMPTY_POLICY;
  }
}
