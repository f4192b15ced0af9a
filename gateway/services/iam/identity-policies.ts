import type { IdentityPolicyRow, Metadata } from '../../../metadata/index.ts';
import {
  type AccessSource,
  ASK_FOR_EACH,
  askPolicy,
  asksForTags,
  type Decision,
  type Question,
  withTags,
} from '../access/index.ts';
import { compilePolicy, type Policy, type PolicyQuestion, type PolicyVerdict } from '../policy/index.ts';

/** A policy that an account holds, and what it is called. */
interface HeldPolicy {
  readonly name: string;
  readonly policy: Policy;
}

interface Held {
  readonly version: number;
  readonly policies: readonly HeldPolicy[];
  readonly asksForTags: boolean;
}

type Ask = (policy: Policy) => PolicyVerdict | undefined;

const NONE: readonly HeldPolicy[] = [];
const MAX_CACHED = 1000;

/**
 * What users, groups and roles are allowed and refused by policies of their own. Root is above them. Where nobody has any
 * it costs a look at a number that is remembered.
 */
export class IdentityPolicies implements AccessSource {
  readonly name = 'user-policy';
  readonly #metadata: Metadata;
  readonly #held = new Map<string, Held>();

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  judge(question: Question): Decision | undefined | Promise<Decision | undefined> {
    const { principal } = question;
    if (principal.kind === 'anonymous' || principal.account.role === 'root') return undefined;
    const held = this.#of(principal.account.id);
    return held instanceof Promise
      ? held.then((known) => this.#judgeBy(known, question))
      : this.#judgeBy(held, question);
  }

  /** What is said of an action that is none of S3. */
  async ask(accountId: string, question: PolicyQuestion): Promise<Decision | undefined> {
    const held = await this.#of(accountId);
    return held === undefined ? undefined : weigh(held.policies, (policy) => policy.judge(question));
  }

  #judgeBy(held: Held | undefined, question: Question): Decision | undefined | Promise<Decision | undefined> {
    if (held === undefined || held.policies.length === 0) return undefined;
    if (question.resource.kind === 'objects') return ASK_FOR_EACH;
    if (!held.asksForTags) return weigh(held.policies, (policy) => askPolicy(policy, question));
    return withTags(question, this.#metadata).then((tagged) =>
      weigh(held.policies, (policy) => askPolicy(policy, tagged)),
    );
  }

  /** Undefined: nobody has any. */
  #of(accountId: string): Held | undefined | Promise<Held | undefined> {
    const found = this.#metadata.queries.findIamVersion();
    if (found instanceof Promise) return found.then((row) => this.#load(accountId, row?.version ?? 0));
    const version = found?.version ?? 0;
    if (version === 0) return undefined;
    const known = this.#held.get(accountId);
    return known?.version === version ? known : this.#load(accountId, version);
  }

  /** The version was read before, so what is kept for it is never older than that. */
  #load(accountId: string, version: number): Held | Promise<Held> {
    const rows = this.#metadata.queries.listIdentityPolicies(accountId);
    return rows instanceof Promise
      ? rows.then((loaded) => this.#keep(accountId, version, loaded))
      : this.#keep(accountId, version, rows);
  }

  #keep(accountId: string, version: number, rows: readonly IdentityPolicyRow[]): Held {
    const policies = rows.length === 0 ? NONE : rows.map(toHeld);
    const held = { version, policies, asksForTags: policies.some(({ policy }) => asksForTags(policy)) };
    if (this.#held.size >= MAX_CACHED) this.#held.clear();
    this.#held.set(accountId, held);
    return held;
  }
}

/** An explicit deny of any of them stands against what the others allow. */
function weigh(policies: readonly HeldPolicy[], ask: Ask): Decision | undefined {
  let leave: Decision | undefined;
  for (const { name, policy } of policies) {
    const verdict = ask(policy);
    if (verdict === undefined) continue;
    const statement = `${verdict.statement} of ${name}`;
    if (verdict.effect === 'Deny') return { allowed: false, isFinal: true, statement };
    leave ??= { allowed: true, statement };
  }
  return leave;
}

function toHeld({ name, document, group_name: group }: IdentityPolicyRow): HeldPolicy {
  return {
    name: group === null ? `the policy ${name}` : `the policy ${name} of group ${group}`,
    policy: compileStored(document),
  };
}

/** One that is not understood (a gateway of another version wrote it) denies everything: it may have been a refusal. */
function compileStored(document: string): Policy {
  try {
    return compilePolicy(JSON.parse(document), 'identity');
  } catch {
    const Statement = { Sid: 'WhatIsNotUnderstood', Effect: 'Deny', Action: '*', Resource: '*' };
    return compilePolicy({ Statement }, 'identity');
  }
}
