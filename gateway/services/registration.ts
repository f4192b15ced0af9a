import type { InviteRow, Metadata, ProfileRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { isAdmin } from './access/index.ts';
import type { Claims } from './claims.ts';
import type { Limits } from './limits.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { choosePasswordLetter, verifyEmailLetter } from './mail/letters.ts';
import type { MintedToken } from './minted-token.ts';
import {
  invalid,
  type Leave,
  type NewRegistration,
  requireNames,
  tokenFor,
  toRegistration,
} from './new-registration.ts';
import type { Passwords } from './passwords/passwords.ts';
import { hashToken } from './sessions/sessions.ts';

export type RegistrationMode = 'open' | 'invite' | 'closed';

export interface RegistrationParts {
  readonly mode: RegistrationMode;
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly mails: AccountMails;
  readonly claims: Claims;
}

/** How accounts come to be: by those who want one, as far as that is allowed, and by admins. */
export class Registration {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /**
   * Makes an account. A mail goes to its e-mail, unless that is proven by an invite; that it could not be sent changes
   * nothing.
   * @throws Failure `AccountExists`, `EmailTaken`, `InvalidArgument`, `WeakPassword`, `RegistrationClosed`,
   * `InvalidInvite`, `AccessDenied`, `PrefixClaimed`, `TooManyAttempts`, `SlowDown`
   */
  async register(input: NewRegistration): Promise<ProfileRow> {
    const { metadata, limits, passwords } = this.#parts;
    const leave = await this.#leaveFor(input);
    const { email, name } = requireNames(input, leave);
    const claims = this.#parts.claims.requireRequestable(input.claims ?? []);
    if (input.password !== undefined) passwords.requireAllowed(input.password, [name, email]);
    else if (leave.kind !== 'admin') throw invalid('/password', 'A password is needed.');
    if (leave.kind !== 'admin') await limits.take('registrations of an address', input.actor.address ?? '');
    const passwordHash = input.password === undefined ? undefined : await passwords.hash(input.password);

    const id = newId();
    const token = tokenFor(email, { leave, passwordHash });
    await metadata.mutations.registerAccount(
      toRegistration({ input, leave, id, name, email, claims, token, passwordHash }),
    );
    if (email !== undefined && token !== undefined) await this.#mail({ name, email }, { token, input });
    const profile = await metadata.queries.findProfile(id);
    if (profile === undefined) throw new Failure('NoSuchAccount'); // deleted again meanwhile
    return profile;
  }

  async #leaveFor({ by, role, invite }: NewRegistration): Promise<Leave> {
    if (by !== undefined && isAdmin(by)) return { kind: 'admin' };
    if (role !== undefined) throw new Failure('AccessDenied', 'Only admins choose a role.', { Field: '/role' });
    const { mode } = this.#parts;
    if (mode === 'closed') throw new Failure('RegistrationClosed');
    if (invite !== undefined) return { kind: 'invite', invite: await this.#requireInvite(invite) };
    if (mode === 'invite') throw new Failure('InvalidInvite', 'An invite is needed.', { Field: '/invite' });
    return { kind: 'open' };
  }

  /** That it is unused and new enough is decided once more, where it is used. */
  async #requireInvite(token: string): Promise<InviteRow> {
    const invite = await this.#parts.metadata.queries.findInvite(hashToken(token));
    const isGood = invite !== undefined && invite.used_at === null && invite.expires_at > new Date().toISOString();
    if (!isGood) throw new Failure('InvalidInvite', undefined, { Field: '/invite' });
    return invite;
  }

  async #mail(
    { name, email }: { name: string; email: string },
    { token, input }: { token: MintedToken; input: NewRegistration },
  ): Promise<void> {
    const proof = { token: token.token, linkBase: input.linkBase };
    const write = token.row.purpose === 'verify-email' ? verifyEmailLetter : choosePasswordLetter;
    await this.#parts.mails.postIfAllowed(email, { letter: write(name, proof), actor: input.actor });
  }
}
