import type { AccountRow } from '../../../metadata/index.ts';
import { type ConditionContext, GATEWAY_ACCOUNT } from '../policy/index.ts';
import type { Tags } from '../tags.ts';
import type { Principal } from './question.ts';

type Value = string | readonly string[] | undefined;

/** What is known of a request and of who makes it. */
export class PrincipalContext implements ConditionContext {
  readonly #request: ConditionContext;
  readonly #principal: Principal;

  constructor(request: ConditionContext, principal: Principal) {
    this.#request = request;
    this.#principal = principal;
  }

  get(key: string): Value {
    if (key === 'aws:resourceaccount' || key === 's3:resourceaccount') return GATEWAY_ACCOUNT;
    // No service of a cloud calls here.
    if (key === 'aws:principalisawsservice' || key === 'aws:viaawsservice') return 'false';
    const principal = this.#principal;
    if (key === 'aws:principaltype' && !isRole(principal)) return principal.kind === 'anonymous' ? 'Anonymous' : 'User';
    if (principal.kind === 'anonymous') return key === 'aws:userid' ? 'anonymous' : this.#request.get(key);
    const { session, account } = principal;
    if (key === 'aws:principalaccount') return GATEWAY_ACCOUNT;
    if (key === 'aws:tokenissuetime') return session?.issuedAt;
    if (session?.claims !== undefined && Object.hasOwn(session.claims, key)) return session.claims[key];
    return session?.kind === 'role' ? this.#ofRole(key, account, session.name) : this.#ofUser(key, account);
  }

  #ofUser(key: string, { id, name }: AccountRow): Value {
    if (key === 'aws:username') return name;
    if (key === 'aws:userid') return id;
    if (key === 'aws:principalarn') return `arn:aws:iam::${GATEWAY_ACCOUNT}:user/${name}`;
    return this.#request.get(key);
  }

  /** "If the principal is an assumed role, [...] aws:PrincipalArn [is] the ARN of the role". The account of one is called `role/NAME`. */
  #ofRole(key: string, { id, name }: AccountRow, sessionName: string): Value {
    if (key === 'aws:principaltype') return 'AssumedRole';
    if (key === 'aws:userid') return `${id}:${sessionName}`;
    if (key === 'aws:principalarn') return `arn:aws:iam::${GATEWAY_ACCOUNT}:${name}`;
    return key === 'aws:username' ? undefined : this.#request.get(key);
  }
}

function isRole(principal: Principal): boolean {
  return principal.kind === 'account' && principal.session?.kind === 'role';
}

/** With the condition keys that begin like this a policy asks for the tags of the object that is there. */
export const EXISTING_TAG = 's3:existingobjecttag/';

/** What is known of a request, and of the tags of the object that it is about. */
export class TaggedContext implements ConditionContext {
  readonly #context: ConditionContext;
  readonly #tags: Tags;

  constructor(context: ConditionContext, tags: Tags) {
    this.#context = context;
    this.#tags = tags;
  }

  get(key: string): Value {
    if (!key.startsWith(EXISTING_TAG)) return this.#context.get(key);
    const name = key.slice(EXISTING_TAG.length);
    return this.#tags.find(([tag]) => tag === name)?.[1];
  }
}
