import { Type } from 'typebox';
import type { Profile } from '../../services/profiles.ts';
import { AccountSchema, renderAccount } from '../account-schema.ts';
import { endpoint } from '../endpoint.ts';
import { noContent, ok } from '../outcomes.ts';
import { input, optionalInput, Password } from '../schemas.ts';
import { forgottenCookies, SessionReply, sessionOutcome, Transport } from '../session-outcome.ts';

const tag = 'accounts';
const path = '/accounts/me';

const OwnAccount = Type.Object({
  ...AccountSchema.properties,
  has_second_factor: Type.Boolean({ description: 'Whether a code is asked for when it logs in.' }),
});

const getOwnAccount = endpoint({
  name: 'getOwnAccount',
  method: 'GET',
  path,
  tag,
  summary: 'Get your account',
  access: 'account',
  replies: { 200: { description: 'The account that asks', schema: OwnAccount } },
  async handle({ caller, services }) {
    return ok(render(await services.profiles.get(caller.account.id)));
  },
});

const updateOwnAccount = endpoint({
  name: 'updateOwnAccount',
  method: 'PATCH',
  path,
  tag,
  summary: 'Change your account',
  description:
    'What is left out stays. Another e-mail needs the current password and is `pending_email` until it is verified; ' +
    'an account without a password needs a log-in of the last ten minutes instead.',
  access: 'account',
  body: input({
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    email: Type.Optional(Type.String({ minLength: 3, maxLength: 254 })),
    current_password: Type.Optional(Password),
  }),
  replies: { 200: { description: 'The account as it is now', schema: OwnAccount } },
  async handle({ caller, body, services, actor, facts }) {
    const { display_name: displayName, current_password: currentPassword, email } = body;
    const change = { displayName, email, currentPassword, actor, linkBase: facts.linkBase };
    return ok(render(await services.profiles.change(caller, change)));
  },
});

const deleteOwnAccount = endpoint({
  name: 'deleteOwnAccount',
  method: 'DELETE',
  path,
  tag,
  summary: 'Delete your account, which must have no buckets',
  description: 'Needs the password; an account without one needs a log-in of the last ten minutes instead.',
  access: 'account',
  body: optionalInput({ password: Type.Optional(Password) }),
  replies: { 204: { description: 'Deleted' } },
  async handle({ caller, body, services, actor, facts }) {
    await services.profiles.remove(caller, { password: body?.password, actor });
    return { ...noContent, cookies: forgottenCookies(facts) };
  },
});

const changePassword = endpoint({
  name: 'changePassword',
  method: 'PUT',
  path: `${path}/password`,
  tag: 'passwords',
  summary: 'Change your password',
  description:
    'Ends every session and begins another for who asks. An account without a password may set one within ten minutes ' +
    'of a log-in.',
  access: 'account',
  body: input({
    current_password: Type.Optional(Password),
    new_password: Password,
    transport: Type.Optional(Transport),
  }),
  replies: { 200: { description: 'Changed: another session', schema: SessionReply } },
  async handle({ caller, body, services, actor, facts }) {
    const { current_password: currentPassword, new_password: newPassword, transport } = body;
    const tokens = await services.profiles.changePassword(caller, { currentPassword, newPassword, actor });
    return { ...sessionOutcome(tokens, { transport, facts, vault: services.vault }), status: 200 };
  },
});

function render({ row, demand }: Profile) {
  return { ...renderAccount(row), has_second_factor: demand.methods.length > 0 };
}

export const ownAccountEndpoints = [getOwnAccount, updateOwnAccount, deleteOwnAccount, changePassword];
