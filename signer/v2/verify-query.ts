import type { IncomingRequest } from '../signature-claim.ts';
import { SignatureError } from '../signature-error.ts';
import { signatureMismatch } from '../signature-mismatch.ts';
import { formatIsoSeconds } from '../timestamp.ts';
import { matchesV2 } from './matches.ts';
import type { V2Claim } from './query-claim.ts';
import { v2StringsToSign } from './string-to-sign.ts';

/** `hostBucket` is the bucket that the host names, in virtual-host style; `now` is in milliseconds since the epoch. */
export interface VerifyV2QueryInput {
  readonly request: IncomingRequest;
  readonly claim: V2Claim;
  readonly secretKey: string;
  readonly hostBucket: string | undefined;
  readonly now: number;
}

/**
 * Proves the claim of a URL presigned with Signature V2, which boto3, aws-cli 1 and s3cmd still make where they may.
 * Throws AccessDenied (expired) and SignatureDoesNotMatch with what the server signed in its detail.
 */
export function verifyV2Query({ request, claim, secretKey, hostBucket, now }: VerifyV2QueryInput): void {
  if (now > claim.expiresAt) throw expired(claim, now);
  const { signature: claimed, expires } = claim;
  const texts = v2StringsToSign({ request, hostBucket, expires });
  if (texts.some((text) => matchesV2({ secretKey, text, claimed }))) return;
  throw signatureMismatch({ claim, toSign: texts[0] ?? '' });
}

function expired({ expiresAt }: V2Claim, now: number): SignatureError {
  return new SignatureError('AccessDenied', 'Request has expired', {
    Expires: formatIsoSeconds(expiresAt),
    ServerTime: formatIsoSeconds(now),
  });
}
