import { Type } from 'typebox';
import { Failure } from '../../../metadata/index.ts';
import type { Admission } from '../../services/sessions/log-in.ts';
import { endpoint, type Outcome } from '../endpoint.ts';
import { accepted, created, noContent } from '../outcomes.ts';
import { input } from '../schemas.ts';

const tag = 'sessions';

const Credentials = input({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "The account's name, or its e-mail." })),
  email: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
});

const logIn = endpoint({
  name: 'createSession',
  method: 'POST',
  path: '/sessions',
  tag,
  summary: 'Log in',
  access: 'public',
  body: Credentials,
  replies: {
    201: { description: 'A session', schema: Type.Any() },
    202: { description: 'A second factor is needed', schema: Type.Any() },
  },
  async handle({ body, services, actor }) {
    const login = body.name ?? body.email;
    if (login === undefined) throw new Failure('InvalidArgument', 'A name or an e-mail is needed.', { Field: '/name' });
    return renderAdmission(await services.logIn.byPassword({ login, password: body.password, code: body.code, actor }));
  },
});

const logOut = endpoint({
  name: 'deleteCurrentSession',
  method: 'DELETE',
  path: '/sessions/current',
  tag,
  summary: 'Log out',
  access: 'account',
  replies: { 204: { description: 'Logged out' } },
  async handle({ caller, services, actor }) {
    await services.sessions.end(caller.sessionId ?? '', { accountId: caller.account.id, actor });
    return noContent;
  },
});

export function renderAdmission(admission: Admission): Outcome {
  if (admission.kind === 'session') {
    const { account, sessionId, ...tokens } = admission.tokens;
    return created({ session_id: sessionId, access_token: tokens.accessToken, refresh_token: tokens.refreshToken });
  }
  return accepted(admission);
}

export const sessionEndpoints = [logIn, logOut];
