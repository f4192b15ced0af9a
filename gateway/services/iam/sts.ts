import type { AccountRow, Metadata, RoleRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { PrincipalSession } from '../access/index.ts';
import { type ConditionContext, federatedId } from '../policy/index.ts';
import { type AccountPrincipal, type IamAccess, toPolicyQuestion } from './iam-access.ts';
import { requireName, roleArn, roleNameOf } from './names.ts';
import { type IamPolicies, requireDocument } from './policies.ts';
import { LEAST_SESSION_SECONDS } from './roles.ts';
import { boundTo, type IssuedCredentials, type TemporaryCredentials } from './temporary-credentials.ts';
import { askTrust } from './trust.ts';
import type { VerifiedToken, WebIdentities } from './web-identities.ts';

export interface StsParts {
  readonly metadata: Metadata;
  readonly access: IamAccess;
  readonly policies: IamPolicies;
  readonly credentials: TemporaryCredentials;
  readonly webIdentities: WebIdentities;
}

/** How a role is taken on. */
export interface Assumption {
  readonly roleArn: string;
  readonly sessionName: string;
  /** JSON: narrows the session. */
  readonly policy?: string | undefined;
  /** Narrow the session: what any of them and `policy` allows is left. */
  readonly policyArns: readonly string[];
  readonly seconds?: number | undefined;
  readonly externalId?: string | undefined;
}

export interface AssumedRole {
  readonly role: RoleRow;
  readonly account: AccountRow;
  readonly credentials: IssuedCredentials;
}

const DEFAULT_SECONDS = 3600;
const DEFAULT_SESSION_SECONDS = 43_200;
const LONGEST_ACCOUNT_SESSION_SECONDS = 129_600;
/** "The plaintext that you use for both inline and managed session policies can't exceed 2,048 characters" each. */
const MAX_SESSION_POLICIES = 10;
const MAX_CHAIN = 10;

/** Temporary credentials: for a role, or for the account itself. */
export class Sts {
  readonly #parts: StsParts;

  constructor(parts: StsParts) {
    this.#parts = parts;
  }

  /** @throws Failure `AccessDenied` with temporary credentials, `InvalidArgument` */
  getSessionToken(
    { account, accessKey, session }: AccountPrincipal,
    seconds = DEFAULT_SESSION_SECONDS,
  ): IssuedCredentials {
    if (session !== undefined) {
      throw new Failure('AccessDenied', 'Cannot call GetSessionToken with session credentials');
    }
    requireSeconds(seconds, LONGEST_ACCOUNT_SESSION_SECONDS);
    const startedBy = accessKey === undefined ? {} : { startedBy: accessKey };
    const begun = { kind: 'account', name: account.name, issuedAt: new Date().toISOString(), ...startedBy } as const;
    return this.#parts.credentials.issue({ account, session: begun, seconds });
  }

  /** @throws Failure `AccessDenied` where the role does not trust the caller, or that may not; `InvalidArgument`, `MalformedPolicy` */
  async assumeRole(principal: AccountPrincipal, asked: Assumption, context: ConditionContext): Promise<AssumedRole> {
    const role = await this.#findRole(asked);
    const action = 'sts:AssumeRole';
    const resource = roleArn(role?.name ?? roleNameOf(asked.roleArn));
    const question = { principal, action, resource, context: withAssumption(context, asked) };
    // Who may not is not told whether there is such a role.
    const trust = role === undefined ? undefined : askTrust(role, toPolicyQuestion(question), this.#issuers);
    await this.#parts.access.require({ ...question, isNamed: trust?.verdict === 'allow' });
    if (role === undefined || trust === undefined || trust.verdict === 'deny')
      throw untrusted(action, question.resource);
    return this.#issue(role, asked, beginnings(principal));
  }

  /** @throws Failure `InvalidToken`, `ExpiredToken`, `AccessDenied` where the role does not trust the issuer */
  async assumeRoleWithWebIdentity(
    token: string,
    asked: Assumption,
    context: ConditionContext,
  ): Promise<AssumedRole & { readonly token: VerifiedToken }> {
    const verified = await this.#parts.webIdentities.verify(token);
    const role = await this.#findRole(asked);
    const principal = { accountId: federatedId(verified.issuer), canonicalId: '' };
    const action = 'sts:AssumeRoleWithWebIdentity';
    const resource = roleArn(role?.name ?? '');
    const claims = {
      get: (key: string) => (Object.hasOwn(verified.claims, key) ? verified.claims[key] : context.get(key)),
    };
    const question = { action, resource, principal, context: withAssumption(claims, asked) };
    const trust = role === undefined ? undefined : askTrust(role, question, this.#issuers);
    if (role === undefined || trust?.verdict !== 'allow') throw untrusted(action, asked.roleArn);
    return { ...(await this.#issue(role, asked, { claims: verified.claims })), token: verified };
  }

  get #issuers(): readonly string[] {
    return this.#parts.webIdentities.issuers;
  }

  async #findRole({ roleArn: arn, sessionName }: Assumption): Promise<RoleRow | undefined> {
    requireName(sessionName, { what: 'roleSessionName', most: 64 });
    return this.#parts.metadata.queries.findIamRole(roleNameOf(arn));
  }

  async #issue(role: RoleRow, asked: Assumption, begun: Beginnings): Promise<AssumedRole> {
    const { seconds = Math.min(DEFAULT_SECONDS, role.max_session_seconds), sessionName: name } = asked;
    requireSeconds(seconds, role.max_session_seconds);
    const account = await this.#parts.metadata.queries.findAccountById(role.account_id);
    if (account?.status !== 'active') throw untrusted('sts:AssumeRole', asked.roleArn);
    const policy = await this.#sessionPolicy(asked);
    const session = { kind: 'role', name, issuedAt: new Date().toISOString(), ...begun } as const;
    return { role, account, credentials: this.#parts.credentials.issue({ account, session, policy, seconds }) };
  }

  /** "The resulting session's permissions are the intersection of the role's identity-based policy and the session policies". */
  async #sessionPolicy({ policy, policyArns }: Assumption): Promise<string | undefined> {
    if (policyArns.length > MAX_SESSION_POLICIES) {
      throw new Failure('InvalidArgument', `At most ${MAX_SESSION_POLICIES} PolicyArns are taken.`);
    }
    const managed = await Promise.all(policyArns.map((arn) => this.#parts.policies.byArn(arn)));
    const documents = [
      ...managed.map(({ document }) => document),
      ...(policy === undefined ? [] : [requireDocument(policy)]),
    ];
    if (documents.length === 0) return undefined;
    const statements = documents.flatMap((document) => {
      const { Statement } = JSON.parse(document) as { Statement: unknown }; // it has been compiled
      return Statement;
    });
    const merged = JSON.stringify({ Version: '2012-10-17', Statement: statements.map(withoutSid) });
    return requireDocument(merged);
  }
}

/** Their names need to be unique in one policy only. */
function withoutSid(statement: unknown): unknown {
  const { Sid: _, ...rest } = statement as { Sid?: string }; // it has been compiled
  return rest;
}

type Beginnings = Pick<PrincipalSession, 'claims' | 'chain' | 'startedBy'>;

/** Whoever ends on the way ends the session as well. */
function beginnings({ account, accessKey, session }: AccountPrincipal): Beginnings {
  const chain = [...(session?.chain ?? []), boundTo(account)];
  if (chain.length > MAX_CHAIN) throw new Failure('AccessDenied', `At most ${MAX_CHAIN} roles are taken on in a row.`);
  const startedBy = session === undefined ? accessKey : session.startedBy;
  return { chain, ...(startedBy === undefined ? {} : { startedBy }) };
}

function withAssumption(context: ConditionContext, { sessionName, externalId }: Assumption): ConditionContext {
  return {
    get(key) {
      if (key === 'sts:externalid') return externalId;
      return key === 'sts:rolesessionname' ? sessionName : context.get(key);
    },
  };
}

function requireSeconds(seconds: number, most: number): void {
  const longest = Math.max(most, LEAST_SESSION_SECONDS);
  if (Number.isInteger(seconds) && seconds >= LEAST_SESSION_SECONDS && seconds <= longest) return;
  throw new Failure('InvalidArgument', `DurationSeconds is ${LEAST_SESSION_SECONDS} to ${longest} here.`);
}

function untrusted(action: string, resource: string): Failure {
  return new Failure('AccessDenied', `Not authorized to perform ${action} on resource: ${resource}`);
}
