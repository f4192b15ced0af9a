import type { AccountRow, BucketRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { isRoleAccount } from '../iam/names.ts';
import { isAction, resourceTypesOf } from '../policy/actions.ts';
import { foldKey, isConditionKey } from '../policy/condition-keys.ts';
import type { ConditionContext } from '../policy/question.ts';
import type { Access, Explained } from './access.ts';
import type { Decision } from './decision.ts';
import type { Principal, PrincipalSession, Question, Resource } from './question.ts';
import { isAdmin } from './roles.ts';
import type { SourceName } from './trace.ts';

/** What somebody wants to know: whether, and why. */
export interface ExplainRequest {
  /** Who wants to know; undefined: the operator. */
  readonly asker?: AccountRow | undefined;
  /** The name or the id of an account, or `anonymous`. */
  readonly account: string;
  /** `s3:GetObject` */
  readonly action: string;
  /** `bucket`, `bucket/key`, the same behind `arn:aws:s3:::`, or `*` for all buckets. */
  readonly resource: string;
  /** What the request would say of itself: `aws:SourceIp=192.0.2.1`, those of several values repeated. */
  readonly conditions: readonly string[];
}

/** What a source says of it. */
export interface Saying {
  readonly source: SourceName;
  /** `ignored`: it would have allowed it, and that does not count. */
  readonly says: 'allow' | 'deny' | 'ignored' | 'nothing';
  readonly statement: string | null;
}

export interface Explanation {
  readonly account: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
  /** What decided; null: nothing that was asked says anything of it. */
  readonly source: SourceName | null;
  readonly statement: string;
  /** What was asked, until nothing could change the decision any more. */
  readonly asked: readonly Saying[];
  /** What would have had to say yes, where nothing did. */
  readonly missing: string | null;
}

const ANONYMOUS = 'anonymous';
const ARN = 'arn:aws:s3:::';
/** On no bucket, or on one that need not be there. */
const SERVICE_ACTIONS: ReadonlySet<string> = new Set(['s3:ListAllMyBuckets', 's3:CreateBucket']);
const DISABLED: Decision = { allowed: false, statement: 'the account is disabled: nothing that it signs counts' };

/** Why somebody may do something, or not. */
export class Explanations {
  readonly #metadata: Metadata;
  readonly #access: Access;

  constructor({ metadata, access }: { readonly metadata: Metadata; readonly access: Access }) {
    this.#metadata = metadata;
    this.#access = access;
  }

  /**
   * Members ask about themselves, and about anybody in buckets of their own; admins and auditors about everything.
   * @throws Failure `InvalidArgument` naming the field, `NoSuchAccount`, `NoSuchBucket`; `AccessDenied` whether or not
   * there is what a member may not ask about
   */
  async explain(request: ExplainRequest): Promise<Explanation> {
    const { bucket, key } = parseResource(request);
    const context = parseConditions(request.conditions);
    const found = bucket === undefined ? undefined : await this.#metadata.queries.findBucket(bucket);
    requireLeave(request, found);
    const principal = await this.#findPrincipal(request);
    const resource = resourceOf(request.action, { name: bucket, bucket: found, key, context });
    const explained = await this.#ask({ principal, action: request.action, resource, context });
    const account = principal.kind === 'anonymous' ? ANONYMOUS : principal.account.name;
    return describe(explained, { account, action: request.action, resource: arnOf(request.resource) });
  }

  async #ask(question: Question): Promise<Explained> {
    const { principal } = question;
    if (principal.kind === 'anonymous' || principal.account.status === 'active') return this.#access.explain(question);
    return { decision: DISABLED, steps: [{ source: 'account', decision: DISABLED }] };
  }

  async #findPrincipal(request: ExplainRequest): Promise<Principal> {
    const { account: nameOrId, asker } = request;
    if (nameOrId === ANONYMOUS) return { kind: 'anonymous' };
    const { queries } = this.#metadata;
    // A name may look like the id of another account: who may ask about itself alone gets no more by that.
    const account = isAboutSelf(request)
      ? asker
      : ((await queries.findAccountById(nameOrId)) ?? (await queries.findAccount(nameOrId)));
    if (account === undefined) throw new Failure('NoSuchAccount', `There is no account named '${nameOrId}'.`);
    const principal = { kind: 'account', account, accessKey: undefined } as const;
    return isRoleAccount(account.name) ? { ...principal, session: newRoleSession() } : principal;
  }
}

