import { Type } from 'typebox';
import { Failure, type SessionRow } from '../../../metadata/index.ts';
import { csrfToken } from '../credentials.ts';
import { endpoint } from '../endpoint.ts';
import { noContent, ok } from '../outcomes.ts';
import { PageQuery, pageOf, readPage, toPage } from '../paging.ts';
import { OptionalText, Time } from '../schemas.ts';
import { forgottenCookies, SessionReply } from '../session-outcome.ts';

const tag = 'sessions';

const Session = Type.Object({
  id: Type.String(),
  methods: Type.Array(Type.String(), { description: 'How it was proven who it is.' }),
  created_at: Time,
  last_used_at: Time,
  expires_at: Time,
  address: OptionalText,
  user_agent: OptionalText,
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

function sessionOf({ sessionId }: { readonly sessionId: string | undefined }): string {
  if (sessionId === undefined) throw new Failure('NoSuchSession');
  return sessionId;
}

function render(row: SessionRow, currentId: string | undefined) {
  const { id, methods, created_at, last_used_at, expires_at, address, user_agent } = row;
  const times = { created_at, last_used_at, expires_at };
  return { id, methods: methods.split(' '), ...times, address, user_agent, current: id === currentId };
}

export const sessionEndpoints = [list, current, logOut, end, endAll];
