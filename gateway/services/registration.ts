import { randomBytes } from 'node:crypto';
import type { AccountRow, InviteRow, Metadata, ProfileRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { isAdmin } from './access.ts';
import { requireAccountName, requireDisplayName } from './account-names.ts';
import { type Actor, auditEntry } from './audit.ts';
import type { Claims } from './claims.ts';
import { requireEmail } from './email-address.ts';
import type { Limits } from './limits.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { choosePasswordLetter, verifyEmailLetter } from './mail/letters.ts';
import { type MintedToken, mintToken, VERIFICATION_MS } from './minted-token.ts';
import type { Passwords } from './passwords/passwords.ts';
import { hashToken } from './sessions/sessions.ts';

export type RegistrationMode = 'open' | 'invite' | 'closed';

export interface NewRegistration {
  readonly name: string;
  readonly password?: string | undefined;
  readonly email?: string | undefined;
  readonly displayName?: string | undefined;
  readonly invite?: string | undefined;
  /** For an admin to say. */
  readonly role?: InviteRow['role'] | undefined;
  /** Who asks, where that is known. */
  readonly by?: AccountRow | undefined;
  /** Bucket prefixes that it wants for its own. */
  readonly claims?: readonly string[] | undefined;
  readonly actor: Actor;
  /** Where the API is that the link of a mail leads to. */
  readonly linkBase?: string | undefined;
}

export interface RegistrationParts {
  readonly mode: RegistrationMode;
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly mails: AccountMails;
  readonly claims: Claims;
}

/** What lets an account be made. */
type Leave = { readonly kind: 'admin' | 'open' } | { readonly kind: 'invite'; readonly invite: InviteRow };

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
    await metadata.mutations.registerAccount(toRow({ input, leave, id, name, email, claims, token, passwordHash }));
    if (email !== undefined && token !== undefined) await this.#mail(email, { token, input });
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

  async #mail(email: string, { token, input }: { token: MintedToken; input: NewRegistration }): Promise<void> {
    const proof = { token: token.token, linkBase: input.linkBase };
    const write = token.row.purpose === 'verify-email' ? verifyEmailLetter : choosePasswordLetter;
    await this.#parts.mails.postIfAllowed(email, { letter: write(input.name, proof), actor: input.actor });
  }
}

/** Log-ins go by name or e-mail: a name that looks like an e-mail must be the account's own. */
function requireNames(input: NewRegistration, leave: Leave): { name: string; email: string | undefined } {
  const name = requireAccountName(input.name);
  if (input.displayName !== undefined) requireDisplayName(input.displayName);
  const given = input.email === undefined ? undefined : requireEmail(input.email);
  const invited = (leave.kind === 'invite' ? leave.invite.email : null) ?? undefined;
  if (given !== undefined && invited !== undefined && given !== invited) {
    throw new Failure('InvalidInvite', 'The invite is for another e-mail.', { Field: '/email' });
  }
  const email = given ?? invited;
  if (name.includes('@') && name.toLowerCase() !== email) {
    throw invalid('/name', 'A name with an @ must be the e-mail of the account.');
  }
  return { name, email };
}

/** What is mailed: who has no password yet chooses one, and everybody else confirms the e-mail. */
function tokenFor(
  email: string | undefined,
  { leave, passwordHash }: { leave: Leave; passwordHash: string | undefined },
): MintedToken | undefined {
  if (email === undefined || isProven(leave)) return undefined;
  return passwordHash === undefined
    ? mintToken('reset-password', email, VERIFICATION_MS)
    : mintToken('verify-email', email);
}

/** An invite that names an e-mail was mailed there. */
function isProven(leave: Leave): boolean {
  return leave.kind === 'invite' && leave.invite.email !== null;
}

interface Decided {
  readonly input: NewRegistration;
  readonly leave: Leave;
  readonly id: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly claims: readonly string[];
  readonly token: MintedToken | undefined;
  readonly passwordHash: string | undefined;
}

function toRow({ input, leave, id, name, email, claims, token, passwordHash }: Decided) {
  const at = new Date().toISOString();
  const role = leave.kind === 'invite' ? leave.invite.role : (input.role ?? 'member');
  const type = leave.kind === 'admin' ? 'account.created' : 'account.registered';
  const actor = leave.kind === 'admin' ? input.actor : { ...input.actor, accountId: id };
  return {
    id,
    canonicalId: randomBytes(32).toString('hex'),
    name,
    displayName: input.displayName ?? name,
    role,
    ...(claims.length === 0 ? {} : { claims }),
    ...(email === undefined ? {} : { email }),
    ...(isProven(leave) ? { emailVerifiedAt: at } : {}),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(token === undefined ? {} : { token: token.row }),
    ...(leave.kind === 'invite' ? { inviteHash: hashToken(input.invite ?? '') } : {}),
    spareName: `account-${newId()}`,
    at,
    audit: auditEntry(actor, type, { accountId: id, detail: { name, role } }),
  };
}

function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: field });
}
