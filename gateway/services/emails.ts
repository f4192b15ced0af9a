import type { Metadata, ProfileRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { type Actor, auditEntry } from './audit.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { emailChangedLetter, verifyEmailLetter } from './mail/letters.ts';
import { mintToken } from './minted-token.ts';
import type { Presence } from './presence.ts';
import { type Caller, hashToken } from './sessions/sessions.ts';

export interface EmailVerification {
  readonly token: string;
  /** Who is logged in, where somebody is. */
  readonly caller: Caller | undefined;
  /** Of the account, where nobody is logged in. */
  readonly password: string | undefined;
  readonly actor: Actor;
}

/** Which mailboxes are shown to be an account's. */
export class Emails {
  readonly #metadata: Metadata;
  readonly #mails: AccountMails;
  readonly #presence: Presence;

  constructor(parts: { readonly metadata: Metadata; readonly mails: AccountMails; readonly presence: Presence }) {
    this.#metadata = parts.metadata;
    this.#mails = parts.mails;
    this.#presence = parts.presence;
  }

  /** Asks once more whether the pending e-mail, or else the one that is not verified, is the account's. */
  async askAgain(
    accountId: string,
    { actor, linkBase }: { actor: Actor; linkBase: string | undefined },
  ): Promise<void> {
    const row = await this.#metadata.queries.findProfile(accountId);
    const email = row?.pending_email ?? (row?.email_verified_at === null ? row.email : null);
    if (row === undefined || email === null) {
      throw new Failure('InvalidRequest', 'The account has no e-mail that is to be verified.');
    }
    await this.#mails.countClient(actor);
    await this.#mails.countMailbox(email);
    const { token, row: tokenRow } = mintToken('verify-email', email);
    await this.#metadata.mutations.addOneTimeToken({ ...tokenRow, accountId, at: new Date().toISOString() });
    await this.#mails.post(email, verifyEmailLetter(row.name, { token, linkBase }));
  }

  /**
   * Takes a token as proof that its mailbox is the account's. Whoever has the mailbox must also be the account: else
   * somebody could make one with a stranger's e-mail, have the stranger confirm it, and wait inside for its data
   * ("pre-hijacked accounts", Sudhodanan and Paverd, 2022).
   * @throws Failure `InvalidToken`, `EmailTaken`, and as `Presence.requirePassword`
   */
  async verify({ token, caller, password, actor }: EmailVerification): Promise<void> {
    const at = new Date().toISOString();
    const tokenHash = hashToken(token);
    const found = await this.#metadata.queries.findOneTimeToken({ tokenHash, purpose: 'verify-email', at });
    const row = found === undefined ? undefined : await this.#metadata.queries.findProfile(found.account_id);
    if (found === undefined || row === undefined) throw invalidToken();
    if (caller?.account.id !== row.id) await this.#requireOwner(row, { password, actor });
    const { replaced } = await this.#metadata.mutations.verifyEmail({
      tokenHash,
      spareName: `account-${newId()}`,
      at,
      audit: auditEntry({ ...actor, accountId: row.id }, 'email.verified', {
        accountId: row.id,
        detail: { email: found.email },
      }),
    });
    if (replaced !== null) await this.#mails.post(replaced, emailChangedLetter(row.name));
  }

  async #requireOwner(row: ProfileRow, { password, actor }: { password: string | undefined; actor: Actor }) {
    if (password === undefined) {
      throw new Failure('InvalidCredentials', 'Log in to the account, or give its password.', { Field: '/password' });
    }
    await this.#presence.requirePassword(row, { password, field: '/password', actor });
  }
}

export function invalidToken(): Failure {
  return new Failure('InvalidToken', 'The token is wrong, was used, or is too old.', { Field: '/token' });
}
