import { parseHeaderClaim } from './parse-header-claim.ts';
import { parseQueryClaim } from './parse-query-claim.ts';
import { splitTarget } from './request-target.ts';
import type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
import { SignatureError, unsupportedMechanism } from './signature-error.ts';

const V4_QUERY = /(?:^|&)x-amz-(?:algorithm|signature)(?:=|&|$)/i;
const V2_QUERY = /(?:^|&)AWSAccessKeyId=/;

/**
 * Reads who a request claims to be from, without proving it; undefined for an anonymous request, which has neither an
 * Authorization header nor signature parameters.
 *
 * Throws SignatureError for a malformed claim: AuthorizationHeaderMalformed, AuthorizationQueryParametersError,
 * InvalidArgument (unknown scheme, two mechanisms at once), InvalidRequest (Signature V2, no x-amz-content-sha256),
 * AccessDenied (no date), NotImplemented (ECDSA).
 */
export function parseClaim(request: IncomingRequest): SignatureClaim | undefined {
  const { authorization } = request.headers;
  const { query } = splitTarget(request.target);
  const inQuery = query !== '' && V4_QUERY.test(query);
  if (authorization !== undefined) {
    if (inQuery) throw twoMechanisms();
    return parseHeaderClaim(request, authorization);
  }
  if (inQuery) return parseQueryClaim(request, query);
  if (query !== '' && V2_QUERY.test(query)) throw unsupportedMechanism();
  return undefined;
}

function twoMechanisms(): SignatureError {
  return new SignatureError(
    'InvalidArgument',
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    { ArgumentName: 'Authorization' },
  );
}
