import { headerOf } from '../http/request-headers.ts';
import { CORS_METHODS, findCorsRule } from '../services/cors.ts';
import type { Services } from '../services/index.ts';
import { ANONYMOUS } from './authenticate.ts';
import { readCrossOriginRequest } from './cors.ts';
import { S3Error } from './errors.ts';
import { serviceOperation } from './operation.ts';
import type { S3Request } from './request.ts';

const NOT_ALLOWED =
  "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

/**
 * "OPTIONS object": a browser asks whether a page of another origin may send a request. It never signs the question, so
 * nobody is asked who he is, and nothing is told but what the rules say of the origin. The reply has no more to it than
 * the headers of every reply to another origin.
 */
export const preflight = serviceOperation({
  name: 'Preflight',
  method: 'OPTIONS',
  scope: 'service',
  action: undefined,
  authenticate: async () => ANONYMOUS,
  input: ({ headers }) => {
    if (headerOf(headers, 'origin')) return;
    throw new S3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  },
  async handle(_, { request, services }) {
    await requireAllowed(request, services);
    return {};
  },
});

/** @throws S3Error `AccessForbidden`; `BadRequest` for a method that no rule can be about */
async function requireAllowed(request: S3Request, services: Services): Promise<void> {
  const { bucket: name, key } = request.address;
  const bucket = name === undefined ? undefined : await services.buckets.find(name);
  if (bucket === undefined) throw refused(request, { reason: 'Bucket not found', resource: 'BUCKET' });
  const { cors } = await services.configs.of(bucket);
  if (cors === undefined)
    throw refused(request, { reason: 'CORS is not enabled for this bucket.', resource: 'BUCKET' });
  requireMethod(headerOf(request.headers, 'access-control-request-method'));
  if (findCorsRule(cors, readCrossOriginRequest(request)) !== undefined) return;
  throw refused(request, { reason: NOT_ALLOWED, resource: key === undefined ? 'BUCKET' : 'OBJECT' });
}

function requireMethod(method: string | undefined): void {
  if (method !== undefined && CORS_METHODS.includes(method)) return;
  throw new S3Error('BadRequest', { message: `Invalid Access-Control-Request-Method: ${method ?? null}` });
}

/** Names the method that was asked for, or else the request's own. */
function refused(request: S3Request, { reason, resource }: { reason: string; resource: 'BUCKET' | 'OBJECT' }): S3Error {
  return new S3Error('AccessForbidden', {
    message: `CORSResponse: ${reason}`,
    detail: { Method: readCrossOriginRequest(request).method, ResourceType: resource },
  });
}
