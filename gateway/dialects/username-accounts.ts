import { Type } from 'typebox';
import { actorOf } from '../rest/request-facts.ts';
import { Password } from '../rest/schemas.ts';
import { type DialectRoute, dialectRoute } from './dialect.ts';

/** How several dialects call a name and a password. */
export const UsernameCredentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: Password,
  code: Type.Optional(Type.String({ maxLength: 64 })),
});

/** Makes an account of a `username` and a `password`. */
export function registerByUsername(place: { readonly name: string; readonly path: string }): DialectRoute {
  return dialectRoute({
    ...place,
    method: 'POST',
    isPublic: true,
    body: UsernameCredentials,
    async handle({ request, reply, context, body: { username: name, password } }) {
      const actor = actorOf(request, undefined);
      const account = await context.services.registration.register({ name, password, actor });
      reply.code(201);
      return { id: account.id, username: account.name };
    },
  });
}
