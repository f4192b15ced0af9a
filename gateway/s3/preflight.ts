import { S3Error } from './errors.ts';
import type { Scope } from './operation.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/**
 * Answers the preflight request of a browser ("OPTIONS object") as S3 does for a bucket without a CORS configuration,
 * which no bucket has.
 * @throws S3Error `AccessForbidden`; `BadRequest` for a request that is no preflight request.
 */
export function refusePreflight(headers: RequestHeaders, scope: Scope): never {
  if (headerOf(headers, 'origin') === undefined) {
    throw new S3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  }
  const method = headerOf(headers, 'access-control-request-method');
  if (method === undefined) {
    throw new S3Error('BadRequest', { message: 'Invalid Access-Control-Request-Method: null' });
  }
  throw new S3Error('AccessForbidden', {
    message: 'CORSResponse: CORS is not enabled for this bucket.',
    detail: { Method: method, ResourceType: scope.toUpperCase() },
  });
}
