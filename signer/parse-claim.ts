import { parseHeaderClaim } from './parse-header-claim.ts';
import { parseQueryClaim } from './parse-query-claim.ts';
import { splitTarget } from './request-target.ts';
import type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';
import { isV2Query } from './v2/query-claim.ts';

const V4_QUERY = /(?:^|&)x-amz-(?:algorithm|signature)(?:=|&|$)/i;

/**
 * Reads who a request claims to be from, without proving it; undefined for a request without Signature V4, which is
 * anonymous unless `parseV2Claim` finds a claim in its query.
 *
 * Throws SignatureError for a malformed claim: AuthorizationHeaderMalformed, AuthorizationQueryParametersError,
 * InvalidArgument (unknown scheme, two mechanisms at once), InvalidRequest (Signature V2 in the header, no
 * x-amz-content-sha256), AccessDenied (no date), NotImplemented (ECDSA).
 */
export function parseClaim(request: IncomingRequest): SignatureClaim | undefined {
  const { authorization } = request.headers;
  const { query } = splitTarget(request.target);
  const inQuery = query !== '' && V4_QUERY.test(query);
  if (authorization !== undefined) {
    if (inQuery || isV2Query(query)) throw twoMechanisms();
    return parseHeaderClaim(request, authorization);
  }
  if (!inQuery) return undefined;
  if (isV2Query(query)) throw twoMechanisms();
  return parseQueryClaim(request, query);
}

function twoMechanisms(): SignatureError {
  return new SignatureError(
    'InvalidArgument',
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    { ArgumentName: 'Authorization' },
  );
}
