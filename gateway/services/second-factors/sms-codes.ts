import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import type { Messenger } from '../messages/messenger.ts';
import type { Vault } from '../vault.ts';
import { newDigits } from './codes.ts';
import { maskPhone } from './phones.ts';

/** Whom a code goes to. */
export interface Recipient {
  readonly accountId: string;
  /** E.164. */
  readonly phone: string;
}

/** A code on its way. */
export interface SentCode {
  /** All but its last digits hidden. */
  readonly phone: string;
  /** ISO time. */
  readonly expiresAt: string;
}

export interface SmsCodesOptions {
  readonly metadata: Metadata;
  readonly vault: Vault;
  /** Undefined: none is set up. */
  readonly messenger: Messenger | undefined;
  readonly perDay: number;
}

const LIFETIME_MS = 5 * 60_000;
const INTERVAL_MS = 30_000;
const MAX_ATTEMPTS = 5;

/** Codes that are sent by SMS. */
export class SmsCodes {
  readonly #options: SmsCodesOptions;

  constructor(options: SmsCodesOptions) {
    this.#options = options;
  }

  /** @throws Failure `NotConfigured` when nothing can be sent */
  requireMessenger(): Messenger {
    const { messenger } = this.#options;
    if (messenger === undefined) throw new Failure('NotConfigured', 'This gateway sends no SMS.');
    return messenger;
  }

  /** Sends the code that proves a new number. @throws Failure `FactorExists`, and as `send` */
  async sendToNew(recipient: Recipient): Promise<SentCode> {
    return this.#send(recipient, { purpose: 'confirm this number', mutation: 'beginSms' });
  }

  /**
   * Sends a code to a number that was proven before.
   * @param purpose completes "your code to ..."
   * @throws Failure `NotConfigured`, `TooManyAttempts`, `DeliveryFailed`
   */
  async send(recipient: Recipient, purpose: 'log in' | 'change your account'): Promise<SentCode> {
    return this.#send(recipient, { purpose, mutation: 'issueSmsCode' });
  }

  /** Whether it is the code that was sent last to that number, in time. It is good once. */
  async take(code: string, recipient: Recipient): Promise<boolean> {
    return this.#options.metadata.mutations.useSmsCode(this.use(code, recipient));
  }

  /** What a mutation that takes a code asks for. */
  use(code: string, recipient: Recipient) {
    const codeHash = this.#hash(code, recipient);
    return { ...recipient, codeHash, maxAttempts: MAX_ATTEMPTS, at: new Date().toISOString() };
  }

  async #send(
    recipient: Recipient,
    { purpose, mutation }: { readonly purpose: string; readonly mutation: 'beginSms' | 'issueSmsCode' },
  ): Promise<SentCode> {
    const { metadata, perDay } = this.#options;
    const messenger = this.requireMessenger();
    const code = newDigits();
    const now = Date.now();
    const expiresAt = new Date(now + LIFETIME_MS).toISOString();
    // Noted before it is sent: what was sent and not noted would not count.
    await metadata.mutations[mutation]({
      ...recipient,
      id: newId(now),
      codeHash: this.#hash(code, recipient),
      at: new Date(now).toISOString(),
      expiresAt,
      limits: { perDay, intervalMs: INTERVAL_MS },
    });
    await messenger.send({ to: recipient.phone, text: `${code} is your Gatehouse code to ${purpose}.` });
    return { phone: maskPhone(recipient.phone), expiresAt };
  }

  /** A million codes are soon tried, but not without the master key. */
  #hash(code: string, { accountId, phone }: Recipient): string {
    return this.#options.vault.mac(`${accountId} ${phone} ${code}`, 'sms code v1');
  }
}
