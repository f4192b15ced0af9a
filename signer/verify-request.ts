import { canonicalRequest, stringToSign } from './canonical-request.ts';
import { requireScope } from './require-scope.ts';
import { requireTime } from './require-time.ts';
import { matches } from './signature-bytes.ts';
import type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
import { signatureMismatch } from './signature-mismatch.ts';
import { requireSigned } from './signed-headers.ts';
import { deriveSigningKey } from './signing-key.ts';

/** Proof that the holder of the secret signed the request; it also seeds the chain of chunk signatures. */
export interface VerifiedSignature {
  readonly signingKey: Buffer;
  readonly seedSignature: string;
  readonly claim: SignatureClaim;
}

/** `now` is in milliseconds since the epoch; `hosts` are further values the signed Host header may have had. */
export interface VerifyRequestInput {
  readonly request: IncomingRequest;
  readonly claim: SignatureClaim;
  readonly secretKey: string;
  readonly region: string;
  readonly now: number;
  readonly hosts?: readonly string[];
}

/**
 * Proves a claim against the secret of its access key. The alternative `hosts` are tried in order when the Host header's
 * own value does not match, for a server behind a proxy that rewrites it.
 *
 * Throws AuthorizationHeaderMalformed or AuthorizationQueryParametersError (wrong region, service or date),
 * RequestTimeTooSkewed (more than 15 minutes), AccessDenied (expired, or headers not signed), InvalidURI, and
 * SignatureDoesNotMatch with what the server signed in its detail.
 */
export function verifyRequest(input: VerifyRequestInput): VerifiedSignature {
  const { request, claim, secretKey } = input;
  requireScope(claim, input.region);
  requireTime(claim, input.now);
  requireSigned(request.headers, claim);
  const signingKey = deriveSigningKey({ secretKey, scope: claim.scope });
  const signed = signedTexts(input, request.headers.host ?? '');
  if (!isSignatureOf(signed, signingKey, claim) && !matchesAnotherHost(input, signingKey)) {
    throw signatureMismatch({ claim, ...signed });
  }
  return { signingKey, seedSignature: claim.signature, claim };
}

interface SignedTexts {
  readonly canonical: string;
  readonly toSign: string;
}

function signedTexts({ request, claim }: VerifyRequestInput, host: string): SignedTexts {
  const { method, target, headers } = request;
  const { signedHeaders, payloadHash, timestamp, scope } = claim;
  const canonical = canonicalRequest({ method, target, headers, signedHeaders, host, payloadHash });
  return { canonical, toSign: stringToSign({ timestamp, scope, canonical }) };
}

function isSignatureOf(signed: SignedTexts, signingKey: Buffer, claim: SignatureClaim): boolean {
  return matches({ signingKey, text: signed.toSign, claimed: claim.signature });
}

function matchesAnotherHost(input: VerifyRequestInput, signingKey: Buffer): boolean {
  const hosts = input.hosts ?? [];
  return hosts.some((host) => isSignatureOf(signedTexts(input, host), signingKey, input.claim));
}
