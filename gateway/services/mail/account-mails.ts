import type { Logger } from 'pino';
import type { Actor } from '../audit.ts';
import type { Limits } from '../limits.ts';
import { type Letter, writeMail } from './letter.ts';
import type { Mailer } from './mailer.ts';

export interface AccountMailsOptions {
  readonly mailer: Mailer;
  readonly limits: Limits;
  readonly log: Logger;
}

/** Mails to accounts and to those who may have one soon. */
export class AccountMails {
  readonly #options: AccountMailsOptions;

  constructor(options: AccountMailsOptions) {
    this.#options = options;
  }

  /** Counts a mail that a client asks for. @throws Failure `TooManyAttempts` */
  async countClient({ address }: Actor): Promise<void> {
    await this.#options.limits.take('mails of a client', address ?? '');
  }

  /** Counts a mail to a mailbox that may be a stranger's. @throws Failure `TooManyAttempts` */
  async countMailbox(email: string): Promise<void> {
    await this.#options.limits.take('mails to an address', email);
  }

  /** Hands a letter to the mailer. Never throws: what is done by now is not undone for a mail. */
  async post(to: string, letter: Letter): Promise<void> {
    const { mailer, log } = this.#options;
    await mailer.send(writeMail(to, letter)).catch((error: unknown) => {
      log.error({ mail: letter.kind, err: error }, 'a mail was not sent');
    });
  }

  /** Counts and hands over a letter that the request is about something else than. Never throws. */
  async postIfAllowed(
    to: string,
    { letter, actor }: { readonly letter: Letter; readonly actor: Actor },
  ): Promise<void> {
    try {
      await this.countClient(actor);
      await this.countMailbox(to);
    } catch (error) {
      this.#options.log.warn({ mail: letter.kind, err: error }, 'a mail was not sent');
      return;
    }
    await this.post(to, letter);
  }

  async close(): Promise<void> {
    await this.#options.mailer.close();
  }
}
