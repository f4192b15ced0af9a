import type { BlockList } from 'node:net';
import { isIPv6 } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySwagger from '@fastify/swagger';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { version } from '../version.ts';
import { endpoints } from './endpoints/index.ts';
import { type ApiContext, mount } from './mount.ts';
import { openApiHead } from './openapi.ts';
import { PROBLEM_TYPE, Problem, toProblem } from './problem.ts';
import { compileValidator } from './validation.ts';

export interface ApiListenerOptions extends ApiContext {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trustedProxies: BlockList;
  /** Rejects, with a reason for operators, when the gateway cannot do its work. */
  readonly checkReady: () => Promise<void>;
}

/** No document of the API is longer. */
const MAX_BODY_BYTES = 64 * 1024;

/** The API listener: the JSON API, and what operators ask. Errors are problems (RFC 9457). */
export async function createApiListener(options: ApiListenerOptions): Promise<FastifyInstance> {
  const listener = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: (address) => options.trustedProxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
    routerOptions: { caseSensitive: true },
  });
  listener.setValidatorCompiler(compileValidator);
  listener.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  listener.setNotFoundHandler((_request, reply) => sendProblem(reply, new Problem('not-found')));
  listener.decorateRequest('caller', undefined);
  listener.addHook('onSend', async (_request, reply) => {
    reply.header('X-Content-Type-Options', 'nosniff');
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  });
  listener.addHook('onResponse', async (request, reply) => report(request, { reply, ...options }));
  await listener.register(fastifyCookie);
  await listener.register(fastifySwagger, { openapi: openApiHead });
  for (const endpoint of endpoints) mount(listener, endpoint, options);
  addOperatorRoutes(listener, options);
  return listener;
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
