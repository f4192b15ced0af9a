import type { Principal } from '../access/index.ts';
import type { Actor } from '../audit.ts';
import type { ConditionContext } from '../policy/index.ts';

/** Who asks for something of a drive, and what is known of the request. */
export interface Asker {
  readonly principal: Principal;
  readonly actor: Actor;
  /** For the conditions of policies. */
  readonly context: ConditionContext;
}

/** The account that asks, for the log of events. */
export function accountIdOf({ principal }: Asker): string {
  return principal.kind === 'account' ? principal.account.id : 'anonymous';
}
