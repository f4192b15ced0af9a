import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether `claimed`, in base64, is the HMAC-SHA1 of `text`, in a time that does not tell where they differ. */
export function matchesV2(input: { readonly secretKey: string; readonly text: string; readonly claimed: string }) {
  const expected = createHmac('sha1', input.secretKey).update(input.text, 'utf8').digest('base64');
  const [left, right] = [Buffer.from(expected), Buffer.from(input.claimed)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
