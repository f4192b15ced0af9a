import { type Static, Type } from 'typebox';
import type { InviteRow } from '../../../metadata/index.ts';
import { endpoint } from '../endpoint.ts';
import { API_PREFIX } from '../link-base.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { PageQuery, pageOf, readPage, toPage } from '../paging.ts';
import { input, OptionalText, OptionalTime, Time } from '../schemas.ts';
import { AssignableRole } from './registration.ts';

const tag = 'invites';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 168;
const YEAR_HOURS = 8760;

const Invite = Type.Object({
  id: Type.String(),
  email: OptionalText,
  role: AssignableRole,
  created_by: OptionalText,
  created_at: Time,
  expires_at: Time,
  used_by: OptionalText,
  used_at: OptionalTime,
});

const NewInvite = Type.Object({
  ...Invite.properties,
  token: Type.String({ description: 'Shown this once: the `invite` of a registration.' }),
});

const createInvite = endpoint({
  name: 'createInvite',
  method: 'POST',
  path: '/invites',
  tag,
  summary: 'Invite somebody to register',
  description: 'With an e-mail it is mailed there, and whoever registers with it has that e-mail as a verified one.',
  access: 'admin',
  body: input({
    email: Type.Optional(Type.String({ minLength: 3, maxLength: 254 })),
    role: Type.Optional(AssignableRole),
    expires_in_hours: Type.Optional(Type.Integer({ minimum: 1, maximum: YEAR_HOURS, default: DEFAULT_HOURS })),
  }),
  replies: { 201: { description: 'The invite', schema: NewInvite } },
  isIdempotent: true,
  async handle({ body, caller, services, actor, facts }) {
    const { email, role = 'member', expires_in_hours: hours = DEFAULT_HOURS } = body;
    const { token, ...row } = await services.invites.create({
      email,
      role,
      lifetimeMs: hours * HOUR_MS,
      by: caller.account.id,
      actor,
      linkBase: facts.linkBase,
    });
    return created({ ...render(row), token }, `${API_PREFIX}/invites/${row.id}`);
  },
});

const listInvites = endpoint({
  name: 'listInvites',
  method: 'GET',
  path: '/invites',
  tag,
  summary: 'List invites, the newest first',
  access: 'overseer',
  query: PageQuery,
  replies: { 200: { description: 'A page of invites', schema: pageOf(Invite) } },
  async handle({ query, services }) {
    const { limit, position } = readPage(query);
    const rows = await services.invites.list({ before: position, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ id }) => id, render }));
  },
});

const deleteInvite = endpoint({
  name: 'deleteInvite',
  method: 'DELETE',
  path: '/invites/:id',
  tag,
  summary: 'Revoke an invite',
  access: 'admin',
  params: input({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  replies: { 204: { description: 'It is good for nothing any more' } },
  async handle({ params, services, actor }) {
    await services.invites.remove(params.id, actor);
    return noContent;
  },
});

function render(row: InviteRow): Static<typeof Invite> {
  const { id, email, role, created_by, created_at, expires_at, used_by, used_at } = row;
  return { id, email, role, created_by, created_at, expires_at, used_by, used_at };
}

export const inviteEndpoints = [createInvite, listInvites, deleteInvite];
