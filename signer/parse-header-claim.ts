import { headerValue } from './canonical-headers.ts';
import { ALGORITHM, CONTENT_SHA256_HEADER, DATE_HEADER, TOKEN_HEADER } from './constants.ts';
import { parseCredential } from './credential-scope.ts';
import { parsePayloadMode } from './payload-mode.ts';
import type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
import { SignatureError, unsupportedMechanism } from './signature-error.ts';
import { parseSignedHeaders } from './signed-headers.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

/**
 * Reads `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...` and the headers that belong to it.
 * Source: "Authenticating Requests: Using the Authorization Header", S3 API Reference.
 */
export function parseHeaderClaim(request: IncomingRequest, authorization: string): SignatureClaim {
  const components = parseAuthorization(authorization);
  const credential = parseCredential(components.credential);
  if (credential === undefined) {
    throw malformed('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  const signedHeaders = parseSignedHeaders(components.signedHeaders);
  if (signedHeaders === undefined) throw malformed('the SignedHeaders component is malformed.');
  const payloadHash = requiredPayloadHash(request);
  const sessionToken = headerValue(request.headers, TOKEN_HEADER);
  return {
    kind: 'header',
    ...credential,
    signedHeaders,
    signature: components.signature,
    ...requestTime(request),
    payload: parsePayloadMode(payloadHash),
    payloadHash,
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function malformed(reason: string): SignatureError {
  return new SignatureError('AuthorizationHeaderMalformed', `The authorization header is malformed; ${reason}`);
}

function unsupportedScheme(authorization: string): SignatureError {
  if (authorization.startsWith('AWS ')) return unsupportedMechanism();
  if (authorization.startsWith('AWS4-ECDSA-')) {
    return new SignatureError('NotImplemented', 'Signature Version 4A (ECDSA) is not implemented.');
  }
  // AWS repeats the value; it may be another service's password or token, so it goes nowhere from here.
  return new SignatureError('InvalidArgument', 'Unsupported Authorization Type', { ArgumentName: 'Authorization' });
}

function parseAuthorization(authorization: string) {
  if (!authorization.startsWith(`${ALGORITHM} `)) throw unsupportedScheme(authorization);
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (const component of authorization.slice(ALGORITHM.length + 1).split(',')) {
    const text = component.trim();
    if (text.startsWith('Credential=')) credential = text.slice(11);
    else if (text.startsWith('SignedHeaders=')) signedHeaders = text.slice(14);
    else if (text.startsWith('Signature=')) signature = text.slice(10);
    else throw malformed(`the authorization component "${text}" is malformed.`);
  }
  if (credential === undefined || signedHeaders === undefined || !signature) {
    throw malformed('Authorization header requires three components: Credential, SignedHeaders, and Signature.');
  }
  return { credential, signedHeaders, signature };
}

function requiredPayloadHash(request: IncomingRequest): string {
  const value = headerValue(request.headers, CONTENT_SHA256_HEADER) ?? request.bodySha256;
  if (value !== undefined) return value;
  throw new SignatureError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
}

/** "You can use either the HTTP Date or the x-amz-date header"; the latter wins where both are present. */
function requestTime(request: IncomingRequest): { timestamp: string; signedAt: number } {
  const text = headerValue(request.headers, DATE_HEADER) ?? request.headers.date ?? '';
  const basic = parseTimestamp(text);
  if (basic !== undefined) return { timestamp: text, signedAt: basic };
  const httpDate = request.headers[DATE_HEADER] === undefined ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(httpDate)) return { timestamp: formatTimestamp(httpDate), signedAt: httpDate };
  throw new SignatureError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
}
