import { MAX_SKEW_MS } from './constants.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';
import { formatIsoSeconds } from './timestamp.ts';

function requireClock(claim: SignatureClaim, now: number): void {
  if (Math.abs(now - claim.signedAt) <= MAX_SKEW_MS) return;
  throw new SignatureError(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: claim.timestamp,
      ServerTime: formatIsoSeconds(now),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    },
  );
}

function requireUnexpired(claim: SignatureClaim, expiry: { readonly seconds: number; readonly now: number }): void {
  const { seconds, now } = expiry;
  const expiresAt = claim.signedAt + seconds * 1000;
  if (now > expiresAt) {
    throw new SignatureError('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': String(seconds),
      Expires: formatIsoSeconds(expiresAt),
      ServerTime: formatIsoSeconds(now),
    });
  }
  if (claim.signedAt - now > MAX_SKEW_MS) {
    throw new SignatureError('AccessDenied', 'Request is not yet valid', { ServerTime: formatIsoSeconds(now) });
  }
}

/**
 * A signed request is good for 15 minutes around its date (RequestTimeTooSkewed); a presigned URL until it expires, and
 * not before its date except for the same clock skew (AccessDenied). `now` is in milliseconds since the epoch.
 */
export function requireTime(claim: SignatureClaim, now: number): void {
  if (claim.expiresInSeconds === undefined) requireClock(claim, now);
  else requireUnexpired(claim, { seconds: claim.expiresInSeconds, now });
}
