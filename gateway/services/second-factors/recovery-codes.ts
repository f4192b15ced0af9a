import type { Metadata } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Vault } from '../vault.ts';
import { newRecoveryCodes, readCode } from './codes.ts';

/** Codes for who has lost the telephone. */
export class RecoveryCodes {
  readonly #metadata: Metadata;
  readonly #vault: Vault;

  constructor({ metadata, vault }: { readonly metadata: Metadata; readonly vault: Vault }) {
    this.#metadata = metadata;
    this.#vault = vault;
  }

  /** New ones, to be shown this once, and what is stored of them. */
  make(accountId: string): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
    const codes = newRecoveryCodes();
    return { codes, hashes: codes.map((code) => this.#hash(accountId, readCode(code)?.code ?? '')) };
  }

  /** Puts new ones in the place of those that there are. @throws Failure `NoSuchFactor` */
  async renew(accountId: string, actor: Actor): Promise<readonly string[]> {
    const { codes, hashes } = this.make(accountId);
    const audit = auditEntry(actor, 'recovery-codes.created', { accountId });
    await this.#metadata.mutations.replaceRecoveryCodes({ accountId, codeHashes: hashes, audit });
    return codes;
  }

  /** Whether a code (as `readCode` gives it) is one of the account's; it is used then. */
  async take(code: string, { accountId, actor }: { accountId: string; actor: Actor }): Promise<boolean> {
    return this.#metadata.mutations.useRecoveryCode({
      accountId,
      codeHash: this.#hash(accountId, code),
      at: new Date().toISOString(),
      audit: auditEntry(actor, 'recovery-code.used', { accountId }),
    });
  }

  async countLeft(accountId: string): Promise<number> {
    return this.#metadata.queries.countRecoveryCodes(accountId);
  }

  #hash(accountId: string, code: string): string {
    return this.#vault.mac(`${accountId} ${code}`, 'recovery code v1');
  }
}
