import { headerOf } from '../http/request-headers.ts';
import { S3Error } from './errors.ts';
import type { Endpoint, Operation, Scope } from './operation.ts';
import { notImplementedOperations, operations } from './operations/index.ts';
import { preflight } from './preflight.ts';
import type { S3Request } from './request.ts';

interface Route {
  readonly endpoint: Endpoint;
  /** Undefined: S3 documents it, and the gateway does not do it. */
  readonly operation: Operation | undefined;
  readonly query: readonly { readonly name: string; readonly value: string | undefined }[];
}

/** By method and scope, the most demanding first. */
const routes = buildRoutes();
/** Every parameter that makes an operation another one. */
const subresources = new Set([...routes.values()].flat().flatMap(subresourcesOf));
const NONE: readonly Route[] = [];

/**
 * Finds the operation that a request asks for.
 * @throws S3Error `NotImplemented` for what S3 documents and the gateway does not do, and for subresources that nobody
 * knows: answering something else instead would be a lie. `MethodNotAllowed` for a method that S3 has not.
 * `InvalidArgument` for a version where none can be meant.
 */
export function resolveOperation(request: S3Request): Operation {
  const { method, address } = request;
  if (method === 'OPTIONS') return preflight;
  const candidates = routes.get(`${method} ${scopeOf(request)}`) ?? NONE;
  for (const route of candidates) {
    if (!matches(route, request)) continue;
    if (route.operation === undefined) throw notImplemented(route.endpoint.name);
    for (const name of address.query.names()) refuseUnknown(name, route, request);
    return route.operation;
  }
  throw methodNotAllowed(method, scopeOf(request));
}

/** "The origin server MUST generate an Allow header field in a 405 response" (RFC 9110 section 15.5.6). */
function methodNotAllowed(method: string, scope: Scope): S3Error {
  const places = Array.from(routes.keys(), (place) => place.split(' '));
  const allow = places.flatMap(([allowed = '', place]) => (place === scope ? [allowed] : [])).join(', ');
  return new S3Error('MethodNotAllowed', {
    detail: { Method: method, ResourceType: scope.toUpperCase() },
    headers: { allow },
  });
}

function scopeOf({ address }: S3Request): Scope {
  if (address.bucket === undefined) return 'service';
  return address.key === undefined ? 'bucket' : 'object';
}

function matches({ endpoint, query }: Route, { address, headers }: S3Request): boolean {
  for (const { name, value } of query) {
    if (value === undefined ? !address.query.has(name) : address.query.get(name) !== value) return false;
  }
  return endpoint.header === undefined || headerOf(headers, endpoint.header) !== undefined;
}

function refuseUnknown(name: string, { operation, query }: Route, { address }: S3Request): void {
  if (query.some((selector) => selector.name === name) || operation?.parameters.includes(name)) return;
  if (name === 'versionId') throw refusedVersion(address.query.get(name) ?? '');
  if (subresources.has(name) || (address.query.get(name) === '' && !isSignature(name))) throw notImplemented(name);
}

/** Who names a version means that one: to write the key as a whole would be something else. */
function refusedVersion(versionId: string): S3Error {
  return new S3Error('InvalidArgument', {
    message: 'This operation does not accept a version-id.',
    detail: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}

/** Whether a parameter is for `authenticate` to judge. */
function isSignature(name: string): boolean {
  return name.toLowerCase().startsWith('x-amz-') || V2_PARAMETERS.has(name);
}

const V2_PARAMETERS = new Set(['AWSAccessKeyId', 'Signature', 'Expires']);

function notImplemented(what: string): S3Error {
  return new S3Error('NotImplemented', { detail: { Operation: what } });
}

function buildRoutes(): Map<string, Route[]> {
  const all = [
    ...operations.map((operation) => toRoute(operation, operation)),
    ...notImplementedOperations.map((endpoint) => toRoute(endpoint, undefined)),
  ];
  all.sort((a, b) => demands(b) - demands(a));
  const byPlace = new Map<string, Route[]>();
  for (const route of all) {
    const place = `${route.endpoint.method} ${route.endpoint.scope}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), route]);
  }
  return byPlace;
}

function toRoute(endpoint: Endpoint, operation: Operation | undefined): Route {
  const query = (endpoint.query ?? []).map((selector) => {
    const [name = '', value] = selector.split('=', 2);
    return { name, value };
  });
  return { endpoint, operation, query };
}

/** The second selector of what is not done only tells its endpoint from another one; elsewhere it means nothing. */
function subresourcesOf({ operation, query }: Route): string[] {
  const names = query.map(({ name }) => name);
  return operation === undefined ? names.slice(0, 1) : names;
}

function demands({ endpoint, query }: Route): number {
  return query.length * 2 + (endpoint.header === undefined ? 0 : 1);
}
