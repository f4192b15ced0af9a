import { randomBytes } from 'node:crypto';

const NOISE = randomBytes(6 * 1024 * 1024);

let made = 0;

/** Bytes that no other call has made. */
export function someBytes(sizeBytes: number): Buffer {
  made += 1;
  const head = Buffer.from(`${made}:`);
  return Buffer.concat([head, NOISE.subarray(0, Math.max(sizeBytes - head.byteLength, 0))]);
}
