import { headerOf } from '../http/request-headers.ts';
import { type CorsMatch, type CrossOriginRequest, findCorsRule } from '../services/cors.ts';
import type { Services } from '../services/index.ts';
import type { S3Request } from './request.ts';

/** What a browser is told in the reply. Absent: nothing, and so it keeps the reply from the page. */
export type CorsHeaders = Readonly<Record<string, string>> | undefined;

/** All that a decision is made of: a cache must not give one origin what was meant for another. */
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** "A CORS request is an HTTP request that includes an Origin header" (Fetch, section 3.3.2). */
export function isCrossOrigin({ headers }: S3Request): boolean {
  return headers.origin !== undefined;
}

/** What every reply to a request from another origin bears, be it the object or an error: the page may read either. */
export async function decideCors(request: S3Request, services: Services): Promise<CorsHeaders> {
  const { bucket: name } = request.address;
  const bucket = name === undefined ? undefined : await services.buckets.find(name);
  if (bucket === undefined) return undefined;
  const { cors } = await services.configs.of(bucket);
  const asked = readCrossOriginRequest(request);
  const match = cors === undefined ? undefined : findCorsRule(cors, asked);
  return match === undefined ? undefined : renderCorsHeaders(match, asked);
}

/**
 * What a request asks of the rules. S3 lets the headers of a preflight decide wherever they are; on other requests no
 * browser sends them.
 */
export function readCrossOriginRequest({ headers, method }: S3Request): CrossOriginRequest {
  const asked = headerOf(headers, 'access-control-request-headers') ?? '';
  return {
    origin: headerOf(headers, 'origin') ?? '',
    method: headerOf(headers, 'access-control-request-method') ?? method,
    headers: asked.split(',').flatMap((name) => name.trim().toLowerCase() || []),
  };
}

/** "If credentials mode is include, then Access-Control-Allow-Origin cannot be `*`" (Fetch, section 3.3.5). */
function renderCorsHeaders({ rule, allowedOrigin }: CorsMatch, { origin, headers }: CrossOriginRequest): CorsHeaders {
  const isAnyOrigin = allowedOrigin === '*';
  return {
    'access-control-allow-origin': isAnyOrigin ? '*' : origin,
    ...(isAnyOrigin ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...listed('access-control-allow-headers', headers),
    ...listed('access-control-expose-headers', rule.exposeHeaders),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: VARY,
  };
}

function listed(header: string, values: readonly string[]): CorsHeaders {
  return values.length === 0 ? undefined : { [header]: values.join(', ') };
}
