import { Type } from 'typebox';
import { type DclOutcome, printDcl } from '../../services/grants/index.ts';
import { endpoint } from '../endpoint.ts';
import { GrantSchema, MemberSchema, renderGrant, renderMember } from '../grant-schemas.ts';
import { ok } from '../outcomes.ts';
import { input } from '../schemas.ts';

const MAX_TEXT = 65_536;

const Role = Type.Object({ name: Type.String(), owner: Type.String(), members: Type.Array(MemberSchema) });
const Result = Type.Object({
  statement: Type.String({ description: 'As it was understood.' }),
  changed: Type.Optional(Type.Integer({ description: 'How many grants, members or roles came, went or changed.' })),
  grants: Type.Optional(Type.Array(GrantSchema, { description: 'Of SHOW GRANTS.' })),
  roles: Type.Optional(Type.Array(Role, { description: 'Of SHOW ROLES.' })),
});

const runDcl = endpoint({
  name: 'runDcl',
  method: 'POST',
  path: '/dcl',
  tag: 'grants',
  summary: 'Execute GRANT, REVOKE and their like',
  description:
    'One statement or several with semicolons between: all of them in one transaction, or none. What is no statement is refused with the line, the column and what was expected there.',
  access: 'account',
  body: input({
    statements: Type.String({
      minLength: 1,
      maxLength: MAX_TEXT,
      examples: ["GRANT READ, LIST ON BUCKET photos PREFIX 'summer/' TO USER ann"],
    }),
  }),
  replies: { 200: { description: 'What became of each', schema: Type.Object({ results: Type.Array(Result) }) } },
  isIdempotent: true,
  async handle({ body, services, actor }) {
    return ok({ results: (await services.grants.runText(body.statements, actor)).map(renderOutcome) });
  },
});

/** What became of a statement, as JSON. */
export function renderOutcome(outcome: DclOutcome) {
  const statement = printDcl(outcome.statement);
  if (outcome.kind === 'grants') return { statement, grants: outcome.grants.map(renderGrant) };
  if (outcome.kind === 'done') return { statement, changed: outcome.changed };
  const roles = outcome.roles.map(({ name, owner, members }) => ({ name, owner, members: members.map(renderMember) }));
  return { statement, roles };
}

export const dclEndpoints = [runDcl];
