import type { Metadata } from '../../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs } from '../bucket-configs.ts';
import { compiledPolicy } from '../bucket-policies.ts';
import type { Policy, PolicyQuestion, PolicyVerdict } from '../policy/index.ts';
import { effectivePublicAccess } from '../public-access.ts';
import { decodeTags, type Tags } from '../tags.ts';
import { EXISTING_TAG, PrincipalContext, TaggedContext } from './contexts.ts';
import {
  ASK_FOR_EACH,
  byBucketPolicy,
  DENY_ANONYMOUS,
  DENY_BY_KEY,
  DENY_OTHERS,
  DENY_TO_KEY,
  type Decision,
} from './decision.ts';
import { type Question, type Resource, resourceName } from './question.ts';
import { isAdmin, judgeAccount } from './roles.ts';

/** Something that says who may do what, beside roles, ownership and the bucket's policy. */
export interface AccessSource {
  /** At once where nothing has to be read. Undefined: it says nothing of it. */
  judge(question: Question, configs: BucketConfigs): Decision | undefined | Promise<Decision | undefined>;
}

export interface AccessParts {
  readonly metadata: Metadata;
  readonly configs: BucketConfigStore;
  /** What may refuse what something else allows: asked with every request. */
  readonly denying: readonly AccessSource[];
  /** What can do no more than allow: asked where nothing else has. */
  readonly allowing: readonly AccessSource[];
  /** Whether a bucket that was never told blocks whatever is public. */
  readonly blocksPublicAccess: boolean;
}

type Verdict = ReturnType<AccessSource['judge']>;

const NO_CONFIGS: BucketConfigs = {};
const NO_VERDICTS: readonly Verdict[] = [];

/** What the owner of a bucket has said of it, as far as it decides who may do what. */
interface BucketRules {
  readonly policy: Policy;
  /** The policy's statements that open something to whoever comes do not count. */
  readonly ignorePublic: boolean;
}

/** The one evaluator: it decides who may do what, for every surface. Explicit deny wins; nothing matched is a deny. */
export class Access {
  readonly #parts: AccessParts;

  constructor(parts: AccessParts) {
    this.#parts = parts;
  }

  /** At once where nothing has to be read: it is asked with every request. */
  decide(question: Question): Decision | Promise<Decision> {
    const { resource } = question;
    const configs = resource.kind === 'service' ? NO_CONFIGS : this.#parts.configs.of(resource.bucket);
    return configs instanceof Promise
      ? configs.then((loaded) => this.#decideIn(question, loaded))
      : this.#decideIn(question, configs);
  }

  #decideIn(question: Question, configs: BucketConfigs): Decision | Promise<Decision> {
    const rules = this.#rulesOf(question.resource, configs);
    if (rules === undefined || !asksForTags(rules.policy))
      return this.#weigh(judge(question, rules), question, configs);
    return this.#tagsOf(question.resource).then((tags) => {
      const tagged = { ...question, context: new TaggedContext(question.context, tags) };
      return this.#weigh(judge(tagged, rules), tagged, configs);
    });
  }

  /** At once where it is decided, and where nothing can refuse it any more. */
  #weigh(decision: Decision, question: Question, configs: BucketConfigs): Decision | Promise<Decision> {
    if (decision.isFinal === true) return decision;
    let verdicts = NO_VERDICTS;
    for (const source of this.#parts.denying) {
      const verdict = source.judge(question, configs);
      if (verdict !== undefined) verdicts = [...verdicts, verdict];
    }
    if (verdicts.length === 0 && decision.allowed) return decision;
    return this.#weighAll(decision, { question, configs, verdicts });
  }

  async #weighAll(
    decision: Decision,
    { question, configs, verdicts }: { question: Question; configs: BucketConfigs; verdicts: readonly Verdict[] },
  ): Promise<Decision> {
    const known = await Promise.all(verdicts);
    const refusal = known.find((verdict) => verdict?.allowed === false);
    if (refusal !== undefined) return refusal;
    const leave = decision.allowed ? decision : known.find((verdict) => verdict?.allowed === true);
    if (leave !== undefined) return leave;
    for (const source of this.#parts.allowing) {
      const verdict = await source.judge(question, configs);
      if (verdict?.allowed === true) return verdict;
    }
    return decision;
  }

  #rulesOf(resource: Resource, configs: BucketConfigs): BucketRules | undefined {
    if (configs.policy === undefined || resource.kind === 'service') return undefined;
    const block = effectivePublicAccess(configs, this.#parts.blocksPublicAccess);
    const policy = compiledPolicy(configs.policy, resource.bucket.name);
    return { policy, ignorePublic: block?.restrictPublicBuckets === true };
  }

  /** Of what is there; nothing that is not has any. */
  async #tagsOf(resource: Resource): Promise<Tags> {
    if (resource.kind !== 'bucket' || resource.key === undefined) return [];
    const { bucket, key, versionId } = resource;
    const { queries } = this.#parts.metadata;
    const row =
      versionId === undefined
        ? await queries.findObject(bucket.id, key)
        : await queries.findVersion({ bucketId: bucket.id, key, versionId });
    return decodeTags(row?.tags ?? null);
  }
}

