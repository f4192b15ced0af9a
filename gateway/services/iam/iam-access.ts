import type { AccountRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { isAdmin, type Principal, PrincipalContext } from '../access/index.ts';
import type { ConditionContext, PolicyQuestion } from '../policy/index.ts';
import type { IdentityPolicies } from './identity-policies.ts';
import { assumedRoleArn, isRoleAccount, userArn } from './names.ts';

export type AccountPrincipal = Extract<Principal, { kind: 'account' }>;

/** What somebody wants to do with IAM or STS. */
export interface IamQuestion {
  readonly principal: AccountPrincipal;
  /** `iam:GetUser` */
  readonly action: string;
  /** The ARN of what it is done to. */
  readonly resource: string;
  readonly context: ConditionContext;
  /** It is about the caller's own account, which lets everybody do this to itself. */
  readonly isOwn?: boolean;
  /** It needs no leave: nothing but a deny stands against it. */
  readonly isFree?: boolean;
  /** What it is done to names the caller, which is leave enough. */
  readonly isNamed?: boolean;
}

/** By what it is allowed. */
export interface IamLeave {
  /** By a policy, and not because it is an admin's or the caller's own. */
  readonly isDelegated: boolean;
}

/** Decides who may use IAM and STS: admins, everybody for its own keys, and whom its policies allow it. */
export class IamAccess {
  readonly #policies: IdentityPolicies;

  constructor(policies: IdentityPolicies) {
    this.#policies = policies;
  }

  /** @throws Failure `AccessDenied`, in AWS's words */
  async require(question: IamQuestion): Promise<IamLeave> {
    const { principal, isOwn = false, isFree = false, isNamed = false } = question;
    const asked = toPolicyQuestion(question);
    if (principal.policy !== undefined && !isFree && principal.policy.judge(asked)?.effect !== 'Allow') {
      throw denied(question, 'no policy of the session or of the access key allows it');
    }
    const isRole = principal.session?.kind === 'role';
    if (principal.account.role === 'root' && !isRole) return { isDelegated: false };
    const decision = await this.#policies.ask(principal.account.id, asked);
    if (decision?.allowed === false) throw denied(question, decision.statement);
    if (isFree || isNamed || (!isRole && (isAdmin(principal.account) || isOwn))) return { isDelegated: false };
    if (decision === undefined) throw denied(question, 'no identity-based policy allows it');
    return { isDelegated: true };
  }
}

export function toPolicyQuestion({ principal, action, resource, context }: IamQuestion): PolicyQuestion {
  const { id, canonical_id: canonicalId } = principal.account;
  return {
    action,
    resource,
    principal: { accountId: id, canonicalId },
    context: new PrincipalContext(context, principal),
  };
}

/** Who asks, as GetCallerIdentity and errors name it. */
export function callerArn({ account, session }: AccountPrincipal): string {
  if (session?.kind === 'role') return assumedRoleArn(roleOf(account), session.name);
  return userArn(account.name);
}

function roleOf({ name }: AccountRow): string {
  return isRoleAccount(name) ? name.slice(name.indexOf('/') + 1) : name;
}

function denied({ principal, action, resource }: IamQuestion, reason: string): Failure {
  const message = `User: ${callerArn(principal)} is not authorized to perform: ${action} on resource: ${resource}`;
  return new Failure('AccessDenied', `${message} because ${reason}`);
}
