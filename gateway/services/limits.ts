import { Failure } from '../../metadata/index.ts';
import { Counter, type Rate } from './limits/counter.ts';

/** What is limited, and by what: attempts that failed, or costly things that were asked for. */
export type LimitName =
  | 'log-in failures of an account from an address'
  | 'log-in failures of an account'
  | 'log-in failures of an address'
  | 'log-ins elsewhere of an address'
  | 'registrations of an address'
  | 'codes of an account'
  | 'mails to an address'
  | 'mails of a client'
  | 'unknown accounts of an account'
  | 'link passwords'
  | 'link passwords from anywhere'
  | 'unknown links of an address';

export interface LimitsOptions {
  readonly loginFailures: number;
  readonly registrationsPerHour: number;
  readonly messagesPerDay: number;
}

const QUARTER_SECONDS = 900;
const HOUR_SECONDS = 3600;

/**
 * How often something may be done, by whom or against whom. A key is what the limit is named by, 'alice 192.0.2.1'; an
 * address of a client comes last in it. Each gateway counts for itself and begins anew when it starts: behind a balancer,
 * as many gateways as there are allow as many times as much.
 */
export class Limits {
  readonly #counters: Readonly<Record<LimitName, Counter>>;

  constructor(options: LimitsOptions) {
    const counters = Object.entries(ratesOf(options)).map(([limit, rate]) => [limit, new Counter(rate)]);
    this.#counters = Object.fromEntries(counters) as Record<LimitName, Counter>; // the rates have all the names
  }

  /**
   * Takes nothing. Where others may take before it is known whether one is to be taken, whoever asked has to ask again
   * then: else guesses made all at once would all be answered.
   * @throws Failure `TooManyAttempts` (detail `RetryAfter`, seconds) when it is used up
   */
  async require(limit: LimitName, key: string): Promise<void> {
    refuseFor(await this.#counters[limit].waitMs(key));
  }

  /** Takes one. @throws Failure `TooManyAttempts` (detail `RetryAfter`, seconds) when there was none left */
  async take(limit: LimitName, key: string): Promise<void> {
    refuseFor(await this.#counters[limit].take(key));
  }

  /** Gives all back: who succeeded begins anew. */
  async reset(limit: LimitName, key: string): Promise<void> {
    await this.#counters[limit].reset(key);
  }
}

function ratesOf({ loginFailures, registrationsPerHour, messagesPerDay }: LimitsOptions): Record<LimitName, Rate> {
  return {
    'log-in failures of an account from an address': { points: loginFailures, seconds: QUARTER_SECONDS },
    'log-in failures of an account': { points: 10 * loginFailures, seconds: HOUR_SECONDS },
    'log-in failures of an address': { points: 20 * loginFailures, seconds: QUARTER_SECONDS },
    'log-ins elsewhere of an address': { points: 100 * loginFailures, seconds: QUARTER_SECONDS },
    'registrations of an address': { points: registrationsPerHour, seconds: HOUR_SECONDS },
    'codes of an account': { points: loginFailures, seconds: QUARTER_SECONDS },
    'mails to an address': { points: messagesPerDay, seconds: HOUR_SECONDS },
    'mails of a client': { points: 10 * messagesPerDay, seconds: HOUR_SECONDS },
    'unknown accounts of an account': { points: 10 * loginFailures, seconds: QUARTER_SECONDS },
    'link passwords': { points: loginFailures, seconds: QUARTER_SECONDS },
    'link passwords from anywhere': { points: 10 * loginFailures, seconds: HOUR_SECONDS },
    'unknown links of an address': { points: 100 * loginFailures, seconds: QUARTER_SECONDS },
  };
}

function refuseFor(waitMs: number): void {
  if (waitMs <= 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  throw new Failure('TooManyAttempts', `Too many attempts. Try again in ${seconds} s.`, {
    RetryAfter: String(seconds),
  });
}
