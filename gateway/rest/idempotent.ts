import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Call, Endpoint, Outcome } from './endpoint.ts';
import { Problem } from './problem.ts';

const IDEMPOTENCY_HEADER = 'Idempotency-Key';
const PRINTABLE = '^[\\x20-\\x7e]{1,255}$';

/** The header by which a client names a request that it may repeat. */
export const idempotencyHeader = {
  [IDEMPOTENCY_HEADER]: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: PRINTABLE,
      description:
        'A name for this request, of your choice: repeated within 24 hours, the request is done once and has the same reply, marked `Idempotent-Replayed: true`. A refused request may be repeated with the same name.',
    }),
  ),
};

/** Runs an endpoint, once where the client named its request. */
export async function run(
  endpoint: Endpoint,
  { request, call }: { request: FastifyRequest; call: Call },
): Promise<Outcome> {
  const key = endpoint.isIdempotent ? request.headers['idempotency-key'] : undefined;
  if (key === undefined) return endpoint.handle(call);
  if (Array.isArray(key)) throw new Problem('invalid-request', { detail: `There are several ${IDEMPOTENCY_HEADER}s.` });
  const { caller, actor, params, query, body } = call;
  const scope = caller === undefined ? `anonymous ${actor.address}` : caller.account.id;
  const content = { operation: endpoint.name, params, query, body };
  let done: Outcome | undefined;
  const { reply, isReplay } = await call.services.idempotency.once({ scope, key, content }, async () => {
    done = await endpoint.handle(call);
    // Cookies are of this browser, this time: a repetition sets none.
    return { status: done.status, body: done.body, headers: done.headers ?? {} };
  });
  if (!isReplay && done !== undefined) return done;
  return { ...reply, headers: { ...reply.headers, 'Idempotent-Replayed': 'true' } };
}
