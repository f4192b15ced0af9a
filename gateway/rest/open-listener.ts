import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { newId } from '../ids.ts';
import { limitBodies } from './body-deadline.ts';
import { watchReplies } from './cut-off.ts';
import { toProblem } from './problem.ts';
import { ConnectionRefuser } from './refuse-connection.ts';
import { secure, sendProblem } from './replies.ts';
import { type Reporting, report } from './report.ts';

export interface OpenListenerOptions extends Reporting {
  /** Peers whose forwarded headers count. */
  readonly trustedProxies: BlockList;
  /** How long a connection may be silent, and a document take to come. */
  readonly idleTimeoutMs: number;
}

/** No document of the API is longer. */
const MAX_BODY_BYTES = 64 * 1024;
/** The longest name in a path is an access key of 128 characters, which may come percent-encoded. */
const MAX_PARAM_LENGTH = 1024;
/** How often node looks for requests that take too long. */
const CHECK_INTERVAL_MS = 30_000;
/** Connections and their life, before there is a route. */
export function openListener(options: OpenListenerOptions): FastifyInstance {
  const { trustedProxies, idleTimeoutMs } = options;
  const refuser = new ConnectionRefuser();
  const listener = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    // What a connection that is still open has asked for is answered, also while others are refused.
    return503OnClosing: false,
    bodyLimit: MAX_BODY_BYTES,
    connectionTimeout: idleTimeoutMs,
    requestTimeout: 0, // files take the time that they take
    http: {
      headersTimeout: idleTimeoutMs,
      connectionsCheckingInterval: Math.min(idleTimeoutMs, CHECK_INTERVAL_MS),
      requireHostHeader: false, // a request without one is refused with a problem
    },
    genReqId: () => newId(),
    // What a header says may be no address at all.
    trustProxy: (address) =>
      isIP(address) !== 0 && trustedProxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
    routerOptions: { caseSensitive: true, maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: (error, socket) => refuser.refuse(error, socket),
    // What is not even routed passes no hook.
    frameworkErrors: (error, request, reply) => {
      secure(reply.header('X-Request-Id', request.id));
      reply.raw.once('finish', () => report(request, { reply, ...options }));
      sendProblem(reply, toProblem(error));
    },
  });
  refuser.watch(listener);
  watchReplies(listener, options);
  limitBodies(listener, idleTimeoutMs);
  // "A server MAY respond with 417" to other expectations (RFC 9110 section 10.1.1): there is no need to.
  listener.server.on('checkExpectation', (message: IncomingMessage, response: ServerResponse) => {
    listener.server.emit('request', message, response);
  });
  return listener;
}