/** Of whoever takes the role on now: what it is called is not known. */
function newRoleSession(): PrincipalSession {
  return { kind: 'role', issuedAt: new Date().toISOString(), name: '' };
}

function isAboutSelf({ asker, account }: ExplainRequest): boolean {
  return asker !== undefined && (account === asker.id || account === asker.name);
}

function requireLeave(request: ExplainRequest, bucket: BucketRow | undefined): void {
  const { asker } = request;
  if (asker === undefined || isAdmin(asker) || asker.role === 'auditor') return;
  if (isAboutSelf(request) || bucket?.account_id === asker.id) return;
  throw new Failure('AccessDenied', 'You may ask about your own account, and about others in your own buckets.');
}

function arnOf(resource: string): string {
  return resource.startsWith(ARN) ? resource : `${ARN}${resource}`;
}

interface ParsedResource {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** @throws Failure `InvalidArgument` for an action that S3 has not, or that is not done to such a thing */
function parseResource({ action, resource }: ExplainRequest): ParsedResource {
  const types = isAction(action) ? resourceTypesOf(action) : new Set();
  if (types.size === 0) throw invalid('action', `S3 has no action '${action}': they are written like s3:GetObject.`);
  const [, bucket = '', key] = /^([^/]*)(?:\/(.+))?$/s.exec(arnOf(resource).slice(ARN.length)) ?? [];
  const isNone = bucket === '' || bucket === '*';
  if (types.has('object') !== (key !== undefined)) {
    throw invalid('resource', `${action} is done to ${types.has('object') ? 'an object: bucket/key' : 'no object'}.`);
  }
  if (isNone && !SERVICE_ACTIONS.has(action)) throw invalid('resource', `${action} is done to a bucket: name it.`);
  return { bucket: isNone ? undefined : bucket, key };
}

interface Place extends ParsedResource {
  readonly context: ConditionContext;
}

function resourceOf(
  action: string,
  { name, bucket, key, context }: Omit<Place, 'bucket'> & { name: string | undefined; bucket: BucketRow | undefined },
): Resource {
  if (SERVICE_ACTIONS.has(action)) return { kind: 'service', bucketName: name };
  if (bucket === undefined) throw new Failure('NoSuchBucket', `There is no bucket named '${name}'.`);
  const versionId = context.get('s3:versionid');
  return { kind: 'bucket', bucket, key, versionId: typeof versionId === 'string' ? versionId : undefined };
}

/** What a request would say of itself; the time is now unless another is given. */
function parseConditions(conditions: readonly string[]): ConditionContext {
  const now = Date.now();
  const given = new Map<string, string[]>();
  for (const condition of conditions) {
    const mark = condition.indexOf('=');
    const key = foldKey(condition.slice(0, Math.max(mark, 0)));
    if (!isConditionKey(key)) throw invalid('condition', `'${condition}' is not like aws:SourceIp=192.0.2.1.`);
    given.set(key, [...(given.get(key) ?? []), condition.slice(mark + 1)]);
  }
  given.set('aws:currenttime', given.get('aws:currenttime') ?? [new Date(now).toISOString()]);
  given.set('aws:epochtime', given.get('aws:epochtime') ?? [String(Math.floor(now / 1000))]);
  return {
    get(key) {
      const values = given.get(key);
      return values?.length === 1 ? values[0] : values;
    },
  };
}

function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: field });
}

type About = Pick<Explanation, 'account' | 'action' | 'resource'>;

function describe({ decision, steps }: Explained, about: About): Explanation {
  const { allowed, statement } = decision;
  const asked = steps.map(({ source, decision: said, isIgnored }): Saying => {
    const says = said === undefined ? 'nothing' : isIgnored ? 'ignored' : said.allowed ? 'allow' : 'deny';
    return { source, says, statement: said?.statement ?? null };
  });
  const source = steps.find((step) => step.decision === decision)?.source ?? null;
  const missing = allowed || source !== null ? null : missingOf(asked, about);
  return { ...about, allowed, source, statement, asked, missing };
}

function missingOf(asked: readonly Saying[], { account, action, resource }: About): string {
  const silent = asked.filter(({ says }) => says === 'nothing').map(({ source }) => source);
  const ignored = asked.filter(({ says }) => says === 'ignored').map(({ statement }) => `; ${statement}`);
  const who = account === ANONYMOUS ? 'everybody' : `'${account}'`;
  return `Something that allows ${action} on ${resource} to ${who}: asked were ${silent.join(', ')}${ignored.join('')}.`;
}
