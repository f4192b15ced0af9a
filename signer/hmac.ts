import { createHmac, hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Every string to sign fits; a longer text takes the ordinary way. */
const MAX_TEXT_UNITS = 1024;
const MAX_BYTES_PER_UNIT = 3;

/** The blocks that begin the two hashes of an HMAC (RFC 2104 section 2): the key with the inner and the outer pad. */
interface Pads {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const padsOf = new WeakMap<Buffer, Pads>();
const innerMessage = Buffer.alloc(BLOCK_BYTES + MAX_TEXT_UNITS * MAX_BYTES_PER_UNIT);
const outerMessage = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

/**
 * HMAC-SHA256 in lower-case hexadecimal, for keys that serve many texts: a key of at most 64 bytes, which nobody writes to.
 *
 * Two one-shot hashes take a third of the time of `createHmac`, whose object node has to make and to collect.
 */
export function hmacHex(key: Buffer, text: string): string {
  if (text.length > MAX_TEXT_UNITS) return createHmac('sha256', key).update(text).digest('hex');
  const pads = padsOf.get(key) ?? makePads(key);
  pads.inner.copy(innerMessage);
  const textBytes = innerMessage.write(text, BLOCK_BYTES);
  pads.outer.copy(outerMessage);
  outerMessage.write(hash('sha256', innerMessage.subarray(0, BLOCK_BYTES + textBytes), 'hex'), BLOCK_BYTES, 'hex');
  return hash('sha256', outerMessage, 'hex');
}

function makePads(key: Buffer): Pads {
  const pads = { inner: Buffer.alloc(BLOCK_BYTES, 0x36), outer: Buffer.alloc(BLOCK_BYTES, 0x5c) };
  for (const [index, byte] of key.entries()) {
    pads.inner[index] = 0x36 ^ byte;
    pads.outer[index] = 0x5c ^ byte;
  }
  padsOf.set(key, pads);
  return pads;
}
