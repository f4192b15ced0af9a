import type { Metadata, ProfileRow, SecondFactorRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { Actor } from '../audit.ts';
import type { Vault } from '../vault.ts';
import { readCode } from './codes.ts';
import { type FactorPolicy, mustHaveFactor } from './factor-policy.ts';
import type { Guesses } from './guesses.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import type { SentCode, SmsCodes } from './sms-codes.ts';
import { findTotpStep } from './totp.ts';

export type FactorMethod = 'totp' | 'sms' | 'recovery-code';

/** What an account has to prove beside its first factor. */
export interface FactorDemand {
  /** By any of these; empty: nothing. */
  readonly methods: readonly FactorMethod[];
  /** It must have a second factor, and has none. */
  readonly mustEnrol: boolean;
}

export interface SecondFactorsParts {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly guesses: Guesses;
  readonly recoveryCodes: RecoveryCodes;
  readonly smsCodes: SmsCodes;
  readonly policy: FactorPolicy;
}

export interface Proof {
  readonly code: string;
  readonly method?: FactorMethod | undefined;
  readonly actor: Actor;
}

/** Second factors: which an account has, and whether a code proves one. */
export class SecondFactors {
  readonly #parts: SecondFactorsParts;

  constructor(parts: SecondFactorsParts) {
    this.#parts = parts;
  }

  async demandOf(profile: ProfileRow): Promise<FactorDemand> {
    const kinds = (await this.listConfirmed(profile.id)).map(({ kind }) => kind);
    if (kinds.length === 0) return { methods: [], mustEnrol: this.mustHave(profile) };
    const codesLeft = await this.#parts.recoveryCodes.countLeft(profile.id);
    return { methods: codesLeft === 0 ? kinds : [...kinds, 'recovery-code'], mustEnrol: false };
  }

  /** Whether an account must have one, by itself or by what is set. */
  mustHave(profile: ProfileRow): boolean {
    return mustHaveFactor(profile, this.#parts.policy);
  }

  /** The factors of an account that count. */
  async listConfirmed(accountId: string): Promise<SecondFactorRow[]> {
    const rows = await this.#parts.metadata.queries.listSecondFactors(accountId);
    return rows.filter(({ confirmed_at }) => confirmed_at !== null);
  }

  /**
   * Whether a code is right, by which method: each is good once. Tried against all the account's methods where none is
   * named. @throws Failure `InvalidCode`, `TooManyAttempts`
   */
  async prove({ id }: Pick<ProfileRow, 'id'>, { code, method, actor }: Proof): Promise<FactorMethod> {
    const typed = readCode(code);
    return this.#parts.guesses.judge(id, {
      actor,
      look: async () => {
        if (typed?.kind === 'digits') return this.#takeDigits(id, { code: typed.code, method });
        const isRecovery = typed !== undefined && (method === undefined || method === 'recovery-code');
        if (!isRecovery) return undefined;
        const isRight = await this.#parts.recoveryCodes.take(typed.code, { accountId: id, actor });
        return isRight ? 'recovery-code' : undefined;
      },
    });
  }

  /** Sends a code to the number of an account. @throws Failure `NoSuchFactor`, and as `SmsCodes.send` */
  async sendCode(accountId: string, purpose: 'log in' | 'change your account'): Promise<SentCode> {
    const phone = (await this.listConfirmed(accountId)).find(({ kind }) => kind === 'sms')?.phone ?? undefined;
    if (phone === undefined) throw new Failure('NoSuchFactor');
    return this.#parts.smsCodes.send({ accountId, phone }, purpose);
  }

  async #takeDigits(
    accountId: string,
    { code, method }: { readonly code: string; readonly method: FactorMethod | undefined },
  ): Promise<FactorMethod | undefined> {
    for (const factor of await this.listConfirmed(accountId)) {
      if (method !== undefined && method !== factor.kind) continue;
      const isRight = factor.kind === 'totp' ? await this.#takeTotp(factor, code) : await this.#takeSms(factor, code);
      if (isRight) return factor.kind;
    }
    return undefined;
  }

  async #takeTotp({ account_id: accountId, wrapped_secret }: SecondFactorRow, code: string): Promise<boolean> {
    const wrappedSecret = wrapped_secret ?? '';
    const secret = this.#parts.vault.open(wrappedSecret, totpSeal(accountId));
    const step = findTotpStep(code, { secret, nowMs: Date.now() });
    if (step === undefined) return false;
    return this.#parts.metadata.mutations.takeTotpStep({ accountId, wrappedSecret, step });
  }

  async #takeSms({ account_id: accountId, phone }: SecondFactorRow, code: string): Promise<boolean> {
    return this.#parts.smsCodes.take(code, { accountId, phone: phone ?? '' });
  }
}

/** What the secret of an account is sealed for. */
export function totpSeal(accountId: string) {
  return { label: 'totp secret v1', context: accountId };
}
