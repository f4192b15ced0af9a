import { timingSafeEqual } from 'node:crypto';
import { hmacHex } from './hmac.ts';

const SIGNATURE = /^[0-9a-f]{64}$/;

/** The HMAC-SHA256 of a string to sign as 64 lower-case hexadecimal digits. */
export function sign(signingKey: Buffer, text: string): string {
  return hmacHex(signingKey, text);
}

/** Whether `claimed` is the signature of `text`, in a time that does not tell where they differ. */
export function matches(input: { readonly signingKey: Buffer; readonly text: string; readonly claimed: string }) {
  if (!SIGNATURE.test(input.claimed)) return false;
  const expected = hmacHex(input.signingKey, input.text);
  return timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(input.claimed, 'latin1'));
}

/** Bytes as AWS's error documents show them: `41 57 53 34`. */
export function spacedHex(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?!$)/g, '$& ');
}
