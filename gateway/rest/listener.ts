import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { version } from '../version.ts';
import { allowOrigins } from './cross-origin.ts';
import { addDocs } from './docs.ts';
import { endpoints } from './endpoints/index.ts';
import { addWellKnownJwks } from './endpoints/jwks.ts';
import { parseJsonBody } from './json-body.ts';
import { KnownPaths } from './known-paths.ts';
import { addMailPages } from './mail-pages.ts';
import { mount } from './mount.ts';
import { type OpenListenerOptions, openListener } from './open-listener.ts';
import { describeApi } from './openapi.ts';
import { Problem, toProblem } from './problem.ts';
import { secure, sendProblem, sendRendered } from './replies.ts';
import { report } from './report.ts';
import type { ApiContext } from './request-facts.ts';
import { addSharedLinks } from './shared.ts';
import { compileValidator } from './validation.ts';

export interface ApiListenerOptions extends ApiContext, OpenListenerOptions {
  /** Of applications whose pages may use the API. */
  readonly pageOrigins: readonly string[];
  /** Rejects, with a reason for operators, when the gateway cannot do its work. */
  readonly checkReady: () => Promise<void>;
}

/** The API listener: the JSON API with its documentation, and what operators ask. Errors are problems (RFC 9457). */
export async function createApiListener(options: ApiListenerOptions): Promise<FastifyInstance> {
  const listener = openListener(options);
  const paths = new KnownPaths();
  paths.watch(listener);
  listener.setValidatorCompiler(compileValidator);
  listener.removeAllContentTypeParsers();
  listener.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ routeOptions: { config } }: FastifyRequest, body: Buffer) => parseJsonBody(body, config),
  );
  listener.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  listener.setNotFoundHandler((request, reply) => refuseMissing(request, reply, paths));
  listener.decorateRequest('caller', undefined);
  addHooks(listener, options);
  await listener.register(fastifyCookie);
  await describeApi(listener, options);
  for (const endpoint of endpoints) mount(listener, endpoint, options);
  await addDocs(listener);
  addMailPages(listener);
  addSharedLinks(listener, options);
  addWellKnownJwks(listener, options.services.signingKeys);
  addOperatorRoutes(listener, options);
  return listener;
}

function addHooks(listener: FastifyInstance, options: ApiListenerOptions): void {
  listener.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
    requireSingleHeaders(request);
  });
  allowOrigins(listener, options.pageOrigins);
  listener.addHook('onSend', async (_request, reply) => secure(reply));
  listener.addHook('onResponse', async (request, reply) => report(request, { reply, ...options }));
}

/** A proxy may read the first of two and we the other, or the other way round (RFC 9112 section 3.2, RFC 9110 section 5.3). */
function requireSingleHeaders({ headers, raw }: FastifyRequest): void {
  if (headers.host === undefined) throw new Problem('invalid-request', { detail: 'A request needs a Host header.' });
  for (const name of ['host', 'authorization']) {
    if ((raw.headersDistinct[name]?.length ?? 0) > 1) {
      throw new Problem('invalid-request', { detail: `A request has one header ${name}.` });
    }
  }
}

/** A path that is not there, or one that takes other methods. */
function refuseMissing({ url, method }: FastifyRequest, reply: FastifyReply, paths: KnownPaths): FastifyReply {
  const path = url.split('?', 1)[0] ?? '';
  const methods = paths.methodsOf(path);
  // A folder of files takes the method, and has no such file.
  if (methods.length === 0 || methods.includes(method)) return sendProblem(reply, new Problem('not-found'));
  const problem = new Problem('method-not-allowed', { headers: { Allow: methods.join(', ') } });
  const render = paths.rendererOf(path);
  return render === undefined ? sendProblem(reply, problem) : sendRendered(reply, problem, render);
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
