import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../metadata/index.ts';
import type { Actor } from '../services/audit.ts';
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
import type { Access, ApiFacts, Call, Cookie, Endpoint, Outcome } from './endpoint.ts';
import { run } from './idempotent.ts';
import { API_PREFIX, linkBaseOf } from './link-base.ts';
import { Problem } from './problem.ts';
import { routeSchema } from './route-schema.ts';

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
    schema: routeSchema(endpoint),
    config: { operation: endpoint.name },
    // Before the body is read and looked at: who may not ask learns nothing of what would have been wrong with it.
    onRequest: async (request) => {
      request.caller = await authorize(request, { access: endpoint.access, context });
    },
    handler: async (request, reply) => {
      const call = openCall(request, context);
      send(reply, await run(endpoint, { request, call }));
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
  };
  return call as unknown as Call; // fastify has validated the input by the schemas that type it
}

/** Of what a client says of itself; a header may have thousands. */
const MAX_USER_AGENT = 256;

export function actorOf(request: FastifyRequest, caller: Caller | undefined): Actor {
  return {
    accountId: caller?.account.id ?? null,
    address: addressOf(request),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  };
}

/** Who a proxy forwards for is what that says, and it may say anything. An IPv4 address is written the one way. */
function addressOf({ ip, socket }: FastifyRequest): string {
  const address = isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip;
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

export function factsOf(request: FastifyRequest, { publicUrl }: ApiContext): ApiFacts {
  const origin = publicUrl?.origin ?? `${request.protocol}://${request.host}`;
  return { origin, isSecure: origin.startsWith('https:'), linkBase: linkBaseOf(request, { publicUrl, origin }) };
}

export function send(reply: FastifyReply, { status, body, headers = {}, cookies = [] }: Outcome): void {
  for (const cookie of cookies) setCookie(reply, cookie);
  reply.code(status).headers(headers).send(body);
}

export function setCookie(reply: FastifyReply, { name, value, options }: Cookie): void {
  if (value === undefined) reply.clearCookie(name, options);
  else reply.setCookie(name, value, options);
}