function asksForTags({ conditionKeys }: Policy): boolean {
  for (const key of conditionKeys) if (key.startsWith(EXISTING_TAG)) return true;
  return false;
}

/**
 * Decides by what is known. A key may be narrowed, and then needs its policy's leave for all it does; an explicit deny of
 * the bucket's policy stands against everybody; then roles, ownership and the bucket's policy each may allow it.
 */
export function judge(question: Question, rules?: BucketRules): Decision {
  const { principal, action, resource } = question;
  if (resource.kind === 'objects' && rules !== undefined) return ASK_FOR_EACH;
  const refusal = refusalOfKey(question);
  if (refusal !== undefined) return refusal;
  const verdict = rules === undefined ? undefined : verdictOf(question, rules);
  if (verdict?.allowed === false) return verdict;
  if (principal.kind === 'anonymous') return verdict ?? DENY_ANONYMOUS;
  return judgeAccount(principal.account, action, resource) ?? verdict ?? DENY_OTHERS;
}

/** Why a narrowed key may not do it. */
function refusalOfKey(question: Question): Decision | undefined {
  const { principal, resource } = question;
  if (principal.kind === 'anonymous' || principal.policy === undefined || resource.kind === 'objects') return undefined;
  const verdict = ask(principal.policy, question);
  if (verdict?.effect === 'Allow') return undefined;
  return verdict === undefined ? DENY_TO_KEY : DENY_BY_KEY;
}

/** With these a bucket's owner can always mend a policy that has locked everybody out. */
const POLICY_ACTIONS: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

function verdictOf(question: Question, { policy, ignorePublic }: BucketRules): Decision | undefined {
  const verdict = ask(policy, question, { ignorePublic });
  if (verdict === undefined) return undefined;
  const { resource } = question;
  const isAllowed = verdict.effect === 'Allow';
  if (!isAllowed && mayMendPolicy(question)) return undefined;
  return byBucketPolicy(isAllowed, {
    bucket: resource.kind === 'service' ? '' : resource.bucket.name,
    statement: verdict.statement,
  });
}

function mayMendPolicy({ principal, action, resource }: Question): boolean {
  if (principal.kind === 'anonymous' || resource.kind === 'service' || !POLICY_ACTIONS.has(action)) return false;
  return isAdmin(principal.account) || resource.bucket.account_id === principal.account.id;
}

function ask(policy: Policy, question: Question, options?: { ignorePublic: boolean }): PolicyVerdict | undefined {
  const { principal, action, resource, context } = question;
  const asked: PolicyQuestion = {
    action,
    resource: `arn:aws:s3:::${resource.kind === 'objects' ? `${resource.bucket.name}/*` : resourceName(resource)}`,
    principal:
      principal.kind === 'anonymous'
        ? undefined
        : { accountId: principal.account.id, canonicalId: principal.account.canonical_id },
    context: new PrincipalContext(context, principal),
  };
  return policy.judge(asked, options);
}
