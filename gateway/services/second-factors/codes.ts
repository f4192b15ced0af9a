import { randomBytes, randomInt } from 'node:crypto';

const RECOVERY_CODES = 10;
/** Five bits a digit: 80 in all. */
const RECOVERY_DIGITS = 16;
/** Crockford's base 32: no letter looks like a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ten codes like `9x4q-7m2k-...`, each good once where the telephone is lost. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
}

function newRecoveryCode(): string {
  const digits = Array.from(randomBytes(RECOVERY_DIGITS), (byte) => ALPHABET.charAt(byte % 32));
  return digits.join('').replace(/.{4}(?=.)/g, '$&-');
}

/** A code of six digits. */
export function newDigits(): string {
  return String(randomInt(1_000_000)).padStart(6, '0');
}

/** What somebody has typed, and what it may be. */
export type TypedCode =
  | { readonly kind: 'digits'; readonly code: string }
  | { readonly kind: 'recovery-code'; readonly code: string };

/** Reads a code, whatever its case and however it is grouped; undefined for what is none. */
export function readCode(typed: string): TypedCode | undefined {
  const code = typed.toLowerCase().replace(/[\s-]/g, '');
  if (/^\d{6}$/.test(code)) return { kind: 'digits', code };
  // "When decoding, upper and lower case letters are accepted, and i and l will be treated as 1 and o as 0" (Crockford).
  const digits = code.replace(/[il]/g, '1').replace(/o/g, '0');
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(digits) ? { kind: 'recovery-code', code: digits } : undefined;
}
