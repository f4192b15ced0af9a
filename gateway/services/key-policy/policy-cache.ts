import { compilePolicy, DENY_ALL, type KeyPolicy } from './key-policy.ts';

/** Policies kept compiled: they take a few times the room of their texts. */
const MAX_POLICIES = 1000;

/** Compiles the policy of a key once, as long as its text stays the same. */
export class PolicyCache {
  readonly #compiled = new Map<string, { readonly text: string; readonly policy: KeyPolicy }>();

  /** What a key is narrowed by; a text that cannot be understood (a newer gateway wrote it) allows nothing. */
  of(accessKey: string, text: string): KeyPolicy {
    const known = this.#compiled.get(accessKey);
    if (known?.text === text) return known.policy;
    const policy = compileStored(text);
    if (this.#compiled.size >= MAX_POLICIES) this.#compiled.clear();
    this.#compiled.set(accessKey, { text, policy });
    return policy;
  }
}

function compileStored(text: string): KeyPolicy {
  try {
    return compilePolicy(JSON.parse(text));
  } catch {
    return DENY_ALL;
  }
}
