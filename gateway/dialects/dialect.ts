import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { BEARER_CHALLENGE, presentedToken } from '../rest/credentials.ts';
import { WRITE_BODY_BYTES } from '../rest/document-bodies.ts';
import { inFileScope } from '../rest/mount.ts';
import { Problem, toProblem } from '../rest/problem.ts';
import { sendRendered } from '../rest/replies.ts';
import { type ApiContext, actorOf } from '../rest/request-facts.ts';
import { principalOf, type Resource } from '../services/access/index.ts';
import { NO_CONTEXT } from '../services/policy/question.ts';
import type { Admission } from '../services/sessions/log-in.ts';
import type { Caller, SessionTokens } from '../services/sessions/sessions.ts';
import { addFormParsers } from './forms.ts';

/**
 * Another service's HTTP API, spoken on the API listener: a translation onto the services, with that API's own way of
 * bearing a token and of telling an error.
 */
export interface Dialect {
  /** The body of an error. */
  readonly renderProblem: (problem: Problem) => object;
  /** Where a request bears its token; undefined: it bears none. Throws where a token that is there must not count. */
  readonly tokenOf: (request: FastifyRequest, context: ApiContext) => string | undefined;
  readonly routes: readonly DialectRoute[];
}

type Input<Schema> = Schema extends TSchema ? Static<Schema> : undefined;

/** A request of a dialect, its input validated. */
export interface DialectCall<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Input<Params>;
  readonly query: Input<Query>;
  readonly body: Input<Body>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: ApiContext;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface DialectRouteDefinition<Params, Query, Body> {
  /** In metrics and the log. */
  readonly name: string;
  readonly method: Method | Method[];
  readonly path: string;
  /** Anybody may ask: nobody has a token yet. All others are asked for it before what they send is looked at. */
  readonly isPublic?: true;
  readonly params?: Params;
  readonly query?: Query;
  /** Of JSON or of a form. Fields that it does not name are let pass: clients send more than is documented. */
  readonly body?: Body;
  /** The body is a file, or a form with one: it is read as it comes, from `request.raw`. */
  readonly takesFiles?: true;
  /** The body holds documents: JSON that may be long and deep. */
  readonly takesDocuments?: true;
  /** Resolves to the body of the reply, whose status is 200 unless it is set; or to the reply, once it has been sent. */
  readonly handle: (call: DialectCall<Params, Query, Body>) => Promise<object>;
}

/** A route whose input types are forgotten: what a dialect lists. */
export type DialectRoute = DialectRouteDefinition<unknown, unknown, unknown>;

/** Defines a route: the input of its handler is typed by its schemas. */
export function dialectRoute<
  Params extends TSchema | undefined = undefined,
  Query extends TSchema | undefined = undefined,
  Body extends TSchema | undefined = undefined,
>(definition: DialectRouteDefinition<Params, Query, Body>): DialectRoute {
  return definition as unknown as DialectRoute; // fastify validates the input by the same schemas
}

/** Serves a dialect, in a scope of its own: its parsers and errors are nobody else's. */
export async function mountDialect(api: FastifyInstance, dialect: Dialect, context: ApiContext): Promise<void> {
  const scope: FastifyPluginAsync = async (inner) => {
    addFormParsers(inner);
    const { renderProblem, tokenOf, routes } = dialect;
    inner.setErrorHandler((error, _request, reply) => sendRendered(reply, toProblem(error), renderProblem));
    const add = (to: FastifyInstance, route: DialectRoute) =>
      mountRoute(to, route, { context, renderProblem, tokenOf });
    for (const route of routes) {
      if (route.takesFiles) inFileScope(inner, (files) => add(files, route));
      else add(inner, route);
    }
  };
  await api.register(scope);
}

function mountRoute(
  scope: FastifyInstance,
  route: DialectRoute,
  { context, renderProblem, tokenOf }: Omit<Dialect, 'routes'> & { readonly context: ApiContext },
): void {
  const { name, method, path, params, query, body, takesFiles = false, takesDocuments = false, handle } = route;
  const input = Object.entries({ params, querystring: query, body }).filter(([, schema]) => schema !== undefined);
  scope.route({
    method,
    url: path,
    schema: Object.fromEntries(input),
    ...(takesDocuments ? { bodyLimit: WRITE_BODY_BYTES } : {}),
    config: { operation: name, renderProblem, takesFiles, takesDocuments },
    // Before the body is read: who bears no token is not to have 48 MiB of it parsed.
    onRequest: async (request) => {
      if (route.isPublic !== true) request.caller = await authenticate(tokenOf(request, context), context);
    },
    handler(request, reply) {
      const call = { request, reply, context, params: request.params, query: request.query, body: request.body };
      return handle(call as unknown as DialectCall); // fastify has validated the input by the schemas that type it
    },
  });
}

/** A bearer token; a cookie counts where a dialect says so alone. */
export function bearerToken(request: FastifyRequest): string | undefined {
  const presented = presentedToken(request);
  return presented?.isCookie === false ? presented.token : undefined;
}

/** Who bears the token. @throws Problem `not-authenticated`; Failure `InvalidToken` */
async function authenticate(token: string | undefined, { services }: ApiContext): Promise<Caller> {
  if (token === undefined) throw notAuthenticated();
  return services.sessions.authenticate(token);
}

function notAuthenticated(): Problem {
  return new Problem('not-authenticated', { headers: { 'WWW-Authenticate': BEARER_CHALLENGE } });
}

/** Who asks, on a route that is not public. */
export function callerOf({ request }: Pick<DialectCall, 'request'>): Caller {
  if (request.caller === undefined) throw notAuthenticated();
  return request.caller;
}

/** @throws Problem `not-allowed`, whose cause (for the log) is the statement that decided */
export async function requireAllowed(
  { request, context }: Pick<DialectCall, 'request' | 'context'>,
  action: string,
  resource: Resource,
): Promise<void> {
  const principal = principalOf(request.caller);
  const decision = await context.services.access.decide({ principal, action, resource, context: NO_CONTEXT });
  if (!decision.allowed) throw new Problem('not-allowed', { cause: new Error(decision.statement) });
}

/** What a log-in of these APIs takes. */
export interface DialectCredentials {
  /** A name or an e-mail. */
  readonly login: string;
  readonly password: string;
  /** Of the second factor: none of these APIs knows one, and an account that has one needs it here as well. */
  readonly code: string | undefined;
}

/** @throws Failure `InvalidCredentials`, ...; Problem `second-factor-required` */
export async function logIn(
  { request, context }: Pick<DialectCall, 'request' | 'context'>,
  credentials: DialectCredentials,
): Promise<SessionTokens> {
  const actor = actorOf(request, undefined);
  return requireSession(await context.services.logIn.byPassword({ ...credentials, actor }));
}

/** @throws Problem `second-factor-required` */
export function requireSession(admission: Admission): SessionTokens {
  if (admission.kind === 'session') return admission.tokens;
  const detail =
    admission.kind === 'second-factor'
      ? 'The account has a second factor: send its code as `code`.'
      : 'The account must set up a second factor first, by POST /api/v1/sessions.';
  throw new Problem('second-factor-required', { detail });
}

/** What is wrong, in one sentence. */
export function sentenceOf(problem: Problem): string {
  return problem.detail ?? `${problem.message}.`;
}
