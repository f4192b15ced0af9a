import { Type } from 'typebox';
import type { AuditRow } from '../../../metadata/index.ts';
import { endpoint } from '../endpoint.ts';
import { ok } from '../outcomes.ts';
import { pageOf, pageQuery, readNumberedPage, toPage } from '../paging.ts';
import { input, OptionalText, Time } from '../schemas.ts';

const Entry = Type.Object({
  seq: Type.Integer({ description: 'Later entries have greater numbers.' }),
  at: Time,
  type: Type.String({ description: 'What happened.', examples: ['session.created'] }),
  account: Type.Union([Type.String(), Type.Null()], {
    description: 'The id of the account that it is about; null: none that is known.',
  }),
  actor: Type.Union([Type.String(), Type.Null()], {
    description: 'The id of the account that did it; null: nobody that had proven who it is.',
  }),
  address: OptionalText,
  user_agent: OptionalText,
  detail: Type.Record(Type.String(), Type.String()),
});

const list = endpoint({
  name: 'listAuditEntries',
  method: 'GET',
  path: '/audit',
  tag: 'audit',
  summary: 'See what happened',
  description:
    'The newest entries first. An account sees those that are about it or by it; admins and auditors see all, or those of the `account` that they name.',
  access: 'account',
  query: input({
    ...pageQuery,
    account: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'The id of an account.' })),
    type: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['session.created'] })),
    since: Type.Optional(Type.String({ format: 'date-time', maxLength: 64, description: 'From this time on.' })),
    until: Type.Optional(Type.String({ format: 'date-time', maxLength: 64, description: 'Before this time.' })),
  }),
  replies: { 200: { description: 'A page of entries', schema: pageOf(Entry) } },
  async handle({ caller, query, services }) {
    const { limit, before } = readNumberedPage(query);
    const { account, type, since, until } = query;
    const search = { accountId: account, type, since, until, before, limit: limit + 1 };
    const rows = await services.auditTrail.list(caller.account, search);
    return ok(toPage(rows, { limit, positionOf: ({ seq }) => String(seq), render }));
  },
});

function render(row: AuditRow) {
  const { seq, at, type, address, user_agent } = row;
  const detail = JSON.parse(row.detail);
  return { seq, at, type, account: row.account_id, actor: row.actor_id, address, user_agent, detail };
}

export const auditEndpoints = [list];
