import type { Metadata, ProfileRow, SessionAccountRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import type { Actor } from './audit.ts';
import { refusedField } from './named-field.ts';
import type { LogIn } from './sessions/log-in.ts';
import type { Caller } from './sessions/sessions.ts';

export interface PresenceProof {
  readonly password: string | undefined;
  /** Where the password is in the request: '/current_password'. */
  readonly field: string;
  readonly actor: Actor;
}

/** A log-in is as good as a password for that long. */
const FRESH_MS = 10 * 60_000;

/** Shows that whoever holds a session is still its account: for what would give the account away for good. */
export class Presence {
  readonly #metadata: Metadata;
  readonly #logIn: LogIn;

  constructor({ metadata, logIn }: { readonly metadata: Metadata; readonly logIn: LogIn }) {
    this.#metadata = metadata;
    this.#logIn = logIn;
  }

  /**
   * By the password; an account that has none by a session that began a moment ago.
   * @throws Failure `InvalidArgument` without a password, `InvalidCredentials` for a wrong one, `TooManyAttempts`;
   * `AccessDenied` for a session that is too old
   */
  async require(caller: Caller, proof: PresenceProof): Promise<ProfileRow> {
    const profile = await this.#metadata.queries.findProfile(caller.account.id);
    if (profile === undefined) throw new Failure('NoSuchAccount');
    if (profile.password_hash !== null) return this.requirePassword(profile, proof);
    await this.requireRecent(caller);
    return profile;
  }

  /** By the session alone. @throws Failure `AccessDenied` for one that is too old, however often it was refreshed */
  async requireRecent({ sessionId }: Caller): Promise<void> {
    requireYoung(sessionId === undefined ? undefined : await this.#metadata.queries.findSessionAccount(sessionId));
  }

  /** By the very token of a log-in, or a recent session. @throws Failure `AccessDenied` for one that was kept for long */
  async requireLogIn({ sessionId }: Caller): Promise<void> {
    const session = sessionId === undefined ? undefined : await this.#metadata.queries.findSessionAccount(sessionId);
    const isOfLogIn = session !== undefined && session.session_last_used_at === session.session_created_at;
    if (!isOfLogIn) requireYoung(session);
  }

  /** As `require`, where there is no session. An account without a password has no such proof. */
  async requirePassword({ name }: ProfileRow, { password, field, actor }: PresenceProof): Promise<ProfileRow> {
    if (password === undefined) throw new Failure('InvalidArgument', 'The password is needed.', { Field: field });
    return this.#logIn.requirePassword({ login: name, password, actor }).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'InvalidCredentials') throw error;
      throw refusedField(new Failure('InvalidCredentials', 'The password is wrong.', {}, { cause: error }), field);
    });
  }
}

function requireYoung(session: SessionAccountRow | undefined): void {
  const age = Date.now() - Date.parse(session?.session_created_at ?? '');
  if (!(age < FRESH_MS)) throw new Failure('AccessDenied', 'The log-in is too long ago: log in again first.');
}
