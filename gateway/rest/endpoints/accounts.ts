import { Type } from 'typebox';
import type { AccountChanges } from '../../../metadata/index.ts';
import { AccountSchema, FactorPolicy, Role, renderAccount, Status } from '../account-schema.ts';
import { endpoint } from '../endpoint.ts';
import { noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, Password } from '../schemas.ts';
import { AssignableRole } from './registration.ts';

const tag = 'accounts';

const Id = input({ id: Type.String({ minLength: 1, maxLength: 64 }) });
const nameText = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9._@+-]+$' });

const listAccounts = endpoint({
  name: 'listAccounts',
  method: 'GET',
  path: '/accounts',
  tag,
  summary: 'List accounts, by name',
  access: 'overseer',
  query: input({
    ...pageQuery,
    role: Type.Optional(Role),
    status: Type.Optional(Status),
    name: Type.Optional({ ...nameText, description: 'The account of that name, in whatever case.' }),
    q: Type.Optional({ ...nameText, description: 'What the name begins with, in whatever case.' }),
  }),
  replies: { 200: { description: 'A page of accounts', schema: pageOf(AccountSchema) } },
  async handle({ query: { limit, cursor, q, ...filter }, services }) {
    const page = readPage({ ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) });
    const rows = await services.administration.list({
      ...filter,
      prefix: q,
      after: page.position,
      limit: page.limit,
    });
    return ok(toPage(rows, { limit: page.limit, positionOf: ({ name }) => name, render: renderAccount }));
  },
});

const getAccount = endpoint({
  name: 'getAccount',
  method: 'GET',
  path: '/accounts/:id',
  tag,
  summary: 'Get an account',
  access: 'overseer',
  params: Id,
  replies: { 200: { description: 'The account', schema: AccountSchema } },
  async handle({ params, services }) {
    return ok(renderAccount(await services.administration.get(params.id)));
  },
});

const updateAccount = endpoint({
  name: 'updateAccount',
  method: 'PATCH',
  path: '/accounts/:id',
  tag,
  summary: 'Change an account',
  description:
    'What is left out stays. Another role, and disabling, end every session of the account; nobody does that to its ' +
    'own. Another e-mail is not verified unless email_verified says so.',
  access: 'admin',
  params: Id,
  body: input({
    role: Type.Optional(AssignableRole),
    status: Type.Optional(Status),
    quota_bytes: Type.Optional(
      Type.Union([Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], {
        description: 'How much its buckets may hold; null: as much as there is room for.',
      }),
    ),
    second_factor: Type.Optional(FactorPolicy),
    email: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 254 }), Type.Null()])),
    email_verified: Type.Optional(Type.Boolean()),
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  }),
  replies: { 200: { description: 'The account as it is now', schema: AccountSchema } },
  async handle({ params, body, services, actor }) {
    const changes: AccountChanges = {
      role: body.role,
      status: body.status,
      quotaBytes: body.quota_bytes,
      secondFactor: body.second_factor,
      email: body.email,
      emailVerified: body.email_verified,
      displayName: body.display_name,
    };
    await services.administration.change(params.id, changes, actor);
    return ok(renderAccount(await services.administration.get(params.id)));
  },
});

const setPassword = endpoint({
  name: 'setAccountPassword',
  method: 'PUT',
  path: '/accounts/:id/password',
  tag,
  summary: 'Give another account a password; ends its sessions',
  access: 'admin',
  params: Id,
  body: input({ password: Password }),
  replies: { 204: { description: 'Changed' } },
  async handle({ params, body, services, actor }) {
    await services.administration.setPassword(params.id, body.password, actor);
    return noContent;
  },
});

const deleteAccount = endpoint({
  name: 'deleteAccount',
  method: 'DELETE',
  path: '/accounts/:id',
  tag,
  summary: 'Delete another account, which must have no buckets',
  access: 'admin',
  params: Id,
  replies: { 204: { description: 'Deleted' } },
  async handle({ params, services, actor }) {
    await services.administration.delete(params.id, actor);
    return noContent;
  },
});

const endSessions = endpoint({
  name: 'deleteAccountSessions',
  method: 'DELETE',
  path: '/accounts/:id/sessions',
  tag,
  summary: 'Log an account out everywhere',
  access: 'admin',
  params: Id,
  replies: { 204: { description: 'No token that it had counts any more' } },
  async handle({ params, services, actor }) {
    await services.administration.endSessions(params.id, actor);
    return noContent;
  },
});

const removeFactors = endpoint({
  name: 'deleteAccountSecondFactors',
  method: 'DELETE',
  path: '/accounts/:id/factors',
  tag,
  summary: 'Take all second factors from another account, which has lost them; ends its sessions',
  access: 'admin',
  params: Id,
  replies: { 204: { description: 'Removed' } },
  async handle({ params, services, actor }) {
    await services.administration.removeFactors(params.id, actor);
    return noContent;
  },
});

export const accountEndpoints = [
  listAccounts,
  getAccount,
  updateAccount,
  setPassword,
  deleteAccount,
  endSessions,
  removeFactors,
];
