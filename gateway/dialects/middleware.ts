import { Type } from 'typebox';
import { actorOf } from '../rest/request-facts.ts';
import { Password } from '../rest/schemas.ts';
import { bearerToken, callerOf, type Dialect, dialectRoute, logIn, requireAllowed, sentenceOf } from './dialect.ts';

const MAX_PREFIXES = 100;

const Email = Type.String({ format: 'email', maxLength: 254 });
const Registration = Type.Object({
  email: Email,
  password: Password,
  allowed_prefixes: Type.Optional(Type.Array(Type.String({ maxLength: 63 }), { maxItems: MAX_PREFIXES })),
});
const Credentials = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 254 }),
  password: Password,
  code: Type.Optional(Type.String({ maxLength: 64 })),
});

/** `middleware`, control of bucket prefixes: accounts are named by their e-mail and say which prefixes they want. */
export const middleware: Dialect = {
  renderProblem: (problem) => ({ error: sentenceOf(problem), code: problem.code }),
  tokenOf: bearerToken,
  routes: [
    dialectRoute({
      name: 'middleware.register',
      method: 'POST',
      path: '/middleware/api/v1/user/register',
      isPublic: true,
      body: Registration,
      async handle({ request, reply, context, body: { email, password, allowed_prefixes: claims = [] } }) {
        const account = await context.services.registration.register({
          email,
          password,
          claims,
          actor: actorOf(request, undefined),
        });
        reply.code(201);
        return { id: account.id, email, allowed_prefixes: claims };
      },
    }),
    dialectRoute({
      name: 'middleware.auth',
      method: 'POST',
      path: '/middleware/api/v1/user/auth',
      isPublic: true,
      body: Credentials,
      async handle(call) {
        const { email: login, password, code } = call.body;
        const { accessToken, accessExpiresAt } = await logIn(call, { login, password, code });
        return { token: accessToken, access_token: accessToken, token_type: 'Bearer', expires_at: accessExpiresAt };
      },
    }),
    dialectRoute({
      name: 'middleware.createBucket',
      method: ['GET', 'PUT'],
      path: '/resty-api/bucket/:name',
      params: Type.Object({ name: Type.String({ maxLength: 255 }) }),
      async handle(call) {
        const { account } = callerOf(call);
        const { name } = call.params;
        await requireAllowed(call, 's3:CreateBucket', { kind: 'service', bucketName: name });
        await call.context.services.buckets.create({ name, account });
        call.reply.code(201);
        return { bucket: name };
      },
    }),
  ],
};
