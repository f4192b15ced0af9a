import type { Endpoint } from '../endpoint.ts';
import { sessionEndpoints } from './sessions.ts';

/** Every endpoint of the JSON API. */
export const endpoints: readonly Endpoint[] = [...sessionEndpoints];
