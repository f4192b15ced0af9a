import type { ProfileRow } from '../../../metadata/index.ts';
import type { Actor } from '../audit.ts';

export type FactorMethod = 'totp' | 'sms' | 'recovery-code';

/** What an account has to prove beside its first factor. */
export interface FactorDemand {
  /** By any of these; empty: nothing. */
  readonly methods: readonly FactorMethod[];
  /** It must have a second factor, and has none. */
  readonly mustEnrol: boolean;
}

/** Second factors: which an account has, and whether a code proves one. */
export class SecondFactors {
  async demandOf(_profile: ProfileRow): Promise<FactorDemand> {
    return { methods: [], mustEnrol: false };
  }

  /**
   * Whether a code is right, by which method: each is good once. Tried against all the account's methods where none is
   * named. @throws Failure `InvalidCode`, `TooManyAttempts`
   */
  async prove(
    _account: ProfileRow,
    _proof: { code: string; method?: FactorMethod | undefined; actor: Actor },
  ): Promise<FactorMethod> {
    return 'totp';
  }
}
