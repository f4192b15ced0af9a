import { Type } from 'typebox';
import { type AccessKeyRow, Failure } from '../../../metadata/index.ts';
import type { KeyFacts } from '../../services/access-keys.ts';
import { type Call, endpoint, type Outcome } from '../endpoint.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { PageQuery, pageOf, readPage, toPage } from '../paging.ts';
import { input, OptionalTime, Time } from '../schemas.ts';

const tag = 'keys';
const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

const accessKey = Type.String({ minLength: 1, maxLength: 128 });
const accountId = Type.String({ minLength: 1, maxLength: 64 });
const Name = Type.String({ minLength: 1, maxLength: 128, description: 'What it is for.' });
const Policy = Type.Object(
  {},
  {
    additionalProperties: true,
    description:
      'Narrows what the account may do: IAM JSON of `Version` "2012-10-17" and statements of `Sid`, `Effect`, `Action` or `NotAction`, `Resource` or `NotResource`; at most 16 KiB.',
  },
);
const expiry = { maxLength: 64, format: 'date-time' };
const ExpiresInDays = Type.Optional(
  Type.Integer({ minimum: 1, maximum: MAX_DAYS, description: 'In the place of `expires_at`.' }),
);

const NewKey = input({
  name: Type.Optional(Name),
  expires_at: Type.Optional(Type.String({ ...expiry, description: 'In the future; left out: never.' })),
  expires_in_days: ExpiresInDays,
  policy: Type.Optional(Policy),
});

const ChangedKey = input({
  name: Type.Optional(Type.Union([Name, Type.Null()])),
  expires_at: Type.Optional(Type.Union([Type.String(expiry), Type.Null()])),
  expires_in_days: ExpiresInDays,
  policy: Type.Optional(Type.Union([Policy, Type.Null()])),
});

const keyFields = {
  access_key: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  created_at: Time,
  last_used_at: { ...OptionalTime, description: 'To the minute, and written once a minute.' },
  expires_at: OptionalTime,
  policy: Type.Union([Policy, Type.Null()]),
};
const Key = Type.Object(keyFields);
const CreatedKey = Type.Object({
  ...keyFields,
  secret_key: Type.String({ description: 'Shown this once.' }),
});

const list = endpoint({
  name: 'listKeys',
  method: 'GET',
  path: '/keys',
  tag,
  summary: 'List your access keys',
  access: 'account',
  query: PageQuery,
  replies: { 200: { description: 'A page of them, without their secrets', schema: pageOf(Key) } },
  handle: ({ caller, query, services }) => listOf(caller.account.id, { query, services }),
});

const create = endpoint({
  name: 'createKey',
  method: 'POST',
  path: '/keys',
  tag,
  summary: 'Make an access key',
  description: 'The reply has its secret, which is never shown again. An account has at most 100.',
  access: 'account',
  body: NewKey,
  replies: { 201: { description: 'The key and its secret', schema: CreatedKey } },
  isIdempotent: true,
  handle: ({ caller, ...call }) => createFor(caller.account.id, call),
});

const get = endpoint({
  name: 'getKey',
  method: 'GET',
  path: '/keys/:access_key',
  tag,
  summary: 'Look at one of your access keys',
  access: 'account',
  params: Type.Object({ access_key: accessKey }),
  replies: { 200: { description: 'The key, without its secret', schema: Key } },
  async handle({ caller, params, services }) {
    return ok(render(await services.accessKeys.get({ accessKey: params.access_key, accountId: caller.account.id })));
  },
});

const change = endpoint({
  name: 'updateKey',
  method: 'PATCH',
  path: '/keys/:access_key',
  tag,
  summary: 'Change the name, expiry or policy of one of your access keys',
  description: 'What is left out stays; null takes it away. It counts at once.',
  access: 'account',
  params: Type.Object({ access_key: accessKey }),
  body: ChangedKey,
  replies: { 200: { description: 'The key, without its secret', schema: Key } },
  async handle({ caller, params, body, services, actor }) {
    const name = { accessKey: params.access_key, accountId: caller.account.id };
    await services.accessKeys.change(name, { ...factsOf(body), actor });
    return ok(render(await services.accessKeys.get(name)));
  },
});

