import type { FastifyRequest } from 'fastify';
import type { RequestHeaders } from '../http/request-headers.ts';
import { bearerToken } from './dialect.ts';

const TOKEN = /^token +(\S+) *$/i;

/** The token of `general` comes as `If-Match: token <JWT>`, or as a bearer token. */
export function generalToken(request: FastifyRequest): string | undefined {
  return TOKEN.exec(request.headers['if-match'] ?? '')?.[1] ?? bearerToken(request);
}

/** The headers that mean what HTTP says that they mean: a token in `If-Match` is no condition. */
export function withoutToken({ 'if-match': match, ...headers }: RequestHeaders): RequestHeaders {
  return typeof match === 'string' && TOKEN.test(match) ? headers : { ...headers, 'if-match': match };
}
