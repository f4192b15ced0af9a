import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { version } from '../version.ts';
import { ACCESS_COOKIE } from './credentials.ts';

/** What the OpenAPI document says beside its endpoints. */
export const openApiHead: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: { title: 'Gatehouse', version, description: 'Accounts, sessions and access keys of a Gatehouse.' },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      cookie: { type: 'apiKey', in: 'cookie', name: ACCESS_COOKIE },
    },
  },
};
