import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { Endpoint, UploadBody } from './endpoint.ts';
import { idempotencyHeader } from './idempotent.ts';
import { PROBLEM_TYPE } from './problem.ts';

const csrfHeader = {
  'X-CSRF-Token': Type.Optional(
    Type.String({ maxLength: 256, description: 'The `csrf_token` of the session, where its token comes as a cookie.' }),
  ),
};

const problem = {
  description: 'A problem (RFC 9457)',
  headers: {
    'X-Request-Id': { type: 'string', description: 'Names the request in the log of the gateway.' },
    'Retry-After': { type: 'integer', description: 'Of 409 and 429: seconds to wait.' },
  },
  content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
};

/** What Fastify checks and renders an endpoint by, and what the OpenAPI document says of it. */
export function routeSchema(endpoint: Endpoint): FastifySchema {
  const { name, tag, summary, description, access, params, query, body, replies, upload } = endpoint;
  const responses = Object.entries(replies).map(([status, reply]) => [status, replySchema(reply)]);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: access === 'public' ? [] : [...(access === 'optional' ? [{}] : []), { bearer: [] }, { cookie: [] }],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...(upload === undefined ? {} : { upload }),
    ...headersOf(endpoint),
    response: { ...Object.fromEntries(responses), default: problem },
  };
}

function replySchema({ schema, bytes, description }: Endpoint['replies'][number]): object {
  if (bytes === undefined) return { ...(schema ?? Type.Null()), description };
  const file = { [bytes]: { schema: Type.String({ format: 'binary' }) } };
  return { description, content: { ...(schema === undefined ? {} : { 'application/json': { schema } }), ...file } };
}

declare module 'fastify' {
  interface FastifySchema {
    /** For the documentation alone: nobody validates what is read as it comes. */
    upload?: UploadBody;
  }
}

/** The headers that an endpoint looks at. */
function headersOf({ method, access, isIdempotent }: Endpoint): FastifySchema {
  const properties = {
    ...(isIdempotent ? idempotencyHeader : {}),
    ...(access === 'public' || method === 'GET' ? {} : csrfHeader),
  };
  return Object.keys(properties).length === 0 ? {} : { headers: Type.Object(properties) };
}
