import { createHmac } from 'node:crypto';

/** What a key is derived for. */
export interface KeyPurpose {
  /** Names the use and its version: no two uses share a key. */
  readonly label: string;
  /** Random, of one length for each label: no two keys of one use are the same. */
  readonly salt: Buffer;
}

/** A key of 32 bytes for one use, from a key that has many: HMAC-SHA-256 over the label and the salt. */
export function deriveKey(key: Buffer, { label, salt }: KeyPurpose): Buffer {
  return createHmac('sha256', key).update(`${label}\0`).update(salt).digest();
}
