import { createHmac } from 'node:crypto';
import { TERMINATOR } from './constants.ts';
import type { CredentialScope } from './credential-scope.ts';

const GENERATION_SIZE = 1000;

// Two generations bound the cache at twice their size without a write on every hit, as an LRU list would need.
let young = new Map<string, Buffer>();
let old = new Map<string, Buffer>();

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function remember(id: string, key: Buffer): Buffer {
  if (young.size >= GENERATION_SIZE) {
    old = young;
    young = new Map();
  }
  young.set(id, key);
  return key;
}

/**
 * The Signature V4 signing key of a secret for one scope. Cached, because it is the same for a whole day and costs four
 * HMACs; callers must not write to the returned buffer.
 */
export function deriveSigningKey(input: { readonly secretKey: string; readonly scope: CredentialScope }): Buffer {
  const { secretKey, scope } = input;
  const id = `${scope.date}/${scope.region}/${scope.service}/${secretKey}`;
  const cached = young.get(id);
  if (cached !== undefined) return cached;
  const aged = old.get(id);
  if (aged !== undefined) return remember(id, aged);
  const dateKey = hmac(`AWS4${secretKey}`, scope.date);
  const serviceKey = hmac(hmac(dateKey, scope.region), scope.service);
  return remember(id, hmac(serviceKey, TERMINATOR));
}
