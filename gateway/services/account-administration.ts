import type {
  AccountChanges,
  AccountFilter,
  AccountRole,
  AccountRow,
  Metadata,
  ProfileRow,
} from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import type { Accounts } from './accounts.ts';
import { type Actor, auditEntry } from './audit.ts';
import { requireEmail } from './email-address.ts';
import type { Passwords } from './passwords/passwords.ts';

/** A page of accounts by name, of those that a filter lets through. */
export interface AccountPage extends AccountFilter {
  /** The name that the page before ended with. */
  readonly after: string | undefined;
  readonly limit: number;
}

export interface AdministrationParts {
  readonly metadata: Metadata;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
}

/** An account that an admin makes for somebody. */
export interface AddedAccount {
  readonly name: string;
  readonly role: Exclude<AccountRole, 'root'>;
  /** Counts as verified. */
  readonly email?: string | undefined;
  readonly password?: string | undefined;
}

/** What admins do to the accounts of others, and operators to all. Who may do what to whom is decided as it is done. */
export class AccountAdministration {
  readonly #metadata: Metadata;
  readonly #accounts: Accounts;
  readonly #passwords: Passwords;

  constructor({ metadata, accounts, passwords }: AdministrationParts) {
    this.#metadata = metadata;
    this.#accounts = accounts;
    this.#passwords = passwords;
  }

  /** @throws Failure `AccountExists`, `EmailTaken`, `InvalidArgument`, `WeakPassword`, `SlowDown` */
  async add({ name, role, email: given, password }: AddedAccount, actor: Actor): Promise<AccountRow> {
    const email = given === undefined ? undefined : requireEmail(given);
    if (password !== undefined) this.#passwords.requireAllowed(password, [name, email]);
    return this.#accounts.create({
      name,
      role,
      actor,
      ...(email === undefined ? {} : { email, emailVerifiedAt: new Date().toISOString() }),
      ...(password === undefined ? {} : { passwordHash: await this.#passwords.hash(password) }),
    });
  }

  /** One more than `limit` where there are more. */
  async list({ limit, ...page }: AccountPage): Promise<ProfileRow[]> {
    return this.#metadata.queries.listProfiles({ ...page, limit: limit + 1 });
  }

  /** @throws Failure `NoSuchAccount` */
  async get(accountId: string): Promise<ProfileRow> {
    const profile = await this.#metadata.queries.findProfile(accountId);
    if (profile === undefined) throw new Failure('NoSuchAccount', 'There is no such account.');
    return profile;
  }

  /**
   * Changes what is named and leaves the rest. Another role, and disabling, end every session.
   * @throws Failure `NoSuchAccount`, `AccessDenied`, `EmailTaken`, `InvalidArgument`
   */
  async change(accountId: string, changes: AccountChanges, actor: Actor): Promise<void> {
    const { email } = changes;
    const given = email == null ? changes : { ...changes, email: requireEmail(email) };
    // It crosses threads: what is left out must not be there.
    const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const audit = auditEntry(actor, 'account.changed', { accountId });
    const spareName = `account-${newId()}`;
    await this.#metadata.mutations.changeAccount({ accountId, changes: named, spareName, audit });
  }

  /** Ends every session, too. @throws Failure `NoSuchAccount`, `AccessDenied`, `WeakPassword`, `SlowDown` */
  async setPassword(accountId: string, password: string, actor: Actor): Promise<void> {
    const { name, email } = await this.get(accountId);
    this.#passwords.requireAllowed(password, [name, email ?? undefined]);
    const passwordHash = await this.#passwords.hash(password);
    const audit = auditEntry(actor, 'password.changed', { accountId });
    await this.#metadata.mutations.setPasswordOf({ accountId, passwordHash, at: audit.at, audit });
  }

  /** Ends every session, and raises the epoch. @throws Failure `NoSuchAccount`, `AccessDenied` */
  async endSessions(accountId: string, actor: Actor): Promise<void> {
    const audit = auditEntry(actor, 'session.all-ended', { accountId });
    await this.#metadata.mutations.endSessionsOf({ accountId, audit });
  }

  /**
   * For who has lost the telephone: takes all second factors away, and ends every session.
   * @throws Failure `NoSuchAccount`, `NoSuchFactor`, `AccessDenied`
   */
  async removeFactors(accountId: string, actor: Actor): Promise<void> {
    const audit = auditEntry(actor, 'factor.removed', { accountId, detail: { kind: 'all' } });
    await this.#metadata.mutations.removeFactorsOf({ accountId, audit });
  }

  /** @throws Failure `NoSuchAccount`, `AccountNotEmpty`, `AccessDenied` */
  async delete(accountId: string, actor: Actor): Promise<void> {
    const { name } = await this.get(accountId);
    const audit = auditEntry(actor, 'account.deleted', { accountId, detail: { name } });
    await this.#metadata.mutations.deleteAccountOf({ accountId, audit });
  }
}
