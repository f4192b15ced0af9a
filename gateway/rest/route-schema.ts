import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { Endpoint } from './endpoint.ts';
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
  const { name, tag, summary, description, access, params, query, body, replies } = endpoint;
  const responses = Object.entries(replies).map(([status, { schema = Type.Null(), description }]) => [
    status,
    { ...schema, description },
  ]);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: access === 'public' ? [] : [...(access === 'optional' ? [{}] : []), { bearer: [] }, { cookie: [] }],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    ...headersOf(endpoint),
    response: { ...Object.fromEntries(responses), default: problem },
  };
}

/** The headers that an endpoint looks at. */
function headersOf({ method, access, isIdempotent }: Endpoint): FastifySchema {
  const properties = {
    ...(isIdempotent ? idempotencyHeader : {}),
    ...(access === 'public' || method === 'GET' ? {} : csrfHeader),
  };
  return Object.keys(properties).length === 0 ? {} : { headers: Type.Object(properties) };
}
