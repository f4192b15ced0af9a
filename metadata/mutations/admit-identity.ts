import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import type { AccountRole } from './accounts.ts';
import { type AuditEntry, type AuditType, appendAudit } from './audit.ts';
import { findLinked, hasIdentityAt, type Identity, insertIdentity, touchIdentity } from './identities.ts';
import { requireInvite } from './invites.ts';
import { registerAccount } from './profiles.ts';

export interface AdmitIdentity extends Identity {
  /** Whether the provider has seen that the e-mail is theirs. */
  readonly isEmailVerified: boolean;
  /** What the account is made of, where there is none. */
  readonly candidate: {
    readonly id: string;
    readonly canonicalId: string;
    /** In the order of preference: the first that is free. */
    readonly names: readonly string[];
    /** That nobody has, for who must give up one that is the e-mail. */
    readonly spareName: string;
  };
  /** SHA-256 of the invite that lets them register, hex. */
  readonly inviteHash?: string;
  readonly registration: 'open' | 'invite' | 'closed';
  readonly at: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Whose account it is, and how it came to be that. */
export interface AdmittedIdentity {
  readonly accountId: string;
  readonly kind: 'known' | 'linked' | 'registered';
}

/**
 * Finds the account of somebody who has logged in at a provider: the one that the identity is linked to, else the one
 * with the same e-mail where both sides have verified it, else a new one.
 *
 * Throws `AccessDenied` for an account that is disabled, `EmailTaken` for an e-mail of an account that the identity may
 * not be linked to, and `RegistrationClosed` or `InvalidInvite` where there is no account and none may be made.
 */
export async function admitIdentity(tx: Tx, input: AdmitIdentity): Promise<AdmittedIdentity> {
  const linked = await findLinked(tx, input);
  if (linked !== undefined) {
    requireActive(linked);
    await touchIdentity(tx, input);
    return { accountId: linked.account_id, kind: 'known' };
  }
  const owner = await findOwner(tx, input.email);
  return owner === undefined ? register(tx, input) : linkToOwner(tx, input, owner);
}

interface Owner {
  readonly id: string;
  readonly status: string;
}

/** Who has verified that e-mail here. */
async function findOwner(tx: Tx, email: string | undefined): Promise<Owner | undefined> {
  if (email === undefined) return undefined;
  return tx.get<Owner>('SELECT id, status FROM accounts WHERE email = ? AND email_verified_at IS NOT NULL', email);
}

async function linkToOwner(tx: Tx, input: AdmitIdentity, owner: Owner): Promise<AdmittedIdentity> {
  if (!input.isEmailVerified) {
    throw new Failure('EmailTaken', 'An account has that e-mail. Log in to it, and link the provider there.');
  }
  // A mailbox that a provider gave to somebody else since is no way into the account of whom it was before.
  if (await hasIdentityAt(tx, { accountId: owner.id, provider: input.provider })) {
    throw new Failure('EmailTaken', 'An account with that e-mail is linked to another identity at that provider.');
  }
  requireActive(owner);
  await insertIdentity(tx, { ...input, accountId: owner.id });
  await appendAudit(tx, entryOf(input, 'identity.linked', owner.id));
  return { accountId: owner.id, kind: 'linked' };
}

async function register(tx: Tx, input: AdmitIdentity): Promise<AdmittedIdentity> {
  const { inviteHash, at } = input;
  const { names, ...candidate } = input.candidate;
  const { id } = candidate;
  const invite = await requireLeave(tx, input);
  const name = await findFreeName(tx, names);
  const email = invite?.email ?? (await findOwnEmail(tx, input));
  await registerAccount(tx, {
    ...candidate,
    name,
    displayName: name,
    role: invite?.role ?? 'member',
    ...(email === undefined ? {} : { email, emailVerifiedAt: at }),
    ...(inviteHash === undefined ? {} : { inviteHash }),
    at,
    audit: entryOf(input, 'account.registered', id),
  });
  await insertIdentity(tx, { ...input, accountId: id });
  await appendAudit(tx, entryOf(input, 'identity.linked', id));
  return { accountId: id, kind: 'registered' };
}

interface Invite {
  readonly role: AccountRole;
  /** Where it was mailed to: who has it has shown that the mailbox is theirs. */
  readonly email: string | null;
}

/** What lets them register; undefined where everybody may. Throws `RegistrationClosed` and `InvalidInvite`. */
async function requireLeave(tx: Tx, input: AdmitIdentity): Promise<Invite | undefined> {
  const { registration, inviteHash: tokenHash, at } = input;
  if (registration === 'closed') throw new Failure('RegistrationClosed');
  if (tokenHash !== undefined) {
    await requireInvite(tx, { tokenHash, at });
    return tx.get<Invite>('SELECT role, email FROM invites WHERE token_hash = ?', tokenHash);
  }
  if (registration === 'invite') throw new Failure('InvalidInvite', 'An invite is needed.', { Field: 'invite' });
  return undefined;
}

async function findFreeName(tx: Tx, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const taken = await tx.get('SELECT id FROM accounts WHERE lower(name) = lower(?)', name);
    if (taken === undefined) return name;
  }
  throw new Failure('AccountExists', 'No name is free that resembles the one at the provider.');
}

/** The e-mail for a new account: none that is not verified, and none that somebody else goes by as a name. */
async function findOwnEmail(tx: Tx, { email, isEmailVerified }: AdmitIdentity): Promise<string | undefined> {
  if (email === undefined || !isEmailVerified) return undefined;
  const named = await tx.get(
    'SELECT id FROM accounts WHERE lower(name) = ? AND (email IS NULL OR email <> ?)',
    email,
    email,
  );
  return named === undefined ? email : undefined;
}

function requireActive({ status }: { readonly status: string }): void {
  if (status !== 'active') throw new Failure('AccessDenied', 'The account is disabled.');
}

/** Who came has proven who it is: it did that itself. */
function entryOf(input: AdmitIdentity, type: AuditType, accountId: string): AuditEntry {
  const { at, address, userAgent, provider, subject } = input;
  return { at, type, accountId, actorId: accountId, address, userAgent, detail: { provider, subject } };
}
