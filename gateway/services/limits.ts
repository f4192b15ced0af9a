/** What is limited, and by what: attempts that failed, or costly things that were asked for. */
export type LimitName =
  | 'log-in failures of an account from an address'
  | 'log-in failures of an account'
  | 'log-in failures of an address'
  | 'registrations of an address'
  | 'codes of an account'
  | 'mails to an address'
  | 'mails of a client'
  | 'link passwords';

/** How often something may be done, by whom or against whom. */
export class Limits {
  /** @throws Failure `TooManyAttempts` (detail `RetryAfter`, seconds) when it is used up; takes nothing from it */
  async require(_limit: LimitName, _key: string): Promise<void> {}

  /** Takes one. @throws Failure `TooManyAttempts` (detail `RetryAfter`, seconds) when there was none left */
  async take(_limit: LimitName, _key: string): Promise<void> {}

  /** Gives all back: who succeeded begins anew. */
  async reset(_limit: LimitName, _key: string): Promise<void> {}
}
