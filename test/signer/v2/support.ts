import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  type IncomingRequest,
  parseV2Claim,
  SignatureError,
  type SignatureErrorCode,
  verifyV2Query,
} from '../../../signer/index.ts';
import { ACCESS_KEY, SECRET_KEY } from '../vectors.ts';

/** Of the published examples, in seconds since the epoch. */
export const EXPIRES = '1175139620';
export const EXPIRES_AT = 1_175_139_620_000;

/** "Query string request authentication", its example: the bucket stands in the host. */
export const PUBLISHED: IncomingRequest = {
  method: 'GET',
  target: `/photos/puppy.jpg?AWSAccessKeyId=${ACCESS_KEY}&Expires=${EXPIRES}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D`,
  headers: { host: 'johnsmith.s3.amazonaws.com' },
};

export function hmac(text: string): string {
  return createHmac('sha1', SECRET_KEY).update(text).digest('base64');
}

/** A request whose signature is of exactly this text. */
export function signed(
  toSign: string,
  input: { target: string; method?: string; headers?: Record<string, string> },
): IncomingRequest {
  const { target, method = 'GET', headers = {} } = input;
  const signature = `AWSAccessKeyId=${ACCESS_KEY}&Expires=${EXPIRES}&Signature=${encodeURIComponent(hmac(toSign))}`;
  return { method, headers, target: `${target}${target.includes('?') ? '&' : '?'}${signature}` };
}

export function verify(
  request: IncomingRequest,
  { hostBucket, now = EXPIRES_AT }: { hostBucket?: string; now?: number } = {},
): void {
  const claim = parseV2Claim(request);
  assert.ok(claim);
  verifyV2Query({ request, claim, secretKey: SECRET_KEY, hostBucket, now });
}

export function refuses(code: SignatureErrorCode, call: () => unknown): SignatureError {
  let caught: unknown;
  assert.throws(call, (error) => {
    caught = error;
    return error instanceof SignatureError;
  });
  assert.equal((caught as SignatureError).code, code);
  return caught as SignatureError;
}
