import { Type } from 'typebox';
import { actorOf } from '../rest/mount.ts';
import { type Dialect, dialectRoute, logIn, sentenceOf } from './dialect.ts';

const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
  code: Type.Optional(Type.String({ maxLength: 64 })),
});

/** `objectstore`, files under identifiers of their owners: bearer tokens, and errors with a `detail`. */
export const objectstore: Dialect = {
  renderProblem: (problem) => ({ detail: sentenceOf(problem) }),
  routes: [
    dialectRoute({
      name: 'objectstore.register',
      method: 'POST',
      path: '/users/register',
      body: Credentials,
      async handle({ request, reply, context, body: { username: name, password } }) {
        const actor = actorOf(request, undefined);
        const account = await context.services.registration.register({ name, password, actor });
        reply.code(201);
        return { id: account.id, username: account.name };
      },
    }),
    dialectRoute({
      name: 'objectstore.login',
      method: 'POST',
      path: '/users/login',
      body: Credentials,
      async handle(call) {
        const { username: login, password, code } = call.body;
        const { accessToken } = await logIn(call, { login, password, code });
        return { access_token: accessToken, token_type: 'bearer', token: accessToken };
      },
    }),
  ],
};
