import type { IncomingMessage, ServerResponse } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import { newId } from '../ids.ts';
import type { Metrics } from '../metrics.ts';
import { version } from '../version.ts';
import { allowOrigins } from './cross-origin.ts';
import { addDocs } from './docs.ts';
import { endpoints } from './endpoints/index.ts';
import { addWellKnownJwks } from './endpoints/jwks.ts';
import { parseJsonBody } from './json-body.ts';
import { KnownPaths } from './known-paths.ts';
import { addMailPages } from './mail-pages.ts';
import { type ApiContext, mount } from './mount.ts';
import { describeApi } from './openapi.ts';
import { PROBLEM_TYPE, Problem, toProblem } from './problem.ts';
import { ConnectionRefuser } from './refuse-connection.ts';
import { compileValidator } from './validation.ts';

export interface ApiListenerOptions extends ApiContext {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trustedProxies: BlockList;
  /** Of applications whose pages may use the API. */
  readonly pageOrigins: readonly string[];
  /** How long a connection may be silent, and a request take to come: documents are small. */
  readonly idleTimeoutMs: number;
  /** Rejects, with a reason for operators, when the gateway cannot do its work. */
  readonly checkReady: () => Promise<void>;
}

/** No document of the API is longer. */
const MAX_BODY_BYTES = 64 * 1024;
/** The longest name in a path is an access key of 128 characters, which may come percent-encoded. */
const MAX_PARAM_LENGTH = 1024;
/** How often node looks for requests that take too long. */
const CHECK_INTERVAL_MS = 30_000;
/** JSON is nothing to look at: a browser that is made to show it may do nothing with it. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The API listener: the JSON API with its documentation, and what operators ask. Errors are problems (RFC 9457). */
export async function createApiListener(options: ApiListenerOptions): Promise<FastifyInstance> {
  const refuser = new ConnectionRefuser();
  const listener = openListener(options, refuser);
  refuser.watch(listener);
  const paths = new KnownPaths();
  paths.watch(listener);
  listener.setValidatorCompiler(compileValidator);
  listener.removeAllContentTypeParsers();
  listener.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body),
  );
  listener.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  listener.setNotFoundHandler((request, reply) => sendProblem(reply, missing(request, paths)));
  listener.decorateRequest('caller', undefined);
  addHooks(listener, options);
  await listener.register(fastifyCookie);
  await describeApi(listener, options);
  for (const endpoint of endpoints) mount(listener, endpoint, options);
  await addDocs(listener);
  addMailPages(listener);
  addWellKnownJwks(listener, options.services.signingKeys);
  addOperatorRoutes(listener, options);
  return listener;
}

function openListener(options: ApiListenerOptions, refuser: ConnectionRefuser): FastifyInstance {
  const { trustedProxies, idleTimeoutMs } = options;
  const listener = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    connectionTimeout: idleTimeoutMs,
    requestTimeout: idleTimeoutMs,
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
    frameworkErrors: (error, request, reply) => {
      secure(reply.header('X-Request-Id', request.id));
      sendProblem(reply, toProblem(error));
    },
  });
  // "A server MAY respond with 417" to other expectations (RFC 9110 section 10.1.1): there is no need to.
  listener.server.on('checkExpectation', (message: IncomingMessage, response: ServerResponse) => {
    listener.server.emit('request', message, response);
  });
  return listener;
}

function addHooks(listener: FastifyInstance, options: ApiListenerOptions): void {
  listener.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    const { host } = request.headers;
    if (host === undefined) throw new Problem('invalid-request', { detail: 'A request needs a Host header.' });
  });
  allowOrigins(listener, options.pageOrigins);
  listener.addHook('onSend', async (_request, reply) => secure(reply));
  listener.addHook('onResponse', async (request, reply) => report(request, { reply, ...options }));
}

/** What every reply bears that says nothing else. */
function secure(reply: FastifyReply): void {
  reply.header('X-Content-Type-Options', 'nosniff').header('Referrer-Policy', 'no-referrer');
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  if (!reply.hasHeader('Content-Security-Policy')) reply.header('Content-Security-Policy', CONTENT_POLICY);
}

/** A path that is not there, or one that takes other methods. */
function missing({ url }: FastifyRequest, paths: KnownPaths): Problem {
  const methods = paths.methodsOf(url.split('?', 1)[0] ?? '');
  if (methods.length === 0) return new Problem('not-found');
  return new Problem('method-not-allowed', { headers: { Allow: methods.join(', ') } });
}

function addOperatorRoutes(listener: FastifyInstance, { metrics, checkReady }: ApiListenerOptions): void {
  listener.get('/healthz', async () => ({ status: 'ok', version }));
  listener.get('/readyz', async () => {
    await checkReady().catch((cause: unknown) => {
      throw new Problem('not-ready', { detail: cause instanceof Error ? cause.message : 'unknown', cause });
    });
    return { status: 'ready' };
  });
  listener.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.problem = problem;
  // As text: what is an Error would be handed to the error handler once more.
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

declare module 'fastify' {
  interface FastifyReply {
    /** Why the request was refused, for the log. */
    problem?: Problem;
  }
}

/** One line and one observation a request. Neither ever holds a secret: headers, queries and bodies are not written. */
function report(
  request: FastifyRequest,
  { reply, metrics, log }: { reply: FastifyReply; metrics: Metrics; log: Logger },
): void {
  const operation = request.routeOptions.config?.operation ?? 'unknown';
  const status = reply.statusCode;
  const milliseconds = reply.elapsedTime;
  const receivedBytes = Number(request.headers['content-length'] ?? 0) || 0;
  const sentBytes = Number(reply.getHeader('content-length') ?? 0) || 0;
  metrics.record({ surface: 'api', operation, status, receivedBytes, sentBytes, milliseconds });
  const line = {
    id: request.id,
    surface: 'api',
    operation,
    account: request.caller?.account.name ?? null,
    status,
    ms: Math.round(milliseconds * 100) / 100,
  };
  const { problem } = reply;
  if (problem === undefined) log.info(line, 'request');
  else if (problem.status !== 500) log.info({ ...line, code: problem.code, reason: problem.detail }, 'request');
  else log.error({ ...line, code: problem.code, err: problem.cause ?? problem }, 'request');
}
