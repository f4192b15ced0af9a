import { Type } from 'typebox';
import { endpoint } from '../endpoint.ts';
import { ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input } from '../schemas.ts';

const Count = Type.Integer();
const described = (description: string) => Type.Integer({ description });

const Account = Type.Object({
  account: Type.String(),
  account_id: Type.String(),
  object_count: described('All versions.'),
  logical_bytes: described('What counts for the quota: all versions, and the parts of uploads under way.'),
  quota_bytes: Type.Union([Count, Type.Null()], { description: 'Null: as much as there is room for.' }),
});

const Total = Type.Object({
  account_count: Count,
  object_count: Count,
  logical_bytes: Count,
  stored_bytes: described('What is kept of them: the same bytes once, where it is known that they are the same.'),
  saved_bytes: described('What would be stored beside that if nothing were shared.'),
  released_bytes: described('Of nobody any more: the sweeper will remove them.'),
  trash_files: Count,
  trash_bytes: described('They count for the quotas.'),
  part_count: Count,
  part_bytes: described('Of uploads under way. They count for the quotas.'),
});

const Usage = Type.Object({
  total: Type.Union([Total, Type.Null()], { description: 'With the first page of all accounts; null elsewhere.' }),
  ...pageOf(Account).properties,
});

const getUsage = endpoint({
  name: 'getUsage',
  method: 'GET',
  path: '/usage',
  tag: 'accounts',
  summary: 'See what accounts store, and what that takes',
  access: 'overseer',
  query: input({
    ...pageQuery,
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'The name of one alone.' })),
  }),
  replies: { 200: { description: 'A page of accounts, by name', schema: Usage } },
  async handle({ query: { account, ...page }, services }) {
    const { limit, position: after } = readPage(page);
    const rows = await services.usage.page({ account, after, limit });
    const total = after === undefined && account === undefined ? await services.usage.total() : null;
    const positionOf = (row: { readonly account: string }) => row.account;
    return ok({ total, ...toPage(rows, { limit, positionOf, render: (row) => row }) });
  },
});

export const usageEndpoints = [getUsage];