const remove = endpoint({
  name: 'deleteKey',
  method: 'DELETE',
  path: '/keys/:access_key',
  tag,
  summary: 'Delete one of your access keys',
  access: 'account',
  params: Type.Object({ access_key: accessKey }),
  replies: { 204: { description: 'It signs nothing any more' } },
  async handle({ caller, params, services, actor }) {
    await services.accessKeys.delete({ accessKey: params.access_key, accountId: caller.account.id }, actor);
    return noContent;
  },
});

const listForAccount = endpoint({
  name: 'listAccountKeys',
  method: 'GET',
  path: '/accounts/:id/keys',
  tag,
  summary: 'List the access keys of an account',
  access: 'overseer',
  params: Type.Object({ id: accountId }),
  query: PageQuery,
  replies: { 200: { description: 'A page of them, without their secrets', schema: pageOf(Key) } },
  async handle({ params, query, services }) {
    const account = await services.accounts.findById(params.id);
    if (account === undefined) throw new Failure('NoSuchAccount');
    return listOf(account.id, { query, services });
  },
});

const createForAccount = endpoint({
  name: 'createAccountKey',
  method: 'POST',
  path: '/accounts/:id/keys',
  tag,
  summary: 'Make an access key for an account',
  access: 'admin',
  params: Type.Object({ id: accountId }),
  body: NewKey,
  replies: { 201: { description: 'The key and its secret', schema: CreatedKey } },
  isIdempotent: true,
  handle: ({ params, ...call }) => createFor(params.id, call),
});

const removeOfAccount = endpoint({
  name: 'deleteAccountKey',
  method: 'DELETE',
  path: '/accounts/:id/keys/:access_key',
  tag,
  summary: 'Delete an access key of an account',
  access: 'admin',
  params: Type.Object({ id: accountId, access_key: accessKey }),
  replies: { 204: { description: 'It signs nothing any more' } },
  async handle({ params, services, actor }) {
    await services.accessKeys.delete({ accessKey: params.access_key, accountId: params.id }, actor);
    return noContent;
  },
});

type ListCall = Pick<Call<'account', undefined, typeof PageQuery>, 'query' | 'services'>;

async function listOf(account: string, { query, services }: ListCall): Promise<Outcome> {
  const { limit, position } = readPage(query);
  const rows = await services.accessKeys.page(account, { after: position, limit: limit + 1 });
  return ok(toPage(rows, { limit, positionOf: (row) => row.access_key, render }));
}

type CreateCall = Pick<Call<'account', undefined, undefined, typeof NewKey>, 'body' | 'services' | 'actor'>;

async function createFor(account: string, { body, services, actor }: CreateCall): Promise<Outcome> {
  const pair = await services.accessKeys.create({ id: account }, { ...factsOf(body), actor });
  const row = await services.accessKeys.get({ accessKey: pair.accessKey });
  return created({ ...render(row), secret_key: pair.secretKey }, `/api/v1/keys/${pair.accessKey}`);
}

interface FactsBody {
  readonly name?: string | null;
  readonly expires_at?: string | null;
  readonly expires_in_days?: number;
  readonly policy?: object | null;
}

/** @throws Failure `InvalidArgument` for two expiries */
function factsOf({ name, expires_at: at, expires_in_days: days, policy }: FactsBody): KeyFacts {
  if (at !== undefined && days !== undefined) {
    throw new Failure('InvalidArgument', 'A key expires once: at a time, or in days.', { Field: '/expires_in_days' });
  }
  return { name, policy, expiresAt: days === undefined ? toDate(at) : new Date(Date.now() + days * DAY_MS) };
}

function toDate(at: string | null | undefined): Date | null | undefined {
  return typeof at === 'string' ? new Date(at) : at;
}

function render({ access_key, name, created_at, last_used_at, expires_at, policy }: AccessKeyRow) {
  const parsed: unknown = policy === null ? null : JSON.parse(policy);
  return { access_key, name, created_at, last_used_at, expires_at, policy: parsed };
}

export const keyEndpoints = [list, create, get, change, remove, listForAccount, createForAccount, removeOfAccount];
