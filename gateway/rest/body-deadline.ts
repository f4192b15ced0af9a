import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Gives the body of a request so long to come, as node's `requestTimeout` does for all: but files take the time that they
 * take. What is late is told to the listener as node tells it.
 */
export function limitBodies(listener: FastifyInstance, deadlineMs: number): void {
  listener.addHook('onRequest', async (request) => {
    if (request.routeOptions.config?.takesFiles !== true && hasBody(request)) watch(listener, request, deadlineMs);
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function watch(listener: FastifyInstance, { raw }: FastifyRequest, deadlineMs: number): void {
  const timer = setTimeout(() => {
    const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    if (!raw.complete) listener.server.emit('clientError', error, raw.socket);
  }, deadlineMs);
  const stop = () => clearTimeout(timer);
  raw.once('end', stop);
  raw.once('close', stop);
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body is a file, or a form with one: it is read as a stream, and may take long. */
    takesFiles?: boolean;
  }
}
