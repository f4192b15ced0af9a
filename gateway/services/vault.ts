import { createHmac } from 'node:crypto';
import { deriveKey } from './encryption/derive-key.ts';
import { openSealedKey, sealKey } from './encryption/sealed-key.ts';

/** What a text is sealed for: it opens for the same use and context alone. */
export interface SealedFor {
  /** Names the use and its version, 'totp secret v1'. */
  readonly label: string;
  /** The row that it is kept in. */
  readonly context: string;
}

/** Keeps small secrets with the master key. Each use has a key of its own, derived from that. */
export class Vault {
  readonly #masterKey: Buffer;

  constructor(masterKey: Buffer) {
    this.#masterKey = masterKey;
  }

  seal(text: string, purpose: SealedFor): string {
    return sealKey(Buffer.from(text), { key: this.#masterKey, ...purpose });
  }

  /** @throws SealError when it was sealed with another key, or for another use */
  open(sealed: string, purpose: SealedFor): string {
    return openSealedKey(sealed, { key: this.#masterKey, ...purpose }).toString();
  }

  /** A digest that nobody can compute without the master key: of what is too short to be stored hashed. */
  mac(text: string, label: string): string {
    return createHmac('sha256', deriveKey(this.#masterKey, { label, salt: Buffer.alloc(0) }))
      .update(text)
      .digest('hex');
  }
}
