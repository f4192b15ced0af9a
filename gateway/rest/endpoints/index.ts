import type { Endpoint } from '../endpoint.ts';
import { accountEndpoints } from './accounts.ts';
import { auditEndpoints } from './audit.ts';
import { factorSetupEndpoints } from './factor-setup.ts';
import { jwksEndpoints } from './jwks.ts';
import { secondFactorEndpoints } from './second-factors.ts';
import { sessionEndpoints } from './sessions.ts';

/** Every endpoint of the JSON API. */
export const endpoints: readonly Endpoint[] = [
  ...accountEndpoints,
  ...auditEndpoints,
  ...jwksEndpoints,
  ...factorSetupEndpoints,
  ...secondFactorEndpoints,
  ...sessionEndpoints,
];
