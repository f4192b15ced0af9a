import { type Static, Type } from 'typebox';
import type { Grantee, GrantRoleRow } from '../../../metadata/index.ts';
import { endpoint } from '../endpoint.ts';
import { AccountName, MemberSchema, RoleName, readGrantee, renderMember, wrong } from '../grant-schemas.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, Time } from '../schemas.ts';

const tag = 'grants';

const Role = Type.Object({ name: Type.String(), owner: Type.String(), created_at: Time });
const Params = input({ name: RoleName });
const Cascade = Type.Optional(Type.Boolean({ description: 'Also what depends on it.' }));
const MemberInput = input({
  user: Type.Optional(AccountName),
  role: Type.Optional(RoleName),
});

const listRoles = endpoint({
  name: 'listRoles',
  method: 'GET',
  path: '/roles',
  tag,
  summary: 'List roles, by name',
  description: 'Those that you made or are in; admins and auditors see all.',
  access: 'account',
  query: input(pageQuery),
  replies: { 200: { description: 'A page of roles', schema: pageOf(Role) } },
  async handle({ caller, query, services }) {
    const { limit, position } = readPage(query);
    const rows = await services.grants.listRoles(caller.account, { after: position, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ name }) => name, render }));
  },
});

const createRole = endpoint({
  name: 'createRole',
  method: 'POST',
  path: '/roles',
  tag,
  summary: 'Make a role',
  description: 'It is yours: you let others in, and drop it.',
  access: 'account',
  body: input({ name: { ...RoleName, pattern: '^[A-Za-z0-9._@+-]+$' } }),
  replies: { 201: { description: 'The role', schema: Role } },
  isIdempotent: true,
  async handle({ body: { name }, services, actor }) {
    await services.grants.run([{ kind: 'create-role', role: name }], actor);
    return created(render(await services.grants.getRole(name)));
  },
});

const deleteRole = endpoint({
  name: 'deleteRole',
  method: 'DELETE',
  path: '/roles/:name',
  tag,
  summary: 'Drop a role',
  description: 'While it has members or grants only with `cascade`, which takes these away.',
  access: 'account',
  params: Params,
  query: input({ cascade: Cascade }),
  replies: { 204: { description: 'The role is gone' } },
  async handle({ params, query: { cascade = false }, services, actor }) {
    await services.grants.run([{ kind: 'drop-role', role: params.name, ifExists: false, cascade }], actor);
    return noContent;
  },
});

const listRoleMembers = endpoint({
  name: 'listRoleMembers',
  method: 'GET',
  path: '/roles/:name/members',
  tag,
  summary: 'List who is in a role',
  access: 'account',
  params: Params,
  replies: {
    200: { description: 'All of them, once a grantor', schema: Type.Object({ items: Type.Array(MemberSchema) }) },
  },
  async handle({ caller, params, services }) {
    return ok({ items: (await services.grants.listMembers(caller.account, params.name)).map(renderMember) });
  },
});

const addRoleMember = endpoint({
  name: 'addRoleMember',
  method: 'POST',
  path: '/roles/:name/members',
  tag,
  summary: 'Let an account or a role into a role',
  access: 'account',
  params: Params,
  body: input({ ...MemberInput.properties, admin_option: Type.Optional(Type.Boolean()) }),
  replies: { 204: { description: 'It is in the role' } },
  async handle({ params, body, services, actor }) {
    const { admin_option: withOption = false } = body;
    const grantees = [readMember(body, '/')];
    await services.grants.run([{ kind: 'grant-role', roles: [params.name], grantees, withOption }], actor);
    return noContent;
  },
});

const removeRoleMember = endpoint({
  name: 'removeRoleMember',
  method: 'DELETE',
  path: '/roles/:name/members',
  tag,
  summary: 'Take an account or a role out of a role',
  access: 'account',
  params: Params,
  query: input({ ...MemberInput.properties, cascade: Cascade }),
  replies: { 204: { description: 'It is not in the role by your leave any more' } },
  async handle({ params, query, services, actor }) {
    const { cascade = false } = query;
    const grantees = [readMember(query, '')];
    const statement = { kind: 'revoke-role', roles: [params.name], grantees, optionOnly: false, cascade } as const;
    await services.grants.run([statement], actor);
    return noContent;
  },
});

function readMember({ user, role }: Static<typeof MemberInput>, at: string): Grantee {
  const named = { ...(user === undefined ? {} : { user }), ...(role === undefined ? {} : { role }) };
  const grantee = readGrantee(named, at);
  if (grantee === undefined) throw wrong(`${at}user`, 'is missing');
  return grantee;
}

function render({ name, owner, created_at }: GrantRoleRow) {
  return { name, owner, created_at };
}

export const roleEndpoints = [listRoles, createRole, deleteRole, listRoleMembers, addRoleMember, removeRoleMember];
