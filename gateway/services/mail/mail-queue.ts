import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Failure } from '../../../metadata/index.ts';
import type { Mail, Mailer, MailTransport } from './mailer.ts';

export interface MailQueueOptions {
  readonly transport: MailTransport;
  readonly log: Logger;
  /** How many mails are held at most, those under way included. */
  readonly capacity?: number;
  /** After the first failure, the second, ...: then it is given up. */
  readonly retryDelaysMs?: readonly number[];
  /** How long `close` waits for those under way. */
  readonly closeWaitMs?: number;
}

interface Job {
  readonly mail: Mail;
  failures: number;
}

const MAX_UNDER_WAY = 4;
const DEFAULT_CAPACITY = 1000;
const DEFAULT_DELAYS_MS = [1000, 10_000, 60_000];
const DEFAULT_CLOSE_WAIT_MS = 2000;

/** Mails that wait in memory for their turn, a few on their way at once. */
export class MailQueue implements Mailer {
  readonly #options: Required<MailQueueOptions>;
  readonly #waiting: Job[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #retries = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: MailQueueOptions) {
    this.#options = {
      capacity: DEFAULT_CAPACITY,
      retryDelaysMs: DEFAULT_DELAYS_MS,
      closeWaitMs: DEFAULT_CLOSE_WAIT_MS,
      ...options,
    };
  }

  async send(mail: Mail): Promise<void> {
    const held = this.#waiting.length + this.#underWay.size + this.#retries.size;
    if (this.#isClosed || held >= this.#options.capacity) throw new Failure('SlowDown', 'Too many mails are waiting.');
    this.#enqueue({ mail, failures: 0 });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const retry of this.#retries) clearTimeout(retry);
    const isOver = new AbortController();
    const limit = delay(this.#options.closeWaitMs, undefined, { signal: isOver.signal }).catch(() => undefined);
    await Promise.race([this.#drained(), limit]);
    isOver.abort();
    const lost = this.#waiting.splice(0).length + this.#underWay.size + this.#retries.size;
    this.#retries.clear();
    if (lost > 0) this.#options.log.warn({ mails: lost }, 'stopped before all mails were sent');
    await this.#options.transport.close();
  }

  async #drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #enqueue(job: Job): void {
    this.#waiting.push(job);
    this.#startNext();
  }

  #startNext(): void {
    if (this.#underWay.size >= MAX_UNDER_WAY) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const delivery = this.#deliver(job).finally(() => {
      this.#underWay.delete(delivery);
      this.#startNext();
    });
    this.#underWay.add(delivery);
  }

  /** Never rejects. */
  async #deliver(job: Job): Promise<void> {
    const { transport, log, retryDelaysMs } = this.#options;
    try {
      await transport.deliver(job.mail);
    } catch (error) {
      const delayMs = isPermanent(error) ? undefined : retryDelaysMs[job.failures];
      job.failures += 1;
      const line = { mail: job.mail.kind, attempt: job.failures, err: error };
      if (delayMs === undefined || this.#isClosed) log.error(line, 'a mail was not sent');
      else {
        log.warn(line, 'a mail could not be sent and will be tried again');
        this.#retryIn(delayMs, job);
      }
    }
  }

  #retryIn(delayMs: number, job: Job): void {
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      this.#enqueue(job);
    }, delayMs);
    this.#retries.add(retry.unref());
  }
}

/** "5yz Permanent Negative Completion reply": the same mail is not to be tried again (RFC 5321 section 4.2.1). */
function isPermanent(error: unknown): boolean {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500;
}
