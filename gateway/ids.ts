import { randomFillSync } from 'node:crypto';

/** Crockford's base 32 in lower case: ordered like its digits, without look-alikes. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_BYTES = 10;
const POOL_BYTES = RANDOM_BYTES * 400;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** What every id made at or after a time sorts behind. */
export function idFloor(timeMs: number): string {
  return encodeTime(Math.max(0, Math.floor(timeMs)));
}

/** A new unique id: 26 characters, 48 bits of time in milliseconds and 80 random bits. Ids order by the time they were made. */
export function newId(nowMs: number = Date.now()): string {
  return encodeTime(nowMs) + encodeRandom();
}

function encodeTime(nowMs: number): string {
  let text = '';
  let rest = nowMs;
  for (let digit = 0; digit < TIME_DIGITS; digit += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** 10 bytes are 16 digits of 5 bits. */
function encodeRandom(): string {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  let text = '';
  for (let half = 0; half < 2; half += 1) {
    let bits = pool.readUIntBE(used, 5);
    used += 5;
    let digits = '';
    for (let digit = 0; digit < 8; digit += 1) {
      digits = ALPHABET.charAt(bits % 32) + digits;
      bits = Math.floor(bits / 32);
    }
    text += digits;
  }
  return text;
}
