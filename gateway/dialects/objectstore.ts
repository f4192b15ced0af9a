import { bearerToken, type Dialect, dialectRoute, logIn, sentenceOf } from './dialect.ts';
import { objectstoreFileRoutes } from './objectstore-files.ts';
import { registerByUsername, UsernameCredentials } from './username-accounts.ts';

/** `objectstore`, files under identifiers of their owners: bearer tokens, and errors with a `detail`. */
export const objectstore: Dialect = {
  renderProblem: (problem) => ({ detail: sentenceOf(problem) }),
  tokenOf: bearerToken,
  routes: [
    registerByUsername({ name: 'objectstore.register', path: '/users/register' }),
    dialectRoute({
      name: 'objectstore.login',
      method: 'POST',
      path: '/users/login',
      isPublic: true,
      body: UsernameCredentials,
      async handle(call) {
        const { username: login, password, code } = call.body;
        const { accessToken } = await logIn(call, { login, password, code });
        return { access_token: accessToken, token_type: 'bearer', token: accessToken };
      },
    }),
    ...objectstoreFileRoutes,
  ],
};
