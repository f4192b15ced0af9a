import { Type } from 'typebox';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { accepted, noContent } from '../outcomes.ts';
import { input, Password } from '../schemas.ts';

const Token = Type.String({ minLength: 1, maxLength: 128, description: 'What was mailed.' });

const Sent = Type.Object({ status: Type.Literal('accepted') });

const askForVerification = endpoint({
  name: 'createEmailVerification',
  method: 'POST',
  path: '/accounts/me/email/verification',
  tag: 'accounts',
  summary: 'Have your e-mail asked again whether it is yours',
  description: 'The token that was mailed before is worth nothing any more.',
  access: 'account',
  replies: { 202: { description: 'A mail is on its way', schema: Sent } },
  async handle({ caller, services, actor, facts }) {
    await services.emails.askAgain(caller.account.id, { actor, linkBase: facts.linkBase });
    return accepted({ status: 'accepted' });
  },
});

const verifyEmail = endpoint({
  name: 'verifyEmail',
  method: 'POST',
  path: '/email-verifications',
  tag: 'accounts',
  summary: 'Show with a mailed token that an e-mail is yours',
  description:
    'Whoever has the mailbox must be the account as well: logged in to it, or with its password. So nobody confirms an ' +
    'account that a stranger has made with their e-mail.',
  access: 'optional',
  body: input({ token: Token, password: Type.Optional(Password) }),
  replies: { 204: { description: 'The e-mail is verified' } },
  async handle({ body, caller, services, actor }) {
    await services.emails.verify({ token: body.token, password: body.password, caller, actor });
    return noContent;
  },
});

const askForReset = endpoint({
  name: 'createPasswordReset',
  method: 'POST',
  path: '/password-resets',
  tag: 'passwords',
  summary: 'Have a mail sent by which a forgotten password is replaced',
  description: 'Goes to verified e-mails alone. The reply is the same whether there is such an account or not.',
  access: 'public',
  body: input({ email: Type.String({ minLength: 3, maxLength: 254 }) }),
  replies: { 202: { description: 'If there is such an account, a mail is on its way', schema: Sent } },
  async handle({ body, services, actor, facts }) {
    await services.passwordResets.request({ email: body.email, actor, linkBase: facts.linkBase });
    return accepted({ status: 'accepted' });
  },
});

const reset = endpoint({
  name: 'resetPassword',
  method: 'PUT',
  path: '/password-resets',
  tag: 'passwords',
  summary: 'Set a password with a mailed token; ends every session',
  access: 'public',
  body: input({ token: Token, new_password: Password }),
  replies: { 204: { description: 'Set: log in with it' } },
  async handle({ body, services, actor }) {
    await services.passwordResets.complete({ token: body.token, password: body.new_password, actor });
    return noContent;
  },
});

export const emailEndpoints: readonly Endpoint[] = [askForVerification, verifyEmail, askForReset, reset];
