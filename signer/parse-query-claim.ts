import { headerValue } from './canonical-headers.ts';
import { queryPairs } from './canonical-query.ts';
import {
  ALGORITHM,
  ALGORITHM_PARAMETER,
  CONTENT_SHA256_HEADER,
  CREDENTIAL_PARAMETER,
  DATE_PARAMETER,
  EXPIRES_PARAMETER,
  MAX_EXPIRES_SECONDS,
  SIGNATURE_PARAMETER,
  SIGNED_HEADERS_PARAMETER,
  TOKEN_PARAMETER,
  UNSIGNED_PAYLOAD,
} from './constants.ts';
import { parseCredential } from './credential-scope.ts';
import { parsePayloadMode } from './payload-mode.ts';
import { decodeQueryComponent } from './percent-encoding.ts';
import type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';
import { parseSignedHeaders } from './signed-headers.ts';
import { parseTimestamp } from './timestamp.ts';

const CONTENT_SHA256_PARAMETER = 'X-Amz-Content-Sha256';
const REQUIRED = [
  ALGORITHM_PARAMETER,
  CREDENTIAL_PARAMETER,
  SIGNATURE_PARAMETER,
  DATE_PARAMETER,
  SIGNED_HEADERS_PARAMETER,
  EXPIRES_PARAMETER,
] as const;
const DIGITS = /^\d+$/;

type Parameters = ReadonlyMap<string, string>;

/**
 * Reads the X-Amz-* parameters of a presigned URL.
 * Source: "Authenticating Requests: Using Query Parameters", S3 API Reference.
 */
export function parseQueryClaim(request: IncomingRequest, query: string): SignatureClaim {
  const parameters = amzParameters(query);
  if (REQUIRED.some((name) => !parameters.get(name))) throw missingParameters();
  if (parameters.get(ALGORITHM_PARAMETER) !== ALGORITHM) throw invalid(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const sessionToken = parameters.get(TOKEN_PARAMETER);
  return {
    kind: 'query',
    ...credentialOf(parameters),
    signedHeaders: signedHeadersOf(parameters),
    signature: parameters.get(SIGNATURE_PARAMETER) ?? '',
    ...timeOf(parameters),
    expiresInSeconds: expiryOf(parameters),
    ...payloadOf(request, parameters),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function invalid(message: string): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message);
}

function missingParameters(): SignatureError {
  return invalid(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function amzParameters(query: string): Parameters {
  const parameters = new Map<string, string>();
  for (const pair of queryPairs(query)) {
    const name = decodeQueryComponent(pair.name);
    if (!name.startsWith('X-Amz-')) continue;
    if (parameters.has(name)) throw invalid(`${name} must be given only once.`);
    parameters.set(name, decodeQueryComponent(pair.value));
  }
  return parameters;
}

function credentialOf(parameters: Parameters) {
  const credential = parseCredential(parameters.get(CREDENTIAL_PARAMETER) ?? '');
  if (credential !== undefined) return credential;
  throw invalid(
    'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
  );
}

function signedHeadersOf(parameters: Parameters): readonly string[] {
  const signedHeaders = parseSignedHeaders(parameters.get(SIGNED_HEADERS_PARAMETER) ?? '');
  if (signedHeaders === undefined) throw invalid('X-Amz-SignedHeaders must be a list of header names.');
  return signedHeaders;
}

function timeOf(parameters: Parameters): { timestamp: string; signedAt: number } {
  const timestamp = parameters.get(DATE_PARAMETER) ?? '';
  const signedAt = parseTimestamp(timestamp);
  if (signedAt !== undefined) return { timestamp, signedAt };
  throw invalid("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
}

function expiryOf(parameters: Parameters): number {
  const text = parameters.get(EXPIRES_PARAMETER) ?? '';
  if (text.startsWith('-')) throw invalid('X-Amz-Expires must be non-negative');
  if (!DIGITS.test(text)) throw invalid('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 1) throw invalid('X-Amz-Expires must be at least 1 second');
  if (seconds <= MAX_EXPIRES_SECONDS) return seconds;
  throw invalid(
    'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
  );
}

/**
 * "You don't include a payload hash in the Canonical Request, because when you create a presigned URL, you don't know the
 * payload content": UNSIGNED-PAYLOAD, unless the signer put a digest into the URL or among the signed headers. A digest
 * header that came later still says how to read the body.
 */
function payloadOf(request: IncomingRequest, parameters: Parameters) {
  const header = headerValue(request.headers, CONTENT_SHA256_HEADER);
  const inUrl = parameters.get(CONTENT_SHA256_PARAMETER);
  const isHeaderSigned = (parameters.get(SIGNED_HEADERS_PARAMETER) ?? '').split(';').includes(CONTENT_SHA256_HEADER);
  const payloadHash = inUrl ?? (isHeaderSigned ? header : undefined) ?? request.bodySha256 ?? UNSIGNED_PAYLOAD;
  return { payload: parsePayloadMode(header ?? payloadHash), payloadHash };
}
