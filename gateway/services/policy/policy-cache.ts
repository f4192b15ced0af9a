import type { Policy } from './policy.ts';

/** Policies kept compiled: they take a few times the room of their texts. */
const MAX_POLICIES = 1000;

/** Compiles policies once, as long as their texts stay the same. */
export class PolicyCache {
  readonly #compile: (text: string) => Policy;
  readonly #compiled = new Map<string, { readonly text: string; readonly policy: Policy }>();

  /** @param compile is called again for a text that it throws for */
  constructor(compile: (text: string) => Policy) {
    this.#compile = compile;
  }

  /** @param name whose policy it is */
  of(name: string, text: string): Policy {
    const known = this.#compiled.get(name);
    if (known?.text === text) return known.policy;
    const policy = this.#compile(text);
    if (this.#compiled.size >= MAX_POLICIES) this.#compiled.clear();
    this.#compiled.set(name, { text, policy });
    return policy;
  }
}
