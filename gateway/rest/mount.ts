import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../metadata/index.ts';
import { discardRest } from '../http/unread-body.ts';
import { contentTypeRefusal } from '../services/drive/describe-file.ts';
import type { Services } from '../services/index.ts';
import type { Caller } from '../services/sessions/sessions.ts';
import {
  askingPage,
  BEARER_CHALLENGE,
  csrfToken,
  type PresentedToken,
  plainCookies,
  presentedToken,
  requireOwnPage,
} from './credentials.ts';
import type { Access, Call, Cookie, Endpoint, Outcome } from './endpoint.ts';
import { run } from './idempotent.ts';
import { API_PREFIX } from './link-base.ts';
import { Problem } from './problem.ts';
import { type ApiContext, actorOf, askerOf, factsOf } from './request-facts.ts';
import { routeSchema } from './route-schema.ts';
import { sendContent } from './send-content.ts';

/** Serves an endpoint: authenticate, authorize, validate, handle, render. */
export function mount(api: FastifyInstance, endpoint: Endpoint, context: ApiContext): void {
  if (endpoint.takesFiles) inFileScope(api, (scope) => addRoute(scope, endpoint, context));
  else addRoute(api, endpoint, context);
}

/** Adds routes to a scope in which no body is parsed, whatever its type: what comes is a file. */
export function inFileScope(api: FastifyInstance, add: (scope: FastifyInstance) => void): void {
  api.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    // One that says nothing counts as none.
    scope.addHook('preParsing', async ({ headers }) => {
      if (headers['content-type'] === '') delete headers['content-type'];
    });
    // Who handles errors around it gets the refusal. Of a file it does not help to hear that it must be JSON.
    scope.setErrorHandler<FastifyError>((error) => {
      throw error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ? contentTypeRefusal() : error;
    });
    // Whatever was wrong with it: a client that is still sending has to get its reply.
    scope.addHook('onSend', async ({ raw }) => discardRest(raw));
    add(scope);
    done();
  });
}

function addRoute(api: FastifyInstance, endpoint: Endpoint, context: ApiContext): void {
  api.route({
    method: endpoint.method,
    url: `${API_PREFIX}${endpoint.path}`,
    ...(endpoint.bodyLimitBytes === undefined ? {} : { bodyLimit: endpoint.bodyLimitBytes }),
    schema: routeSchema(endpoint),
    config: {
      operation: endpoint.name,
      takesFiles: endpoint.takesFiles ?? false,
      takesDocuments: endpoint.takesDocuments ?? false,
    },
    // Before the body is read and looked at: who may not ask learns nothing of what would have been wrong with it.
    onRequest: async (request) => {
      request.caller = await authorize(request, { access: endpoint.access, context });
    },
    handler: async (request, reply) => {
      const call = openCall(request, context);
      await send(reply, await run(endpoint, { request, call }));
      return reply;
    },
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, once authorized: fastify validates between the hook that knows it and the handler that needs it. */
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** Its name in metrics and the log. */
    operation?: string;
    /** Its body is JSON that may be long and deep. */
    takesDocuments?: boolean;
    /** The body of an error, where that is no problem. */
    renderProblem?: (problem: Problem) => object;
  }
}

/** Who asks, if that may. @throws Problem `not-authenticated`, `not-allowed`, ...; Failure `InvalidToken` */
async function authorize(
  request: FastifyRequest,
  { access, context }: { access: Access; context: ApiContext },
): Promise<Caller | undefined> {
  if (access === 'public') return undefined;
  const presented = presentedToken(request);
  if (presented === undefined) {
    if (access === 'optional') return undefined;
    throw new Problem('not-authenticated', { headers: { 'WWW-Authenticate': BEARER_CHALLENGE } });
  }
  const caller = await findCaller(presented, { access, services: context.services });
  if (caller === undefined) return undefined;
  if (presented.isCookie) {
    const { origin } = factsOf(request, context);
    const { sessionId } = caller;
    requireOwnPage(askingPage(request), {
      origin,
      csrfToken: sessionId === undefined ? undefined : csrfToken(context.services.vault, sessionId),
    });
  }
  const { role } = caller.account;
  const isAdmin = role === 'root' || role === 'admin';
  if (access === 'admin' && !isAdmin) throw new Problem('not-allowed', { detail: 'Only admins may do that.' });
  if (access === 'overseer' && !isAdmin && role !== 'auditor') {
    throw new Problem('not-allowed', { detail: 'Only admins and auditors may see that.' });
  }
  return caller;
}

async function findCaller(
  { token, isCookie }: PresentedToken,
  { access, services }: { access: Access; services: Services },
): Promise<Caller | undefined> {
  // A browser sends a cookie also when its session is over, and to whom nobody needs to be.
  if (access === 'optional' && isCookie) return services.sessions.authenticate(token).catch(notLoggedIn);
  // Cookies are of sessions.
  if (access !== 'enrolling' || isCookie) return services.sessions.authenticate(token);
  return services.sessions.authenticate(token).catch(async (refusal: unknown) => {
    const enrolling = await services.logIn.findEnrolling(token).catch(() => undefined);
    if (enrolling === undefined) throw refusal;
    return { account: enrolling.profile, sessionId: undefined, methods: enrolling.claims.methods };
  });
}

function notLoggedIn(refusal: unknown): undefined {
  if (!(refusal instanceof Failure) || refusal.code !== 'InvalidToken') throw refusal;
}

function openCall(request: FastifyRequest, context: ApiContext): Call {
  const { caller } = request;
  const call = {
    caller,
    actor: actorOf(request, caller),
    params: request.params,
    query: request.query,
    body: request.body,
    cookies: plainCookies(request),
    page: askingPage(request),
    services: context.services,
    facts: factsOf(request, context),
    asker: askerOf(request, context),
    headers: request.headers,
    isHead: request.method === 'HEAD',
    source: request.raw,
  };
  return call as unknown as Call; // fastify has validated the input by the schemas that type it
}

export async function send(reply: FastifyReply, outcome: Outcome): Promise<void> {
  const { status, body, content, headers = {}, cookies = [] } = outcome;
  for (const cookie of cookies) setCookie(reply, cookie);
  if (content === undefined) reply.code(status).headers(headers).send(body);
  else await sendContent(reply, { status, headers, content: content ?? undefined });
}

export function setCookie(reply: FastifyReply, { name, value, options }: Cookie): void {
  if (value === undefined) reply.clearCookie(name, options);
  else reply.setCookie(name, value, options);
}
