import type { Metadata } from '../../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs } from '../bucket-configs.ts';
import { compiledPolicy } from '../bucket-policies.ts';
import type { Policy } from '../policy/index.ts';
import { type BlockPublicAccess, effectivePublicAccess } from '../public-access.ts';
import { askPolicy, asksForTags, withTags } from './ask-policy.ts';
import {
  ASK_FOR_EACH,
  byBucketPolicy,
  DENY_ANONYMOUS,
  DENY_OTHERS,
  DENY_ROLE,
  DENY_TO_KEY,
  DENY_TO_SESSION,
  type Decision,
  denyByKey,
  denyBySession,
  LET_BY_KEY,
  LET_BY_SESSION,
} from './decision.ts';
import type { Question, Resource } from './question.ts';
import { isAdmin, judgeOwnership, judgeRole } from './roles.ts';
import { note, type SourceName, type Step, type Trace } from './trace.ts';

/** Something that says who may do what, beside roles, ownership and the bucket's policy. */
export interface AccessSource {
  /** What it is called where it is told what was asked. */
  readonly name: SourceName;
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
  readonly blockPublicAccess: BlockPublicAccess;
}

/** A source that is not silent, or has to look it up. */
interface Said {
  readonly source: AccessSource;
  readonly verdict: ReturnType<AccessSource['judge']>;
}

/** A decision, and how it came about. */
export interface Explained {
  readonly decision: Decision;
  /** What was asked, until nothing could change the decision any more. */
  readonly steps: readonly Step[];
}

const NO_CONFIGS: BucketConfigs = {};
const NOTHING_SAID: readonly Said[] = [];

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

  /** Decides, and tells what was asked for that. */
  async explain(question: Question): Promise<Explained> {
    const trace: Trace = [];
    return { decision: await this.decide({ ...question, trace }), steps: trace };
  }

  /** Whether any policy has a say in what is asked, of this key or of others: the bucket's, or one that narrows who asks. */
  async hasPolicies(question: Question): Promise<boolean> {
    const { principal, resource } = question;
    if (principal.kind === 'account' && principal.policy !== undefined) return true;
    if (resource.kind !== 'bucket') return true;
    const configs = await this.#parts.configs.of(resource.bucket);
    if (configs.policy !== undefined) return true;
    // Of objects that are not named, who holds any policy is to be asked for each.
    const unnamed: Question = { ...question, resource: { kind: 'objects', bucket: resource.bucket } };
    const verdicts = await Promise.all(this.#parts.denying.map((source) => source.judge(unnamed, configs)));
    return verdicts.some((verdict) => verdict !== undefined);
  }

  #decideIn(question: Question, configs: BucketConfigs): Decision | Promise<Decision> {
    const rules = this.#rulesOf(question.resource, configs);
    if (!needsTags(question, rules)) return this.#weigh(judge(question, rules), question, configs);
    return withTags(question, this.#parts.metadata).then((tagged) =>
      this.#weigh(judge(tagged, rules), tagged, configs),
    );
  }

  /** At once where it is decided, and where nothing can refuse it any more. */
  #weigh(decision: Decision, question: Question, configs: BucketConfigs): Decision | Promise<Decision> {
    if (decision.isFinal === true) return decision;
    let said = NOTHING_SAID;
    for (const source of this.#parts.denying) {
      const verdict = source.judge(question, configs);
      if (verdict === undefined) note(question, source.name, verdict);
      else said = [...said, { source, verdict }];
    }
    if (said.length === 0 && decision.allowed) return decision;
    return this.#weighAll(decision, { question, configs, said });
  }

  async #weighAll(
    decision: Decision,
    { question, configs, said }: { question: Question; configs: BucketConfigs; said: readonly Said[] },
  ): Promise<Decision> {
    const known = await Promise.all(
      said.map(async ({ source, verdict }) => note(question, source.name, await verdict)),
    );
    const refusal = known.find((verdict) => verdict?.allowed === false);
    if (refusal !== undefined) return refusal;
    const leave = decision.allowed ? decision : known.find((verdict) => verdict?.allowed === true);
    if (leave !== undefined) return leave;
    for (const source of this.#parts.allowing) {
      const verdict = note(question, source.name, await source.judge(question, configs));
      if (verdict?.allowed === true) return verdict;
    }
    return decision;
  }

  #rulesOf(resource: Resource, configs: BucketConfigs): BucketRules | undefined {
    if (configs.policy === undefined || resource.kind === 'service') return undefined;
    const block = effectivePublicAccess(configs, this.#parts.blockPublicAccess);
    const policy = compiledPolicy(configs.policy, resource.bucket.name);
    return { policy, ignorePublic: block?.restrictPublicBuckets === true };
  }
}

