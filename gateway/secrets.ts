import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export { loadMasterKey } from './master-key.ts';

/** A stored secret that cannot be read: another master key, another access key, or damage. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a secret for storage: `v1.` and the base64url of nonce, tag and ciphertext (AES-256-GCM, NIST SP 800-38D). The
 * access key is authenticated with it, so that a secret moved to another row does not open.
 */
export function wrapSecret(masterKey: Buffer, accessKey: string, secret: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, wrappingKey(masterKey), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(accessKey));
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')}`;
}

/**
 * The secret that {@link wrapSecret} encrypted for the same access key.
 * @throws SecretError when it was wrapped otherwise or has been changed.
 */
export function unwrapSecret(masterKey: Buffer, accessKey: string, wrapped: string): string {
  const [version, body = ''] = wrapped.split('.');
  if (version !== VERSION)
    throw new SecretError(`The secret of ${accessKey} is stored in a form unknown to this version.`);
  const bytes = Buffer.from(body, 'base64url');
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, wrappingKey(masterKey), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(accessKey));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    throw new SecretError(`The secret of ${accessKey} does not open with this master key.`, { cause });
  }
}

/** The master key serves several purposes, each through a key of its own (RFC 5869). */
function wrappingKey(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'gatehouse secret v1', 32));
}
