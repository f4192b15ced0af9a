import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deriveKey } from './derive-key.ts';

/** A sealed key that cannot be opened: sealed with another key, for another use or context, or damaged. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** What a key is sealed with, and for. */
export interface Seal {
  readonly key: Buffer;
  /** Names the use and its version. */
  readonly label: string;
  /** Authenticated with the sealed key: moved to where another context holds, it does not open. */
  readonly context: string;
}

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
/** Each sealing has a key of its own, from its salt; that key is used this once. */
const NONCE = Buffer.alloc(12);

/**
 * Seals a key for storage: `v1.` and the base64url of salt, tag and ciphertext. The salt makes a fresh key, so that one
 * key may seal any number of others: with AES-256-GCM and random nonces alone 2^32 would be the limit (NIST SP 800-38D,
 * section 8.3).
 */
export function sealKey(secret: Buffer, { key, label, context }: Seal): string {
  const salt = randomBytes(SALT_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(key, { label, salt }), NONCE, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return `${VERSION}.${Buffer.concat([salt, cipher.getAuthTag(), ciphertext]).toString('base64url')}`;
}

/** The key that {@link sealKey} sealed in the same way. @throws SealError */
export function openSealedKey(sealed: string, { key, label, context }: Seal): Buffer {
  const [version, body = ''] = sealed.split('.');
  if (version !== VERSION) throw new SealError('A key is sealed in a form unknown to this version.');
  const bytes = Buffer.from(body, 'base64url');
  try {
    const salt = bytes.subarray(0, SALT_BYTES);
    const decipher = createDecipheriv(CIPHER, deriveKey(key, { label, salt }), NONCE, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(SALT_BYTES, SALT_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(SALT_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new SealError('A sealed key does not open.', { cause });
  }
}
