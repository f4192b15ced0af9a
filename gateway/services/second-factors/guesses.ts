import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Limits } from '../limits.ts';

/** Codes are short: how often somebody may guess one is what makes them safe. */
export class Guesses {
  readonly #metadata: Metadata;
  readonly #limits: Limits;

  constructor({ metadata, limits }: { readonly metadata: Metadata; readonly limits: Limits }) {
    this.#metadata = metadata;
    this.#limits = limits;
  }

  /**
   * What `look` finds of a code. It is counted before it is looked at, so that guesses at once are no more than others.
   * @throws Failure `InvalidCode` when that is undefined, `TooManyAttempts`
   */
  async judge<Found>(
    accountId: string,
    { actor, look }: { readonly actor: Actor; readonly look: () => Promise<Found | undefined> },
  ): Promise<Found> {
    await this.#limits.take('codes of an account', accountId);
    const found = await look();
    if (found === undefined) {
      await this.#metadata.mutations.recordAudit(auditEntry(actor, 'factor.refused', { accountId }));
      throw new Failure('InvalidCode');
    }
    await this.#limits.reset('codes of an account', accountId);
    return found;
  }
}
