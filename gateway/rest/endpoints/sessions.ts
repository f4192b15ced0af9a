import { Type } from 'typebox';
import { Failure, type SessionRow } from '../../../metadata/index.ts';
import { csrfToken, REFRESH_COOKIE, refuseForeignPage, requireOwnPage } from '../credentials.ts';
import { type Call, endpoint } from '../endpoint.ts';
import { noContent, ok } from '../outcomes.ts';
import { PageQuery, pageOf, readPage, toPage } from '../paging.ts';
import { input, optionalInput, Time } from '../schemas.ts';
import {
  admissionOutcome,
  admissionReplies,
  forgottenCookies,
  SessionReply,
  sessionOutcome,
  Transport,
} from '../session-outcome.ts';

const tag = 'sessions';

const Code = Type.String({ minLength: 1, maxLength: 64, description: 'Of the second factor.' });
const FactorMethod = Type.Union([Type.Literal('totp'), Type.Literal('sms'), Type.Literal('recovery-code')]);

const logIn = endpoint({
  name: 'createSession',
  method: 'POST',
  path: '/sessions',
  tag,
  summary: 'Log in',
  description: 'With `transport: "cookie"` a browser keeps the tokens in HttpOnly cookies, and the reply has none.',
  access: 'public',
  body: input({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "The account's, or its e-mail." })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'In the place of a name.' })),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
    code: Type.Optional(Code),
    transport: Type.Optional(Transport),
  }),
  replies: admissionReplies,
  async handle(call) {
    const { name, email, password, code, transport } = call.body;
    if (name !== undefined && email !== undefined) {
      throw new Failure('InvalidArgument', 'A name or an e-mail is needed, not both.', { Field: '/email' });
    }
    const login = name ?? email;
    if (login === undefined) throw new Failure('InvalidArgument', 'A name or an e-mail is needed.', { Field: '/name' });
    requirePlaceForCookies(call, transport);
    const { services, facts, actor } = call;
    const admission = await services.logIn.byPassword({ login, password, code, actor });
    return admissionOutcome(admission, { transport, facts, vault: services.vault });
  },
});

const proveSecondFactor = endpoint({
  name: 'createSessionBySecondFactor',
  method: 'POST',
  path: '/sessions/second-factor',
  tag,
  summary: 'Log in: the second factor',
  access: 'public',
  body: input({
    challenge_token: Type.String({ minLength: 1, maxLength: 4096 }),
    code: Code,
    method: Type.Optional(FactorMethod),
    transport: Type.Optional(Transport),
  }),
  replies: { 201: admissionReplies[201] },
  async handle(call) {
    const { challenge_token: challenge, code, method, transport } = call.body;
    requirePlaceForCookies(call, transport);
    const { services, facts, actor } = call;
    const tokens = await services.logIn.bySecondFactor({ challenge, code, method, actor });
    return sessionOutcome(tokens, { transport, facts, vault: services.vault });
  },
});

const refresh = endpoint({
  name: 'refreshSession',
  method: 'POST',
  path: '/sessions/refresh',
  tag,
  summary: 'Exchange a refresh token for new tokens',
  description: 'Each is good once: one that comes a second time ends its session. Without a body the cookie counts.',
  access: 'public',
  body: optionalInput({ refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })) }),
  replies: { 201: { description: 'New tokens of the same session', schema: SessionReply } },
  async handle(call) {
    const { services, facts, actor } = call;
    const given = call.body?.refresh_token;
    const token = given ?? (await cookieToRefresh(call));
    const tokens = await services.sessions.refresh(token, actor);
    const transport = given === undefined ? 'cookie' : 'token';
    return sessionOutcome(tokens, { transport, facts, vault: services.vault });
  },
});

const Session = Type.Object({
  id: Type.String(),
  methods: Type.Array(Type.String(), { description: 'How it was proven who it is.' }),
  created_at: Time,
  last_used_at: Time,
  expires_at: Time,
  address: Type.Union([Type.String(), Type.Null()]),
  user_agent: Type.Union([Type.String(), Type.Null()]),
  current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
});

