import { Type } from 'typebox';
import { ACCESS_COOKIE, askingPage, refuseForeignPage } from '../rest/credentials.ts';
import { actorOf, factsOf } from '../rest/mount.ts';
import { type Dialect, dialectRoute, logIn, sentenceOf } from './dialect.ts';

const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  code: Type.Optional(Type.String({ maxLength: 64 })),
});

/** `cloudstore`, a drive with friends: a token in a cookie, or in the Authorization header. */
export const cloudstore: Dialect = {
  renderProblem: (problem) => ({ error: sentenceOf(problem) }),
  routes: [
    dialectRoute({
      name: 'cloudstore.register',
      method: 'POST',
      path: '/register',
      body: Credentials,
      async handle({ request, reply, context, body: { username: name, password } }) {
        const actor = actorOf(request, undefined);
        const account = await context.services.registration.register({ name, password, actor });
        reply.code(201);
        return { id: account.id, username: account.name };
      },
    }),
    dialectRoute({
      name: 'cloudstore.login',
      method: 'POST',
      path: '/login',
      body: Credentials,
      async handle(call) {
        const { request, reply, context, body } = call;
        const { username: login, password, code } = body;
        const { isSecure, origin } = factsOf(request, context);
        refuseForeignPage(askingPage(request), origin);
        const { account, accessToken, accessExpiresAt } = await logIn(call, { login, password, code });
        const expires = new Date(accessExpiresAt);
        reply.setCookie(ACCESS_COOKIE, accessToken, {
          httpOnly: true,
          sameSite: 'lax',
          path: '/',
          secure: isSecure,
          expires,
        });
        return { token: accessToken, username: account.name };
      },
    }),
  ],
};
