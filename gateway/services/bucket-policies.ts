import { compilePolicy, type Policy } from './policy/index.ts';

/** The policy of a bucket as it is stored. */
export interface StoredPolicy {
  /** As the client put it. */
  readonly text: string;
  /** The ids of the accounts that it names, by their names at that time: who takes a name later is not meant. */
  readonly principals: Readonly<Record<string, string>>;
}

const compiled = new WeakMap<StoredPolicy, Policy>();

/**
 * A stored policy, ready to be asked: compiled once for each object, which the store of configurations keeps until the
 * bucket's change. @throws Failure `MalformedPolicy` for one that only a newer gateway understands
 */
export function compiledPolicy(stored: StoredPolicy, bucket: string): Policy {
  let policy = compiled.get(stored);
  if (policy === undefined) {
    policy = compileStored(stored, bucket);
    compiled.set(stored, policy);
  }
  return policy;
}

function compileStored({ text, principals }: StoredPolicy, bucket: string): Policy {
  const resolvePrincipal = (name: string) => (Object.hasOwn(principals, name) ? principals[name] : undefined);
  return compilePolicy(JSON.parse(text), { bucket, resolvePrincipal });
}
