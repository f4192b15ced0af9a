import type { Metadata } from '../../../metadata/index.ts';
import type { Limits } from '../limits.ts';
import type { Messenger } from '../messages/index.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Vault } from '../vault.ts';
import type { FactorPolicy } from './factor-policy.ts';
import { FactorSetup } from './factor-setup.ts';
import { FactorUpkeep } from './factor-upkeep.ts';
import type { Freshness } from './freshness.ts';
import { Guesses } from './guesses.ts';
import { RecoveryCodes } from './recovery-codes.ts';
import { SecondFactors } from './second-factors.ts';
import { SmsCodes } from './sms-codes.ts';

export interface SecondFactorOptions {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly limits: Limits;
  readonly messenger: Messenger | undefined;
  readonly messagesPerDay: number;
  readonly policy: FactorPolicy;
}

/** Puts together what second factors are proven with, and then, over the log-in that needs that, how they are changed. */
export function openSecondFactors({ metadata, vault, limits, messenger, messagesPerDay, policy }: SecondFactorOptions) {
  const guesses = new Guesses({ metadata, limits });
  const recoveryCodes = new RecoveryCodes({ metadata, vault });
  const smsCodes = new SmsCodes({ metadata, vault, messenger, perDay: messagesPerDay });
  const secondFactors = new SecondFactors({ metadata, vault, guesses, recoveryCodes, smsCodes, policy });
  return {
    secondFactors,
    openChanges({ freshness, sessions }: { readonly freshness: Freshness; readonly sessions: Sessions }) {
      const shared = { metadata, secondFactors, recoveryCodes, freshness };
      return {
        factorSetup: new FactorSetup({ ...shared, vault, sessions, guesses, smsCodes }),
        factorUpkeep: new FactorUpkeep(shared),
      };
    },
  };
}
