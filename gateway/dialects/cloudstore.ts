import type { FastifyRequest } from 'fastify';
import { ACCESS_COOKIE, askingPage, plainCookies, refuseForeignPage } from '../rest/credentials.ts';
import { type ApiContext, factsOf } from '../rest/request-facts.ts';
import { cloudstoreFileRoutes } from './cloudstore-files.ts';
import { type Dialect, dialectRoute, logIn, sentenceOf } from './dialect.ts';
import { registerByUsername, UsernameCredentials } from './username-accounts.ts';

/** The token comes in `Authorization`, with or without `Bearer`, or in the cookie, which counts for pages of ours alone. */
function tokenOf(request: FastifyRequest, context: ApiContext): string | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return authorization.replace(/^Bearer +/i, '').trim();
  refuseForeignPage(askingPage(request), factsOf(request, context).origin);
  return plainCookies(request)[ACCESS_COOKIE];
}

/** `cloudstore`, a drive with friends: a token in a cookie, or in the Authorization header. */
export const cloudstore: Dialect = {
  renderProblem: (problem) => ({ error: sentenceOf(problem) }),
  tokenOf,
  routes: [
    registerByUsername({ name: 'cloudstore.register', path: '/register' }),
    dialectRoute({
      name: 'cloudstore.login',
      method: 'POST',
      path: '/login',
      isPublic: true,
      body: UsernameCredentials,
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
    ...cloudstoreFileRoutes,
  ],
};
