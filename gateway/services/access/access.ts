import type { BucketConfigStore, BucketConfigs } from '../bucket-configs.ts';
import { DENY_ANONYMOUS, DENY_BY_KEY, DENY_OTHERS, DENY_TO_KEY, type Decision } from './decision.ts';
import { type Question, resourceName } from './question.ts';
import { judgeAccount } from './roles.ts';

export interface AccessParts {
  readonly configs: BucketConfigStore;
}

/** The one evaluator: it decides who may do what, for every surface. Explicit deny wins; nothing matched is a deny. */
export class Access {
  readonly #configs: BucketConfigStore;

  constructor({ configs }: AccessParts) {
    this.#configs = configs;
  }

  /** At once where nothing has to be read: it is asked with every request. */
  decide(question: Question): Decision | Promise<Decision> {
    const { resource } = question;
    if (resource.kind === 'service') return judge(question);
    const configs = this.#configs.of(resource.bucket);
    return configs instanceof Promise
      ? configs.then((loaded) => this.#decideIn(question, loaded))
      : this.#decideIn(question, configs);
  }

  #decideIn(question: Question, _configs: BucketConfigs): Decision | Promise<Decision> {
    return judge(question);
  }
}

/** What roles, ownership and the key say: what is known without looking anything up. */
export function judge({ principal, action, resource }: Question): Decision {
  if (principal.kind === 'anonymous') return DENY_ANONYMOUS;
  const decision = judgeAccount(principal.account, action, resource) ?? DENY_OTHERS;
  if (principal.policy === undefined || !decision.allowed || resource.kind === 'objects') return decision;
  const verdict = principal.policy.judge(action, resourceName(resource));
  if (verdict === 'allowed') return decision;
  return verdict === 'denied' ? DENY_BY_KEY : DENY_TO_KEY;
}
