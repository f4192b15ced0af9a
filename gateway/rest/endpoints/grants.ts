import { Type } from 'typebox';
import type { Grantee } from '../../../metadata/index.ts';
import { endpoint } from '../endpoint.ts';
import {
  GranteeInput,
  GrantSchema,
  granteeFields,
  PrivilegesInput,
  readGrantee,
  readPrivileges,
  readTarget,
  renderGrant,
  targetFields,
  wrong,
} from '../grant-schemas.ts';
import { created, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input } from '../schemas.ts';

const tag = 'grants';
const MAX_GRANTEES = 100;

const listGrants = endpoint({
  name: 'listGrants',
  method: 'GET',
  path: '/grants',
  tag,
  summary: 'List grants',
  description:
    'Those that you made, that you have, also by a role or as everybody, and those in your buckets. Admins and auditors see all. `bucket` alone shows also those on what is in it.',
  access: 'account',
  query: input({ ...pageQuery, ...targetFields, ...granteeFields }),
  replies: {
    200: { description: 'A page of grants, in the order in which they were made', schema: pageOf(GrantSchema) },
  },
  async handle({ caller, query, services }) {
    const { limit, position } = readPage(query);
    if (position !== undefined && !/^[1-9]\d{0,14}$/.test(position))
      throw wrong('cursor', 'is not the `next` of a page');
    const rows = await services.grants.list(caller.account, {
      on: readTarget(query),
      grantee: readGrantee(query),
      after: Number(position ?? 0),
      limit: limit + 1,
    });
    return ok(toPage(rows, { limit, positionOf: ({ id }) => String(id), render: renderGrant }));
  },
});

const Changed = Type.Object({ changed: Type.Integer({ description: 'How many grants came, went, or changed.' }) });
const common = { privileges: PrivilegesInput, on: input(targetFields) };
const Grantees = Type.Array(GranteeInput, { minItems: 1, maxItems: MAX_GRANTEES });

const createGrants = endpoint({
  name: 'createGrants',
  method: 'POST',
  path: '/grants',
  tag,
  summary: 'Grant privileges',
  description: 'As GRANT does. What is there already stays as it is.',
  access: 'account',
  body: input({ ...common, to: Grantees, grant_option: Type.Optional(Type.Boolean()) }),
  replies: { 201: { description: 'They are granted', schema: Changed } },
  isIdempotent: true,
  async handle({ body, services, actor }) {
    const { grant_option: withOption = false, on, to } = body;
    const target = readTarget(on, '/on/') ?? missing('/on/bucket');
    const privileges = readPrivileges(body.privileges, target);
    const grantees = readGrantees(to, '/to');
    const [result] = await services.grants.run([{ kind: 'grant', privileges, target, grantees, withOption }], actor);
    return created(result);
  },
});

const deleteGrants = endpoint({
  name: 'deleteGrants',
  method: 'DELETE',
  path: '/grants',
  tag,
  summary: 'Revoke privileges',
  description:
    'As REVOKE does: what you granted yourself, or the owner where you are that. Where others hang on it nothing is done, unless `cascade` is to revoke them as well.',
  access: 'account',
  body: input({
    ...common,
    from: Grantees,
    grant_option_only: Type.Optional(Type.Boolean({ description: 'The privileges themselves stay.' })),
    cascade: Type.Optional(Type.Boolean()),
  }),
  replies: { 200: { description: 'They are revoked', schema: Changed } },
  async handle({ body, services, actor }) {
    const { grant_option_only: optionOnly = false, cascade = false, on, from } = body;
    const target = readTarget(on, '/on/') ?? missing('/on/bucket');
    const privileges = readPrivileges(body.privileges, target);
    const grantees = readGrantees(from, '/from');
    const statement = { kind: 'revoke', privileges, target, grantees, optionOnly, cascade } as const;
    const [result] = await services.grants.run([statement], actor);
    return ok(result);
  },
});

function readGrantees(given: readonly Parameters<typeof readGrantee>[0][], at: string): Grantee[] {
  return given.map((each, index) => readGrantee(each, `${at}/${index}/`) ?? missing(`${at}/${index}/user`));
}

function missing(field: string): never {
  throw wrong(field, 'is missing');
}

export const grantEndpoints = [listGrants, createGrants, deleteGrants];