const list = endpoint({
  name: 'listSessions',
  method: 'GET',
  path: '/sessions',
  tag,
  summary: 'List your sessions',
  access: 'account',
  query: PageQuery,
  replies: { 200: { description: 'The newest first', schema: pageOf(Session) } },
  async handle({ caller, query, services }) {
    const { limit, position } = readPage(query);
    const rows = await services.sessions.list(caller.account.id, { before: position, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ id }) => id, render: (row) => render(row, caller.sessionId) }));
  },
});

const current = endpoint({
  name: 'getCurrentSession',
  method: 'GET',
  path: '/sessions/current',
  tag,
  summary: 'The session that asks',
  access: 'account',
  replies: {
    200: {
      description: 'The session; pages that use cookies find their csrf_token here',
      schema: Type.Object({
        ...Session.properties,
        account: SessionReply.properties.account,
        csrf_token: Type.String(),
      }),
    },
  },
  async handle({ caller, services }) {
    const { id, name, role } = caller.account;
    const row = await services.sessions.get(sessionOf(caller), id);
    const csrf_token = csrfToken(services.vault, row.id);
    return ok({ ...render(row, row.id), account: { id, name, role }, csrf_token });
  },
});

const logOut = endpoint({
  name: 'deleteCurrentSession',
  method: 'DELETE',
  path: '/sessions/current',
  tag,
  summary: 'Log out',
  access: 'account',
  replies: { 204: { description: 'Logged out' } },
  async handle({ caller, services, actor, facts }) {
    await services.sessions.end(sessionOf(caller), { accountId: caller.account.id, actor });
    return { ...noContent, cookies: forgottenCookies(facts) };
  },
});

const end = endpoint({
  name: 'deleteSession',
  method: 'DELETE',
  path: '/sessions/:id',
  tag,
  summary: 'End one of your sessions',
  access: 'account',
  params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
  replies: { 204: { description: 'Ended' } },
  async handle({ caller, params, services, actor, facts }) {
    await services.sessions.end(params.id, { accountId: caller.account.id, actor });
    return params.id === caller.sessionId ? { ...noContent, cookies: forgottenCookies(facts) } : noContent;
  },
});

const endAll = endpoint({
  name: 'deleteSessions',
  method: 'DELETE',
  path: '/sessions',
  tag,
  summary: 'Log out everywhere',
  description: 'Ends all your sessions, and every token that was made before.',
  access: 'account',
  replies: { 204: { description: 'Logged out' } },
  async handle({ caller, services, actor, facts }) {
    await services.sessions.endAll(caller.account.id, actor);
    return { ...noContent, cookies: forgottenCookies(facts) };
  },
});

/** A foreign page must not log its reader in to an account of its own choice. @throws Problem `cross-site-request` */
function requirePlaceForCookies({ page, facts }: Pick<Call, 'page' | 'facts'>, transport: Transport | undefined): void {
  if (transport === 'cookie') refuseForeignPage(page, facts.origin);
}

/** The refresh token of a page of ours. @throws Failure `InvalidToken`; Problem `cross-site-request` */
async function cookieToRefresh(call: Pick<Call, 'cookies' | 'page' | 'facts' | 'services'>): Promise<string> {
  const token = call.cookies[REFRESH_COOKIE];
  if (!token) throw new Failure('InvalidArgument', 'A refresh token is needed.', { Field: '/refresh_token' });
  const { sessions, vault } = call.services;
  const sessionId = await sessions.findByRefreshToken(token);
  const own = sessionId === undefined ? undefined : csrfToken(vault, sessionId);
  // Before it is used up: it would be lost to the page that it belongs to.
  if (own !== undefined) requireOwnPage(call.page, { origin: call.facts.origin, csrfToken: own });
  return token;
}

function sessionOf({ sessionId }: { readonly sessionId: string | undefined }): string {
  if (sessionId === undefined) throw new Failure('NoSuchSession');
  return sessionId;
}

function render(row: SessionRow, currentId: string | undefined) {
  const { id, methods, created_at, last_used_at, expires_at, address, user_agent } = row;
  const times = { created_at, last_used_at, expires_at };
  return { id, methods: methods.split(' '), ...times, address, user_agent, current: id === currentId };
}

export const sessionEndpoints = [logIn, proveSecondFactor, refresh, list, current, logOut, end, endAll];
