import { createHmac } from 'node:crypto';
import { Failure } from '../../../metadata/index.ts';
import { type Message, type Messenger, SEND_TIMEOUT_MS } from './messenger.ts';

export interface WebhookOptions {
  readonly url: URL;
  /** What bodies are signed with; absent: they are not. */
  readonly key: string | undefined;
}

const SIGNATURE_HEADER = 'X-Gatehouse-Signature';
const ATTEMPTS = 2;

/** Hands messages to whatever answers at a URL: `POST {"to","text"}`, taken on with any status from 200 to 299. */
export class WebhookMessenger implements Messenger {
  readonly #url: URL;
  readonly #key: string | undefined;

  constructor({ url, key }: WebhookOptions) {
    this.#url = url;
    this.#key = key;
  }

  async send({ to, text }: Message): Promise<void> {
    const body = JSON.stringify({ to, text });
    let outcome: Outcome = 'unknown';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      outcome = await this.#post(body);
      if (outcome === 'taken') return;
      if (typeof outcome === 'number' && outcome < 500) break; // it would say the same again
    }
    throw new Failure('DeliveryFailed', typeof outcome === 'number' ? `The webhook answered ${outcome}.` : undefined);
  }

  /** What became of an attempt; never rejects: an error would have the URL, and what may be in it, in its message. */
  async #post(body: string): Promise<Outcome> {
    try {
      const reply = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...this.#signature(body) },
        body,
        // The code is for whom the operator named, and for nobody that one points at.
        redirect: 'manual',
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      await reply.body?.cancel();
      return reply.ok ? 'taken' : reply.status;
    } catch {
      return 'unknown';
    }
  }

  #signature(body: string): Record<string, string> {
    if (this.#key === undefined) return {};
    return { [SIGNATURE_HEADER]: `sha256=${createHmac('sha256', this.#key).update(body).digest('hex')}` };
  }
}

/** Taken on, refused with a status, or no answer. */
type Outcome = 'taken' | 'unknown' | number;
