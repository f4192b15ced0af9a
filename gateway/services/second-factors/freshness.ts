import type { Metadata, ProfileRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { Actor } from '../audit.ts';
import type { Presence } from '../presence.ts';
import type { Caller } from '../sessions/sessions.ts';
import type { SecondFactors } from './second-factors.ts';

/** What a client shows again before it may change how an account is entered. */
export interface FreshProof {
  readonly password?: string | undefined;
  /** Of any factor that the account has. */
  readonly code?: string | undefined;
  readonly actor: Actor;
}

export interface FreshnessParts {
  readonly metadata: Metadata;
  readonly presence: Presence;
  readonly secondFactors: SecondFactors;
}

/** A session alone is not enough to change how an account is entered: whoever stole its token could lock the owner out. */
export class Freshness {
  readonly #parts: FreshnessParts;

  constructor(parts: FreshnessParts) {
    this.#parts = parts;
  }

  /**
   * Asks for the password where the account has one, and for a code where it has a factor; with neither, for a log-in of
   * the last minutes. An enrolment is one.
   * @throws Failure `InvalidCredentials`, `InvalidCode`, `AccessDenied`, `TooManyAttempts`, `SlowDown`
   */
  async require(caller: Caller, { password, code, actor }: FreshProof): Promise<void> {
    if (caller.sessionId === undefined) return;
    const profile = await this.#findProfile(caller.account.id);
    if (profile.password_hash !== null) await this.#requirePassword(profile, { password, actor });
    const factors = await this.#parts.secondFactors.listConfirmed(profile.id);
    if (factors.length > 0) await this.#requireCode(profile, { code, actor });
    else if (profile.password_hash === null) await this.#parts.presence.requireRecent(caller);
  }

  async #findProfile(accountId: string): Promise<ProfileRow> {
    const profile = await this.#parts.metadata.queries.findProfile(accountId);
    if (profile === undefined) throw new Failure('NoSuchAccount');
    return profile;
  }

  async #requirePassword(profile: ProfileRow, { password, actor }: FreshProof): Promise<void> {
    const field = '/password';
    if (password === undefined)
      throw new Failure('InvalidCredentials', 'The password is needed again.', { Field: field });
    await this.#parts.presence.requirePassword(profile, { password, field, actor });
  }

  async #requireCode(profile: ProfileRow, { code, actor }: FreshProof): Promise<void> {
    if (code === undefined)
      throw new Failure('InvalidCode', 'A code of a second factor is needed.', { Field: '/code' });
    await this.#parts.secondFactors.prove(profile, { code, actor });
  }
}
