import type { Endpoint } from '../endpoint.ts';
import { auditEndpoints } from './audit.ts';
import { jwksEndpoints } from './jwks.ts';
import { sessionEndpoints } from './sessions.ts';

/** Every endpoint of the JSON API. */
export const endpoints: readonly Endpoint[] = [...auditEndpoints, ...jwksEndpoints, ...sessionEndpoints];
