import type { AccountRow, Metadata, ProfileRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { requireDisplayName } from './account-names.ts';
import { type Actor, auditEntry } from './audit.ts';
import { requireEmail } from './email-address.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { emailChangingLetter, passwordChangedLetter, verifyEmailLetter } from './mail/letters.ts';
import { type MintedToken, mintToken } from './minted-token.ts';
import { namingField } from './named-field.ts';
import type { Passwords } from './passwords/passwords.ts';
import type { Presence } from './presence.ts';
import type { FactorDemand, SecondFactors } from './second-factors/second-factors.ts';
import type { Caller, Sessions, SessionTokens } from './sessions/sessions.ts';

/** An account as it sees itself. */
export interface Profile {
  readonly row: ProfileRow;
  readonly demand: FactorDemand;
}

export interface ProfileChange {
  readonly displayName?: string | undefined;
  readonly email?: string | undefined;
  /** For a change of the e-mail. */
  readonly currentPassword?: string | undefined;
  readonly actor: Actor;
  readonly linkBase?: string | undefined;
}

export interface ProfileParts {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly presence: Presence;
  readonly secondFactors: SecondFactors;
  readonly sessions: Sessions;
  readonly mails: AccountMails;
}

/** What an account may do with itself. */
export class Profiles {
  readonly #parts: ProfileParts;

  constructor(parts: ProfileParts) {
    this.#parts = parts;
  }

  /** @throws Failure `NoSuchAccount` */
  async get(accountId: string): Promise<Profile> {
    const row = await this.#parts.metadata.queries.findProfile(accountId);
    if (row === undefined) throw new Failure('NoSuchAccount');
    return { row, demand: await this.#parts.secondFactors.demandOf(row) };
  }

  /**
   * Another e-mail is pending until it is verified, and needs the password: it is a way into the account. The one that
   * the account has takes a pending one back.
   * @throws Failure `InvalidArgument`, `InvalidCredentials`, `AccessDenied`, `EmailTaken`, `TooManyAttempts`
   */
  async change(caller: Caller, change: ProfileChange): Promise<Profile> {
    const { metadata, presence } = this.#parts;
    const { displayName, currentPassword: password, actor } = change;
    if (displayName !== undefined) requireDisplayName(displayName);
    const email = change.email === undefined ? undefined : requireEmail(change.email);
    const row =
      email !== undefined
        ? await presence.require(caller, { password, field: '/current_password', actor })
        : (await this.get(caller.account.id)).row;
    const token = email === undefined || email === row.email ? undefined : await this.#mintFor(email, actor);
    const detail = {
      ...(displayName === undefined ? {} : { display_name: displayName }),
      ...(email === undefined ? {} : { email }),
    };
    await metadata.mutations.updateProfile({
      accountId: row.id,
      ...(displayName === undefined ? {} : { displayName }),
      ...(email === undefined ? {} : { token: token?.row ?? null }),
      at: new Date().toISOString(),
      audit: auditEntry(actor, 'account.changed', { accountId: row.id, detail }),
    });
    if (token !== undefined) await this.#tellOfEmail(row, { token, linkBase: change.linkBase });
    return this.get(row.id);
  }

  /** @throws Failure `AccountNotEmpty`, `InvalidRequest` for root, and as `Presence.require` */
  async remove(caller: Caller, { password, actor }: { password: string | undefined; actor: Actor }): Promise<void> {
    const { id, name } = await this.#parts.presence.require(caller, { password, field: '/password', actor });
    const audit = auditEntry(actor, 'account.deleted', { accountId: id, detail: { name } });
    await this.#parts.metadata.mutations.deleteAccount({ accountId: id, audit });
  }

  /**
   * Every session ends, and another begins for who asked.
   * @throws Failure `WeakPassword`, and as `Presence.require`
   */
  async changePassword(
    caller: Caller,
    input: { readonly currentPassword: string | undefined; readonly newPassword: string; readonly actor: Actor },
  ): Promise<SessionTokens> {
    const { currentPassword: password, newPassword, actor } = input;
    const { presence, sessions } = this.#parts;
    const row = await presence.require(caller, { password, field: '/current_password', actor });
    const { epoch } = caller.account;
    await this.setPassword(row, { password: newPassword, epoch, actor }).catch(
      namingField('WeakPassword', '/new_password'),
    );
    // Of the epoch that the change has begun, and of none that ends sessions since.
    return sessions.open({ ...row, epoch: epoch + 1 }, { methods: caller.methods, actor });
  }

  /**
   * As `setPassword`, for clients that never ask for the old one: whoever stole a token that was refreshed may not.
   * @throws Failure `AccessDenied` for a log-in that is too long ago; `WeakPassword`, `SlowDown`
   */
  async replacePassword(caller: Caller, change: { readonly password: string; readonly actor: Actor }): Promise<void> {
    await this.#parts.presence.requireLogIn(caller);
    await this.setPassword(caller.account, { ...change, epoch: caller.account.epoch });
  }

  /**
   * For who has shown that it may: at that epoch, where a session asks. Every session ends, and the account is told.
   * @throws Failure `WeakPassword`, `SlowDown`; `InvalidToken` where the epoch was raised meanwhile
   */
  async setPassword(
    { id }: AccountRow,
    { password, epoch, actor }: { password: string; epoch?: number; actor: Actor },
  ): Promise<void> {
    const { metadata, passwords, mails } = this.#parts;
    const { row } = await this.get(id);
    passwords.requireAllowed(password, [row.name, row.email ?? undefined]);
    await metadata.mutations.setPassword({
      accountId: id,
      passwordHash: await passwords.hash(password),
      ...(epoch === undefined ? {} : { epoch }),
      at: new Date().toISOString(),
      audit: auditEntry(actor, 'password.changed', { accountId: id }),
    });
    if (isVerified(row)) await mails.post(row.email, passwordChangedLetter(row.name));
  }

  async #mintFor(email: string, actor: Actor): Promise<MintedToken> {
    await this.#parts.mails.countClient(actor);
    await this.#parts.mails.countMailbox(email);
    return mintToken('verify-email', email);
  }

  async #tellOfEmail(
    row: ProfileRow,
    { token, linkBase }: { token: MintedToken; linkBase: string | undefined },
  ): Promise<void> {
    const { mails } = this.#parts;
    await mails.post(token.row.email, verifyEmailLetter(row.name, { token: token.token, linkBase }));
    if (isVerified(row)) await mails.post(row.email, emailChangingLetter(row.name));
  }
}

/** Who has not shown that a mailbox is theirs gets nothing sent there but the question. */
function isVerified(row: ProfileRow): row is ProfileRow & { readonly email: string } {
  return row.email !== null && row.email_verified_at !== null;
}
