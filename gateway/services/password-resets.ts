import { setImmediate as soon } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Metadata } from '../../metadata/index.ts';
import { type Actor, auditEntry } from './audit.ts';
import { requireEmail } from './email-address.ts';
import { invalidToken } from './emails.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { passwordChangedLetter, resetPasswordLetter } from './mail/letters.ts';
import { mintToken } from './minted-token.ts';
import { namingField } from './named-field.ts';
import type { Passwords } from './passwords/passwords.ts';
import { hashToken } from './sessions/sessions.ts';

export interface PasswordResetParts {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly mails: AccountMails;
  readonly log: Logger;
}

export interface ResetRequest {
  readonly email: string;
  readonly actor: Actor;
  readonly linkBase?: string | undefined;
}

/** A new password for who has forgotten the old one, by way of a mailbox that is known to be the account's. */
export class PasswordResets {
  readonly #parts: PasswordResetParts;

  constructor(parts: PasswordResetParts) {
    this.#parts = parts;
  }

  /**
   * Has a token mailed, if there is an account with that e-mail verified. Whoever asks is told nothing of that: it is
   * looked up afterwards, so that not even the time tells.
   * @throws Failure `InvalidArgument`, `TooManyAttempts`
   */
  async request(request: ResetRequest): Promise<void> {
    const { mails, log } = this.#parts;
    const email = requireEmail(request.email);
    await mails.countClient(request.actor);
    void soon()
      .then(() => this.#mail({ ...request, email }))
      .catch((error: unknown) => log.warn({ mail: 'reset-password', err: error }, 'a mail was not sent'));
  }

  /**
   * Sets the password with a token, and ends every session. The token still counts when the password was refused.
   * @throws Failure `InvalidToken`, `WeakPassword`, `SlowDown`
   */
  async complete(input: { readonly token: string; readonly password: string; readonly actor: Actor }): Promise<void> {
    const { metadata, passwords, mails } = this.#parts;
    const { token, password, actor } = input;
    const tokenHash = hashToken(token);
    const at = new Date().toISOString();
    const found = await metadata.queries.findOneTimeToken({ tokenHash, purpose: 'reset-password', at });
    const row = found === undefined ? undefined : await metadata.queries.findProfile(found.account_id);
    if (found === undefined || row === undefined) throw invalidToken();
    this.#requireAllowed(password, [row.name, found.email]);
    await metadata.mutations.resetPassword({
      tokenHash,
      passwordHash: await passwords.hash(password),
      at: new Date().toISOString(),
      audit: auditEntry({ ...actor, accountId: row.id }, 'password.reset', { accountId: row.id }),
    });
    await mails.post(found.email, passwordChangedLetter(row.name));
  }

  async #mail({ email, actor, linkBase }: ResetRequest): Promise<void> {
    const { metadata, mails } = this.#parts;
    await mails.countMailbox(email);
    const row = await metadata.queries.findProfileByEmail(email);
    // An e-mail that only somebody says to be theirs may be a stranger's: that would be a way into an account of theirs.
    if (row?.status !== 'active' || row.email_verified_at === null) return;
    const { token, row: tokenRow } = mintToken('reset-password', email);
    await metadata.mutations.addOneTimeToken({
      ...tokenRow,
      accountId: row.id,
      at: new Date().toISOString(),
      audit: auditEntry(actor, 'password.reset-requested', { accountId: row.id }),
    });
    await mails.post(email, resetPasswordLetter(row.name, { token, linkBase }));
  }

  #requireAllowed(password: string, names: readonly string[]): void {
    try {
      this.#parts.passwords.requireAllowed(password, names);
    } catch (error) {
      namingField('WeakPassword', '/new_password')(error);
    }
  }
}
