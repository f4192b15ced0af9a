import type { FactorKind, Metadata, SecondFactorRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Caller } from '../sessions/sessions.ts';
import type { Freshness, FreshProof } from './freshness.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import type { SecondFactors } from './second-factors.ts';
import type { SentCode } from './sms-codes.ts';

/** The second factors of an account as it sees them. */
export interface FactorSummary {
  readonly factors: readonly SecondFactorRow[];
  readonly recoveryCodesLeft: number;
  /** Whether the account must have one. */
  readonly isRequired: boolean;
}

export interface FactorUpkeepParts {
  readonly metadata: Metadata;
  readonly secondFactors: SecondFactors;
  readonly recoveryCodes: RecoveryCodes;
  readonly freshness: Freshness;
}

/** What becomes of the second factors that accounts have. */
export class FactorUpkeep {
  readonly #parts: FactorUpkeepParts;

  constructor(parts: FactorUpkeepParts) {
    this.#parts = parts;
  }

  async list({ account }: Caller): Promise<FactorSummary> {
    const { secondFactors, recoveryCodes } = this.#parts;
    return {
      factors: await secondFactors.listConfirmed(account.id),
      recoveryCodesLeft: await recoveryCodes.countLeft(account.id),
      isRequired: await this.#mustHave(account.id),
    };
  }

  /** Sends a code for what asks for one. @throws Failure `NoSuchFactor`, and as `SmsCodes.send` */
  async sendCode({ account }: Caller): Promise<SentCode> {
    return this.#parts.secondFactors.sendCode(account.id, 'change your account');
  }

  /**
   * Sessions go on: they have proven more than is asked from then on.
   * @throws Failure `NoSuchFactor`, `SecondFactorRequired` for the last of who must have one, and as `Freshness.require`
   */
  async remove(caller: Caller, { kind, ...proof }: FreshProof & { readonly kind: FactorKind }): Promise<void> {
    const { id: accountId } = caller.account;
    const factors = await this.#parts.secondFactors.listConfirmed(accountId);
    if (!factors.some((factor) => factor.kind === kind)) throw new Failure('NoSuchFactor');
    await this.#parts.freshness.require(caller, proof);
    const audit = auditEntry(proof.actor, 'factor.removed', { accountId, detail: { kind } });
    const mustKeepOne = await this.#mustHave(accountId);
    await this.#parts.metadata.mutations.removeFactor({ accountId, kind, mustKeepOne, audit });
  }

  /** New recovery codes; the old ones count no more. @throws Failure `NoSuchFactor`, `InvalidCode`, `TooManyAttempts` */
  async renewRecoveryCodes(
    { account }: Caller,
    proof: { readonly code: string; readonly actor: Actor },
  ): Promise<readonly string[]> {
    const { secondFactors, recoveryCodes } = this.#parts;
    if ((await secondFactors.listConfirmed(account.id)).length === 0) throw new Failure('NoSuchFactor');
    await secondFactors.prove(account, proof);
    return recoveryCodes.renew(account.id, proof.actor);
  }

  async #mustHave(accountId: string): Promise<boolean> {
    const profile = await this.#parts.metadata.queries.findProfile(accountId);
    return profile !== undefined && this.#parts.secondFactors.mustHave(profile);
  }
}
