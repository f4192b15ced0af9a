import { isCurrent, NOBODYS_HASH } from './argon2id.ts';
import { MAX_PASSWORD, type PasswordPolicy, requireAllowed } from './password-policy.ts';
import { PasswordPool } from './password-pool.ts';

export type { PasswordPolicy } from './password-policy.ts';

/** Passwords: which are allowed, and how they are kept. */
export class Passwords {
  readonly #policy: PasswordPolicy;
  readonly #pool = new PasswordPool();

  constructor({ policy }: { readonly policy: PasswordPolicy }) {
    this.#policy = policy;
  }

  /**
   * @param names what the password must not be made of: the account's name and e-mail
   * @throws Failure `WeakPassword` that says the rule
   */
  requireAllowed(password: string, names: readonly (string | null | undefined)[]): void {
    requireAllowed(password, { policy: this.#policy, names });
  }

  /**
   * A PHC string of argon2id.
   * @throws Failure `WeakPassword` for one that is too long; `SlowDown` when too many are waiting
   */
  async hash(password: string): Promise<string> {
    requireAllowed(password, { policy: 'off', names: [] });
    return String(await this.#pool.run({ kind: 'hash', password: normalized(password) }));
  }

  /**
   * Takes the same time where there is no hash to compare with. (A hash of other parameters takes its own time, until the
   * next log-in puts one of today's in its place.)
   * @throws Failure `SlowDown` when too many are waiting
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    // Nobody has a longer one, and normalizing it could be work.
    if (password.length > 2 * MAX_PASSWORD) return false;
    const task = {
      kind: 'verify',
      password: normalized(password),
      passwordHash: passwordHash ?? NOBODYS_HASH,
    } as const;
    return (await this.#pool.run(task)) === true && passwordHash !== null;
  }

  /** Whether it was made with other parameters than those of now. */
  needsRehash(passwordHash: string): boolean {
    return !isCurrent(passwordHash);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The same password, however a keyboard encodes it (NIST SP 800-63B section 5.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
