import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FastifyInstance, fastify } from 'fastify';
import { type ListenerFacts, openExchange } from './exchange.ts';
import { type S3Gateway, serve } from './serve.ts';

export interface S3ListenerOptions extends S3Gateway, Omit<ListenerFacts, 'hostId'> {
  /** How long a connection may be silent. */
  readonly idleTimeoutMs: number;
}

/** "PUT request headers are limited to 8 KB"; a little room for what proxies and SDKs add. */
const MAX_HEADER_BYTES = 32 * 1024;
/** Longer than the 60 s of common load balancers, so that they, not we, close idle connections. */
const KEEP_ALIVE_MS = 75_000;

/**
 * The S3 listener. Fastify carries the connections and their life; every request, whatever its path (the first segment
 * of each is a bucket), goes the one way through `serve`, which writes the reply itself.
 */
export function createS3Listener(options: S3ListenerOptions): FastifyInstance {
  const facts: ListenerFacts = { ...options, hostId: randomBytes(32).toString('base64') };
  const awaitingContinue = new WeakSet<IncomingMessage>();
  const listener = fastify({
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: options.idleTimeoutMs,
    // An upload may take as long as it takes: silence is what ends a connection, not duration.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // Paths are for `parseAddress`; the router must not even try to decode them.
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
  });

  listener.server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    awaitingContinue.add(message);
    listener.server.emit('request', message, response);
  });
  listener.addHook('onRequest', async (request, reply) => {
    reply.hijack();
    const message = request.raw;
    message.url = request.originalUrl;
    const awaitsContinue = awaitingContinue.has(message);
    await serve(openExchange({ message, response: reply.raw, facts, awaitsContinue }), options);
  });
  listener.all('/', () => undefined);
  return listener;
}
