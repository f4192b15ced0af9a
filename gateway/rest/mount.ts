import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { Actor } from '../services/audit.ts';
import type { Services } from '../services/index.ts';
import type { Caller } from '../services/sessions/sessions.ts';
import { csrfToken, presentedToken, requireOwnPage } from './credentials.ts';
import type { Access, ApiFacts, Call, Cookie, Endpoint, Outcome } from './endpoint.ts';
import { Problem } from './problem.ts';
import { ProblemSchema } from './schemas.ts';

export const API_PREFIX = '/api/v1';

export interface ApiContext {
  readonly services: Services;
  /** The origin that clients know, where it is set. */
  readonly publicUrl: URL | undefined;
}

/** Serves an endpoint: authenticate, authorize, validate, handle, render. */
export function mount(api: FastifyInstance, endpoint: Endpoint, context: ApiContext): void {
  api.route({
    method: endpoint.method,
    url: `${API_PREFIX}${endpoint.path}`,
    schema: schemaOf(endpoint),
    config: { operation: endpoint.name },
    // Before the body is read and looked at: who may not ask learns nothing of what would have been wrong with it.
    onRequest: async (request) => {
      request.caller = await authorize(request, { access: endpoint.access, context });
    },
    handler: async (request, reply) => {
      const call = openCall(request, context);
      send(reply, await run(endpoint, call));
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
    throw new Problem('not-authenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="gatehouse"' } });
  }
  const caller = await findCaller(presented.token, { access, services: context.services });
  if (presented.isCookie) {
    const { origin } = factsOf(request, context);
    requireOwnPage(request, { origin, csrfToken: csrfToken(context.services.vault, caller.sessionId ?? '') });
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
  token: string,
  { access, services }: { access: Access; services: Services },
): Promise<Caller> {
  if (access !== 'enrolling') return services.sessions.authenticate(token);
  return services.sessions.authenticate(token).catch(async (refusal: unknown) => {
    const enrolling = await services.logIn.findEnrolling(token).catch(() => undefined);
    if (enrolling === undefined) throw refusal;
    return { account: enrolling.profile, sessionId: undefined, methods: enrolling.claims.methods };
  });
}

function openCall(request: FastifyRequest, context: ApiContext): Call {
  const { caller } = request;
  const gone = new AbortController();
  request.raw.once('close', () => gone.abort());
  const call = {
    caller,
    actor: actorOf(request, caller),
    params: request.params,
    query: request.query,
    body: request.body,
    cookies: request.cookies,
    services: context.services,
    facts: factsOf(request, context),
    signal: gone.signal,
  };
  return call as unknown as Call; // fastify has validated the input by the schemas that type it
}

export function actorOf(request: FastifyRequest, caller: Caller | undefined): Actor {
  return {
    accountId: caller?.account.id ?? null,
    address: request.ip,
    userAgent: request.headers['user-agent'] ?? null,
  };
}

export function factsOf(request: FastifyRequest, { publicUrl }: ApiContext): ApiFacts {
  const origin = publicUrl?.origin ?? `${request.protocol}://${request.host}`;
  return { origin, isSecure: origin.startsWith('https:') };
}

async function run(endpoint: Endpoint, call: Call): Promise<Outcome> {
  return endpoint.handle(call);
}

export function send(reply: FastifyReply, { status, body, headers = {}, cookies = [] }: Outcome): void {
  for (const cookie of cookies) setCookie(reply, cookie);
  reply.code(status).headers(headers).send(body);
}

export function setCookie(reply: FastifyReply, { name, value, options }: Cookie): void {
  if (value === undefined) reply.clearCookie(name, options);
  else reply.setCookie(name, value, options);
}

function schemaOf({ name, tag, summary, description, access, params, query, body, replies }: Endpoint): FastifySchema {
  const responses = Object.entries(replies).map(([status, reply]) => [
    status,
    { ...(reply.schema ?? Type.Null()), description: reply.description },
  ]);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: access === 'public' ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: { ...Object.fromEntries(responses), default: { ...ProblemSchema, description: 'A problem (RFC 9457)' } },
  };
}
