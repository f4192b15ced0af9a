import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { discardRest } from '../http/unread-body.ts';
import { isIamRequest, serveIam } from '../iam/serve.ts';
import { S3Error } from './errors.ts';
import { type ListenerFacts, openExchange } from './exchange.ts';
import { ConnectionRefuser } from './refuse-connection.ts';
import { type S3Gateway, serve } from './serve.ts';
import { Turns } from './turns.ts';

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
  const refuser = new ConnectionRefuser(facts.hostId);
  const turns = new Turns();
  const listener = fastify({
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: options.idleTimeoutMs,
    // An upload may take as long as it takes: silence is what ends a connection, not duration.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    // What a connection that is still open has asked for is answered, also while others are refused.
    return503OnClosing: false,
    // A request without a Host header is refused in S3's words.
    http: { maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false },
    clientErrorHandler: (error, socket) => refuser.refuse(error, { socket, isReplying: turns.isReplying(socket) }),
    // Paths are for `parseAddress`; the router must not even try to decode them.
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
  });

  listener.server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) => {
    awaitingContinue.add(message);
    listener.server.emit('request', message, response);
  });
  // "A server MAY respond with 417" to other expectations (RFC 9110 section 10.1.1); S3 takes no notice of them.
  listener.server.on('checkExpectation', (message: IncomingMessage, response: ServerResponse) => {
    listener.server.emit('request', message, response);
  });
  listener.server.on('connect', (_message: IncomingMessage, socket: Socket) => {
    refuser.end(socket, new S3Error('MethodNotAllowed'));
  });
  listener.addHook('onRequest', async (request, reply) => {
    reply.hijack();
    const message = request.raw;
    message.url = request.originalUrl;
    const awaitsContinue = awaitingContinue.has(message);
    // Silence while a reply goes out is a client that does not read. Before that the client waits for us (a copy of
    // gigabytes), or whoever reads the body answers for it.
    reply.raw.on('timeout', () => {
      if (reply.raw.headersSent) message.socket.destroy();
    });
    const exchange = openExchange({ message, response: reply.raw, facts, awaitsContinue });
    await turns.take(message, async () => {
      await (isIamRequest(exchange) ? serveIam : serve)(exchange, options);
      discardRest(message);
    });
  });
  listener.all('/', () => undefined);
  // Methods that Fastify has no routes for come here.
  listener.setNotFoundHandler(() => undefined);
  return listener;
}
