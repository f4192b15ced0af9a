import type { Metadata, ProfileRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Limits } from '../limits.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { FactorMethod, SecondFactors } from '../second-factors/second-factors.ts';
import { requireCurrent, type Sessions, type SessionTokens } from './sessions.ts';
import type { IssuedToken, TokenClaims, Tokens } from './tokens.ts';

/** What a log-in leads to. */
export type Admission =
  | { readonly kind: 'session'; readonly tokens: SessionTokens }
  /** The password was right; the challenge and a code of one of these methods make a session. */
  | { readonly kind: 'second-factor'; readonly challenge: IssuedToken; readonly methods: readonly FactorMethod[] }
  /** The account must set up a second factor first: with this token it may do that and nothing else. */
  | { readonly kind: 'enrolment'; readonly token: IssuedToken };

export interface LogInParts {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly secondFactors: SecondFactors;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

export interface PasswordLogIn {
  /** An account's name or e-mail. */
  readonly login: string;
  readonly password: string;
  /** Of the second factor, for clients that send both at once. */
  readonly code?: string | undefined;
  readonly actor: Actor;
}

/** How long somebody may take to find the telephone. */
const CHALLENGE_MS = 5 * 60_000;
const ENROLMENT_MS = 15 * 60_000;

/** The ways in. Whatever the first factor was, `admit` decides what is still to be proven. */
export class LogIn {
  readonly #parts: LogInParts;

  constructor(parts: LogInParts) {
    this.#parts = parts;
  }

  /**
   * Proves a password. Who has no account, no password or the wrong one is told the same, after the same time.
   * @throws Failure `InvalidCredentials`, `TooManyAttempts`, `InvalidCode`, `SlowDown`
   */
  async byPassword({ login, password, code, actor }: PasswordLogIn): Promise<Admission> {
    const profile = await this.requirePassword({ login, password, actor });
    return this.admit(profile, { methods: 'password', code, actor });
  }

  /** Whose name and password these are. @throws Failure `InvalidCredentials`, `TooManyAttempts`, `SlowDown` */
  async requirePassword({ login, password, actor }: Omit<PasswordLogIn, 'code'>): Promise<ProfileRow> {
    const { metadata, passwords, limits } = this.#parts;
    const profile = await metadata.queries.findLogin(login);
    // Whoever guesses is counted by the account meant, be it there or not, and by where the guess comes from.
    const target = profile?.id ?? login.toLowerCase();
    const pair = `${target} ${actor.address}`;
    await limits.require('log-in failures of an account from an address', pair);
    await limits.require('log-in failures of an account', target);
    await limits.require('log-in failures of an address', actor.address ?? '');
    const isRight = await passwords.verify(profile?.password_hash ?? null, password);
    if (!isRight || profile?.status !== 'active') {
      await metadata.mutations.recordAudit(
        auditEntry(actor, 'session.refused', {
          accountId: profile?.id ?? null,
          detail: { login: login.slice(0, 256) },
        }),
      );
      await limits.take('log-in failures of an address', actor.address ?? '');
      await limits.take('log-in failures of an account', target);
      await limits.take('log-in failures of an account from an address', pair);
      throw new Failure('InvalidCredentials');
    }
    await limits.reset('log-in failures of an account from an address', pair);
    await this.#rehash(profile, password);
    return profile;
  }

  /** What an account gets that has proven its first factor by the given methods. @throws Failure `InvalidCode`, ... */
  async admit(
    profile: ProfileRow,
    { methods, code, actor }: { readonly methods: string; readonly code?: string | undefined; readonly actor: Actor },
  ): Promise<Admission> {
    const { secondFactors, tokens, sessions } = this.#parts;
    const claims: TokenClaims = { accountId: profile.id, epoch: profile.epoch, methods };
    const demand = await secondFactors.demandOf(profile);
    if (demand.mustEnrol) return { kind: 'enrolment', token: await tokens.issue('enrolment', claims, ENROLMENT_MS) };
    if (demand.methods.length === 0) {
      return { kind: 'session', tokens: await sessions.open(profile, { methods, actor }) };
    }
    if (code === undefined) {
      const challenge = await tokens.issue('second-factor', claims, CHALLENGE_MS);
      return { kind: 'second-factor', challenge, methods: demand.methods };
    }
    const method = await secondFactors.prove(profile, { code, actor });
    return { kind: 'session', tokens: await sessions.open(profile, { methods: `${methods} ${method}`, actor }) };
  }

  /** Who has proven a first factor and holds the challenge for the second. @throws Failure `InvalidToken` */
  async findChallenged(challenge: string): Promise<{ readonly profile: ProfileRow; readonly claims: TokenClaims }> {
    return this.#findBearer('second-factor', challenge);
  }

  /** Who may set up a second factor with that token. @throws Failure `InvalidToken` */
  async findEnrolling(token: string): Promise<{ readonly profile: ProfileRow; readonly claims: TokenClaims }> {
    return this.#findBearer('enrolment', token);
  }

  /** Proves the second factor. @throws Failure `InvalidToken`, `InvalidCode`, `TooManyAttempts` */
  async bySecondFactor(input: {
    readonly challenge: string;
    readonly code: string;
    readonly method?: FactorMethod | undefined;
    readonly actor: Actor;
  }): Promise<SessionTokens> {
    const { profile, claims } = await this.findChallenged(input.challenge);
    const method = await this.#parts.secondFactors.prove(profile, input);
    return this.#parts.sessions.open(profile, { methods: `${claims.methods} ${method}`, actor: input.actor });
  }

  async #findBearer(kind: 'second-factor' | 'enrolment', token: string) {
    const claims = await this.#parts.tokens.verify(kind, token);
    const profile = await this.#parts.metadata.queries.findProfile(claims.accountId);
    requireCurrent(profile, claims);
    return { profile, claims };
  }

  async #rehash(profile: ProfileRow, password: string): Promise<void> {
    const { passwords, metadata } = this.#parts;
    const oldHash = profile.password_hash;
    if (oldHash === null || !passwords.needsRehash(oldHash)) return;
    await metadata.mutations.rehashPassword({
      accountId: profile.id,
      oldHash,
      newHash: await passwords.hash(password),
    });
  }
}
