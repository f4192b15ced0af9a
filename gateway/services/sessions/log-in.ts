import type { Metadata, ProfileRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { LimitName, Limits } from '../limits.ts';
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
/** Of the tokens that a log-in needs on its way. */
export const LONGEST_STEP_MS = ENROLMENT_MS;

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
    const counters = failureCounters(login, actor);
    for (const [limit, key] of counters) await limits.require(limit, key);
    const profile = await metadata.queries.findLogin(login);
    const isRight = await passwords.verify(profile?.password_hash ?? null, password);
    if (!isRight || profile?.status !== 'active') {
      for (const [limit, key] of counters) await limits.take(limit, key);
      await metadata.mutations.recordAudit(
        auditEntry(actor, 'session.refused', {
          accountId: profile?.id ?? null,
          detail: { login: login.slice(0, 256) },
        }),
      );
      throw new Failure('InvalidCredentials');
    }
    // Guesses made at the same time may have used it up meanwhile: then the right one is told no more than the others.
    for (const [limit, key] of counters) await limits.require(limit, key);
    await limits.reset(...counters[0]);
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
      return { kind: 'session', tokens: await this.#openByOneFactor(profile, { methods, actor }) };
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

  /** Who may set up a second factor with that token: nobody who has one by now. @throws Failure `InvalidToken` */
  async findEnrolling(token: string): Promise<{ readonly profile: ProfileRow; readonly claims: TokenClaims }> {
    const bearer = await this.#findBearer('enrolment', token);
    const { methods } = await this.#parts.secondFactors.demandOf(bearer.profile);
    if (methods.length > 0) throw new Failure('InvalidToken', 'The account has a second factor: log in with it.');
    return bearer;
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

  /**
   * Begins the session of an account that had no second factor. A first one ends the sessions that are there when it is
   * confirmed: one that begins at that moment is looked at again. @throws Failure `InvalidCredentials`
   */
  async #openByOneFactor(profile: ProfileRow, proof: { methods: string; actor: Actor }): Promise<SessionTokens> {
    const { secondFactors, sessions } = this.#parts;
    const tokens = await sessions.open(profile, proof);
    const { methods } = await secondFactors.demandOf(profile);
    if (methods.length === 0) return tokens;
    // It may have ended already.
    await sessions.end(tokens.sessionId, { accountId: profile.id, actor: proof.actor }).catch(() => undefined);
    throw new Failure('InvalidCredentials');
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
    const newHash = await passwords.hash(password).catch((refusal: unknown) => {
      if (refusal instanceof Failure) return undefined;
      throw refusal;
    });
    // Where too many are waiting, the next log-in will do: this one was right.
    if (newHash === undefined) return;
    await metadata.mutations.rehashPassword({ accountId: profile.id, oldHash, newHash });
  }
}

type FailureCounter = readonly [limit: LimitName, key: string];

/**
 * Whoever guesses is counted by the name that is tried, be there such an account or not, and by where the guess comes from.
 * Not by the account meant: that a name and an e-mail share a counter would tell that both are there.
 */
function failureCounters(login: string, { address }: Actor): readonly [FailureCounter, ...FailureCounter[]] {
  const name = login.toLowerCase();
  const from = address ?? 'unknown';
  return [
    ['log-in failures of an account from an address', `${name} ${from}`],
    ['log-in failures of an account', name],
    ['log-in failures of an address', from],
  ];
}
