import { randomBytes } from 'node:crypto';
import type { AccountRow, InviteRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { isAccountName, requireAccountName, requireDisplayName } from './account-names.ts';
import { type Actor, auditEntry } from './audit.ts';
import { requireEmail } from './email-address.ts';
import { type MintedToken, mintToken, VERIFICATION_MS } from './minted-token.ts';
import { hashToken } from './sessions/sessions.ts';

export interface NewRegistration {
  /** Absent: who is known by the e-mail alone has that as its name, where it can be one. */
  readonly name?: string | undefined;
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

/** What lets an account be made. */
export type Leave = { readonly kind: 'admin' | 'open' } | { readonly kind: 'invite'; readonly invite: InviteRow };

/**
 * Log-ins go by name or e-mail: a name that looks like an e-mail must be the account's own.
 * @throws Failure `InvalidArgument`, `InvalidInvite`
 */
export function requireNames(input: NewRegistration, leave: Leave): { name: string; email: string | undefined } {
  const name = requireAccountName(input.name ?? nameLike(input.email));
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

/** E-mails are longer than names, and have other characters. */
function nameLike(email: string | undefined): string {
  return email !== undefined && isAccountName(email) ? email : `account-${newId()}`;
}

/** What is mailed: who has no password yet chooses one, and everybody else confirms the e-mail. */
export function tokenFor(
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

/** All that is known of an account before it is made. */
export interface NewAccountFacts {
  readonly input: NewRegistration;
  readonly leave: Leave;
  readonly id: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly claims: readonly string[];
  readonly token: MintedToken | undefined;
  readonly passwordHash: string | undefined;
}

/** What `registerAccount` takes. */
export function toRegistration(facts: NewAccountFacts) {
  const { input, leave, id, name, email, claims, token, passwordHash } = facts;
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

export function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: field });
}
