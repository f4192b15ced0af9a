import { queryPairs } from '../canonical-query.ts';
import { decodeQueryComponent } from '../percent-encoding.ts';
import { splitTarget } from '../request-target.ts';
import type { IncomingRequest } from '../signature-claim.ts';
import { SignatureError } from '../signature-error.ts';

/** What a URL presigned with Signature V2 says of itself; nothing in it is proven until `verifyV2Query` has returned. */
export interface V2Claim {
  readonly accessKey: string;
  /** Base64. */
  readonly signature: string;
  /** As sent, for it is signed as sent. */
  readonly expires: string;
  /** `expires` in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly sessionToken?: string;
}

const V2_QUERY = /(?:^|&)(?:Signature|AWSAccessKeyId)(?:=|&|$)/;
/** However far ahead: the AWS documentation sets no limit for V2. */
const DIGITS = /^-?\d{1,12}$/;

/** Whether a raw query, without its `?`, has parameters of Signature V2. */
export function isV2Query(query: string): boolean {
  return query !== '' && V2_QUERY.test(query);
}

/**
 * Reads the parameters of a URL presigned with Signature V2; undefined where there are none. It is for requests in which
 * `parseClaim` has found no Signature V4: a request has one mechanism. Throws AccessDenied for an incomplete or malformed
 * one.
 * Source: "Signing and authenticating REST requests (AWS signature version 2)", Query string request authentication.
 */
export function parseV2Claim({ target, headers }: IncomingRequest): V2Claim | undefined {
  const { query } = splitTarget(target);
  if (!isV2Query(query)) return undefined;
  const parameters = decodedParameters(query);
  const accessKey = parameters.get('AWSAccessKeyId');
  const signature = parameters.get('Signature');
  const expires = parameters.get('Expires');
  if (!accessKey || !signature || !expires) throw incomplete();
  if (!DIGITS.test(expires)) throw malformedExpiry(expires);
  const sessionToken = parameters.get('x-amz-security-token') ?? headers['x-amz-security-token'];
  return {
    accessKey,
    signature,
    expires,
    expiresAt: Number(expires) * 1000,
    ...(sessionToken !== undefined && { sessionToken: String(sessionToken) }),
  };
}

/** Every parameter of a query by its decoded name; of a name given twice the first value, as the request is read. */
export function decodedParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of queryPairs(query)) {
    const name = decodeQueryComponent(pair.name);
    if (!parameters.has(name)) parameters.set(name, decodeQueryComponent(pair.value));
  }
  return parameters;
}

function incomplete(): SignatureError {
  return new SignatureError(
    'AccessDenied',
    'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
  );
}

function malformedExpiry(expires: string): SignatureError {
  return new SignatureError('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
}
