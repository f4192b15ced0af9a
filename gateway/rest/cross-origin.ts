import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What a page may send, and what it may read of a reply. */
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, X-Link-Password';
const REPLY_HEADERS = 'Idempotent-Replayed, Location, Retry-After, WWW-Authenticate, X-Request-Id';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const PREFLIGHT_SECONDS = '600';

/**
 * Lets pages of the given origins use the API (CORS, the Fetch standard). They bring a bearer token: cookies are for
 * pages of our own, so no reply ever allows credentials.
 */
export function allowOrigins(listener: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const known = new Set(origins);
  listener.addHook('onRequest', async (request, reply) => {
    reply.header('Vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !known.has(origin)) return;
    reply.header('Access-Control-Allow-Origin', origin);
    if (isPreflight(request)) return answerPreflight(reply);
    reply.header('Access-Control-Expose-Headers', REPLY_HEADERS);
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  reply.header('Access-Control-Allow-Methods', METHODS);
  reply.header('Access-Control-Allow-Headers', REQUEST_HEADERS);
  reply.header('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  return reply.code(204).send();
}