/**
 * Decides by what is known. A key may be narrowed, and then needs its policy's leave for all it does; an explicit deny of
 * the bucket's policy stands against everybody; then roles, ownership and the bucket's policy each may allow it.
 */
export function judge(question: Question, rules?: BucketRules): Decision {
  const { principal, action, resource } = question;
  if (resource.kind === 'objects') return judgeObjects(question);
  const refusal = refusalOfKey(question);
  if (refusal !== undefined) return refusal;
  const verdict = note(question, 'bucket-policy', rules === undefined ? undefined : verdictOf(question, rules));
  if (verdict?.allowed === false) return verdict;
  if (principal.kind === 'anonymous') return verdict ?? DENY_ANONYMOUS;
  // What a role may do is what its policies say: that it made a bucket does not count.
  if (principal.session?.kind === 'role') return verdict ?? DENY_ROLE;
  const { account } = principal;
  return (
    note(question, 'role', judgeRole(account, action)) ??
    note(question, 'ownership', judgeOwnership(account, resource)) ??
    verdict ??
    DENY_OTHERS
  );
}

/** Who may write nothing at all is refused at once. Whatever else may allow or refuse it is asked for each object. */
function judgeObjects({ principal, action }: Question): Decision {
  const verdict = principal.kind === 'anonymous' ? undefined : judgeRole(principal.account, action);
  return verdict ?? ASK_FOR_EACH;
}

/** Whether the bucket's policy, or what narrows who asks, has to know the tags of what is there. */
function needsTags({ principal }: Question, rules: BucketRules | undefined): boolean {
  if (rules !== undefined && asksForTags(rules.policy)) return true;
  return principal.kind === 'account' && principal.policy !== undefined && asksForTags(principal.policy);
}

/** Why a narrowed key may not do it. */
function refusalOfKey(question: Question): Decision | undefined {
  const { principal, resource } = question;
  if (principal.kind === 'anonymous' || principal.policy === undefined || resource.kind === 'objects') return undefined;
  const verdict = askPolicy(principal.policy, question);
  const isRole = principal.session?.kind === 'role';
  const source = isRole ? 'session-policy' : 'key-policy';
  if (verdict === undefined) return note(question, source, isRole ? DENY_TO_SESSION : DENY_TO_KEY);
  if (verdict.effect === 'Deny')
    return note(question, source, isRole ? denyBySession(verdict.statement) : denyByKey(verdict.statement));
  note(question, source, isRole ? LET_BY_SESSION : LET_BY_KEY);
  return undefined;
}

/** With these a bucket's owner can always mend a policy that has locked everybody out. */
const POLICY_ACTIONS: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

function verdictOf(question: Question, { policy, ignorePublic }: BucketRules): Decision | undefined {
  const verdict = askPolicy(policy, question, { ignorePublic });
  if (verdict === undefined && ignorePublic && question.trace !== undefined) noteIgnored(question, policy);
  if (verdict === undefined) return undefined;
  const { resource } = question;
  const isAllowed = verdict.effect === 'Allow';
  if (!isAllowed && mayMendPolicy(question)) return undefined;
  return byBucketPolicy(isAllowed, {
    bucket: resource.kind === 'service' ? '' : resource.bucket.name,
    statement: verdict.statement,
  });
}

/** What the policy would have allowed, were the bucket not kept from whoever comes. */
function noteIgnored(question: Question, policy: Policy): void {
  const { trace, resource } = question;
  const hidden = askPolicy(policy, question);
  if (hidden === undefined || resource.kind === 'service') return;
  const { statement } = byBucketPolicy(true, { bucket: resource.bucket.name, statement: hidden.statement });
  const decision = { allowed: false, statement: `${statement} is public, and RestrictPublicBuckets is set` };
  trace?.push({ source: 'public-access-block', decision, isIgnored: true });
}

function mayMendPolicy({ principal, action, resource }: Question): boolean {
  if (principal.kind === 'anonymous' || resource.kind === 'service' || !POLICY_ACTIONS.has(action)) return false;
  return isAdmin(principal.account) || resource.bucket.account_id === principal.account.id;
}
