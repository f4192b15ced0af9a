import { Type } from 'typebox';
import { AccountSchema, renderAccount } from '../account-schema.ts';
import { endpoint } from '../endpoint.ts';
import { API_PREFIX } from '../link-base.ts';
import { created } from '../outcomes.ts';
import { input, Password } from '../schemas.ts';

export const AssignableRole = Type.Union([Type.Literal('admin'), Type.Literal('member'), Type.Literal('auditor')]);

const register = endpoint({
  name: 'createAccount',
  method: 'POST',
  path: '/accounts',
  tag: 'accounts',
  summary: 'Register',
  description:
    'For everybody, for who has an invite, or for admins alone, as the gateway is set up. An admin may say the role and ' +
    'leave out the password: then whoever has the e-mail is mailed how to choose one.',
  access: 'optional',
  body: input({
    name: Type.String({ minLength: 1, maxLength: 64, description: 'One with an @ must be the e-mail.' }),
    password: Type.Optional(Password),
    email: Type.Optional(Type.String({ minLength: 3, maxLength: 254 })),
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    invite: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    role: Type.Optional(AssignableRole),
  }),
  replies: { 201: { description: 'The account', schema: AccountSchema } },
  isIdempotent: true,
  async handle({ body, caller, services, actor, facts }) {
    const { display_name: displayName, ...rest } = body;
    const row = await services.registration.register({
      ...rest,
      displayName,
      by: caller?.account,
      actor,
      linkBase: facts.linkBase,
    });
    return created(renderAccount(row), `${API_PREFIX}/accounts/${row.id}`);
  },
});

export const registrationEndpoints = [register];
