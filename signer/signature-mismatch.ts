import { spacedHex } from './signature-bytes.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';

export const MISMATCH_MESSAGE =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';

/**
 * AWS's answer to a wrong signature: what the server signed, as text and as bytes, and never what it got from signing it.
 * `canonical` is absent where none exists: for a chunk, a trailer, a POST policy.
 */
export function signatureMismatch(input: {
  readonly claim: Pick<SignatureClaim, 'accessKey' | 'signature'>;
  readonly toSign: string;
  readonly canonical?: string;
}): SignatureError {
  const canonical = input.canonical === undefined ? undefined : Buffer.from(input.canonical, 'latin1');
  return new SignatureError('SignatureDoesNotMatch', MISMATCH_MESSAGE, {
    AWSAccessKeyId: input.claim.accessKey,
    StringToSign: input.toSign,
    SignatureProvided: input.claim.signature,
    StringToSignBytes: spacedHex(Buffer.from(input.toSign, 'utf8')),
    ...(canonical && { CanonicalRequest: canonical.toString('utf8'), CanonicalRequestBytes: spacedHex(canonical) }),
  });
}
