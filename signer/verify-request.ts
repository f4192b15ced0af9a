import { canonicalRequest, stringToSign } from './canonical-request.ts';
import { type RequestTarget, splitTarget } from './request-target.ts';
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
  /** The host that was signed: the request's own or one of the alternatives. */
  readonly host: string;
}

/** `now` is in milliseconds since the epoch; `hosts` are further values the signed Host header may have had. */
export interface VerifyRequestInput {
  readonly request: IncomingRequest;
  readonly claim: SignatureClaim;
  readonly secretKey: string;
  readonly region: string;
  /** S3 where it is left out. */
  readonly service?: string | undefined;
  readonly now: number;
  readonly hosts?: readonly string[] | undefined;
}

/**
 * Proves a claim against the secret of its access key. The alternative `hosts` are tried in order when the request's own
 * host does not match, for a server behind a proxy that rewrites it; a server that reads a bucket from the host must then
 * read it from the one that was signed.
 *
 * Throws AuthorizationHeaderMalformed or AuthorizationQueryParametersError (wrong region, service or date),
 * RequestTimeTooSkewed (more than 15 minutes), AccessDenied (expired, or headers not signed), InvalidURI, and
 * SignatureDoesNotMatch with what the server signed in its detail.
 */
export function verifyRequest(input: VerifyRequestInput): VerifiedSignature {
  const { request, claim, secretKey } = input;
  requireScope(claim, input);
  requireTime(claim, input.now);
  requireSigned(request.headers, claim);
  const signingKey = deriveSigningKey({ secretKey, scope: claim.scope });
  const target = splitTarget(request.target);
  const ownHost = target.authority ?? request.headers.host ?? '';
  const isSignedFor = (host: string) =>
    matches({ signingKey, text: signedTexts(input, { target, host }).toSign, claimed: claim.signature });
  const host = isSignedFor(ownHost) ? ownHost : input.hosts?.find(isSignedFor);
  if (host === undefined) throw signatureMismatch({ claim, ...signedTexts(input, { target, host: ownHost }) });
  return { signingKey, seedSignature: claim.signature, claim, host };
}

interface SignedTexts {
  readonly canonical: string;
  readonly toSign: string;
}

function signedTexts(
  { request, claim }: VerifyRequestInput,
  { target, host }: { readonly target: RequestTarget; readonly host: string },
): SignedTexts {
  const { method, headers } = request;
  const { signedHeaders, payloadHash, timestamp, scope } = claim;
  const { path, query } = target;
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders, host, payloadHash });
  return { canonical, toSign: stringToSign({ timestamp, scope, canonical }) };
}
