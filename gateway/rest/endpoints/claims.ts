import { Type } from 'typebox';
import { type AccountRow, type ClaimRow, Failure } from '../../../metadata/index.ts';
import { isAdmin } from '../../services/access/index.ts';
import type { Services } from '../../services/index.ts';
import { endpoint } from '../endpoint.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { Problem } from '../problem.ts';
import { input, Time } from '../schemas.ts';

const tag = 'claims';

const Account = Type.Optional(
  Type.String({ minLength: 1, maxLength: 64, description: "Its name or id; left out: the caller's." }),
);
const Prefix = Type.String({ minLength: 1, maxLength: 63, description: 'What names of buckets begin with.' });

const Claim = Type.Object({
  prefix: Type.String(),
  account_id: Type.String(),
  account: Type.String(),
  created_at: Time,
});

const list = endpoint({
  name: 'listClaims',
  method: 'GET',
  path: '/claims',
  tag,
  summary: 'List claims on bucket prefixes',
  description: 'Your own; admins and auditors list all, or those of one account.',
  access: 'account',
  query: input({ ...pageQuery, account: Account }),
  replies: { 200: { description: 'A page of them', schema: pageOf(Claim) } },
  async handle({ caller: { account: asker }, query: { account, ...page }, services }) {
    const { limit, position } = readPage(page);
    const mayAsk = isAdmin(asker) || asker.role === 'auditor';
    const everybodys = mayAsk ? undefined : asker;
    const of = account === undefined ? everybodys : await findAccount(account, { services, asker, mayAsk });
    const after = parsePosition(position);
    const rows = await services.claims.page({ accountId: of?.id, after, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: (row) => `${row.prefix} ${row.account_id}`, render }));
  },
});

const create = endpoint({
  name: 'createClaim',
  method: 'POST',
  path: '/claims',
  tag,
  summary: 'Claim a bucket prefix',
  description:
    'From then on only accounts with a claim on it make buckets whose names begin with it. Admins give prefixes to any account, also to several; where the settings say `first-come`, an account takes one that no claim of another overlaps. Buckets of others that begin with it are in the way, unless an admin lets them stay with `grandfather`.',
  access: 'account',
  body: input({
    prefix: Prefix,
    account: Account,
    grandfather: Type.Optional(Type.Boolean({ description: 'For admins: buckets that are there stay as they are.' })),
  }),
  replies: { 201: { description: 'The claim', schema: Claim } },
  isIdempotent: true,
  async handle({ caller, body, services, actor }) {
    const { prefix, grandfather = false } = body;
    const asker = caller.account;
    const mayAsk = isAdmin(asker);
    const account = body.account === undefined ? asker : await findAccount(body.account, { services, asker, mayAsk });
    if (mayAsk) await services.claims.add({ prefix, account, grandfather, actor });
    else if (grandfather)
      throw new Failure('AccessDenied', `Only admins may claim '${prefix}' over buckets of others.`);
    else await services.claims.take({ prefix, account, actor });
    const [row] = await services.claims.page({ accountId: account.id, after: { prefix, accountId: '' }, limit: 1 });
    if (row?.prefix !== prefix) throw new Failure('NoSuchClaim');
    return created(render(row));
  },
});

const remove = endpoint({
  name: 'deleteClaim',
  method: 'DELETE',
  path: '/claims/:prefix',
  tag,
  summary: 'Give up a claim, or take one away',
  description: 'Your own where the settings say `first-come`; admins that of any account. Buckets stay.',
  access: 'account',
  params: Type.Object({ prefix: Prefix }),
  query: input({ account: Account }),
  replies: { 204: { description: 'The claim is gone' } },
  async handle({ caller, params: { prefix }, query, services, actor }) {
    const asker = caller.account;
    const mayAsk = isAdmin(asker);
    const account = query.account === undefined ? asker : await findAccount(query.account, { services, asker, mayAsk });
    if (!services.claims.mayTake(asker)) throw new Failure('AccessDenied', 'Only admins take claims away.');
    await services.claims.remove({ prefix, account, actor });
    return noContent;
  },
});

interface Asking {
  readonly services: Services;
  readonly asker: AccountRow;
  /** Whether it may ask about others. */
  readonly mayAsk: boolean;
}

/** Whom a request is about. @throws Failure `NoSuchAccount`; `AccessDenied` whether or not there is such another */
async function findAccount(nameOrId: string, { services, asker, mayAsk }: Asking): Promise<AccountRow> {
  if (nameOrId === asker.id || nameOrId === asker.name) return asker;
  if (!mayAsk) throw new Failure('AccessDenied', 'That is for admins: you may ask about your own account alone.');
  return (await services.accounts.findById(nameOrId)) ?? services.accounts.get(nameOrId);
}

function parsePosition(position: string | undefined) {
  if (position === undefined) return undefined;
  const [prefix, accountId, more] = position.split(' ');
  if (prefix !== undefined && accountId !== undefined && more === undefined) return { prefix, accountId };
  throw new Problem('invalid-request', { errors: [{ field: 'cursor', message: 'is not the `next` of a page' }] });
}

function render({ prefix, account_id, account, created_at }: ClaimRow) {
  return { prefix, account_id, account, created_at };
}

export const claimEndpoints = [list, create, remove];
