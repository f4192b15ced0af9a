import { Type } from 'typebox';
import { actorOf } from '../rest/request-facts.ts';
import { Password } from '../rest/schemas.ts';
import type { SessionTokens } from '../services/sessions/sessions.ts';
import { callerOf, type Dialect, dialectRoute, logIn, requireSession, sentenceOf } from './dialect.ts';
import { generalDocumentRoutes } from './general-documents.ts';
import { generalFileRoutes } from './general-files.ts';
import { generalToken } from './general-token.ts';

const OK = { _status: 'OK' };

const NameAndPassword = Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }), password: Password });
const LogIn = Type.Interface([NameAndPassword], { code: Type.Optional(Type.String({ maxLength: 64 })) });
const NewPassword = Type.Object({ password: Password });
/** What came back from a provider of log-ins, to a page of the client's own. */
const Authorization = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 4096 }),
  type: Type.String({ minLength: 1, maxLength: 32 }),
  redirect_uri: Type.String({ minLength: 1, maxLength: 2048 }),
  state: Type.Optional(Type.String({ maxLength: 4096 })),
});

/** `general`, a general storage system: JSON replies with `_status`. */
export const general: Dialect = {
  renderProblem: (problem) => ({ _status: 'ERR', _error: { code: problem.status, message: sentenceOf(problem) } }),
  tokenOf: generalToken,
  routes: [
    dialectRoute({
      name: 'general.register',
      method: 'POST',
      path: '/api/v1/user/register',
      isPublic: true,
      body: NameAndPassword,
      async handle({ request, context, body: { name, password } }) {
        await context.services.registration.register({ name, password, actor: actorOf(request, undefined) });
        return OK;
      },
    }),
    dialectRoute({
      name: 'general.login',
      method: 'POST',
      path: '/api/v1/user/login',
      isPublic: true,
      body: LogIn,
      handle: async (call) => {
        const { name: login, password, code } = call.body;
        return loggedIn(await logIn(call, { login, password, code }));
      },
    }),
    dialectRoute({
      name: 'general.changePassword',
      method: 'POST',
      path: '/api/v1/user/change_pwd',
      body: NewPassword,
      async handle(call) {
        const caller = callerOf(call);
        const actor = actorOf(call.request, caller);
        await call.context.services.profiles.replacePassword(caller, { password: call.body.password, actor });
        return OK;
      },
    }),
    dialectRoute({
      name: 'general.oauth',
      method: 'GET',
      path: '/api/v1/user/oauth',
      isPublic: true,
      query: Authorization,
      async handle({ request, context, query }) {
        const { code, type: provider, redirect_uri: redirectUri, state } = query;
        const actor = actorOf(request, undefined);
        const log = await context.services.oauth.loginWithCode({ provider, code, redirectUri, state, actor });
        return loggedIn(requireSession(log));
      },
    }),
    ...generalFileRoutes,
    ...generalDocumentRoutes,
  ],
};

function loggedIn({ account, accessToken }: SessionTokens): object {
  return { ...OK, access_token: accessToken, user_id: account.id, user_name: account.name };
}
