import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../rest/request-facts.ts';
import type { DialectName } from '../settings/dialects.ts';
import { cloudstore } from './cloudstore.ts';
import { type Dialect, mountDialect } from './dialect.ts';
import { general } from './general.ts';
import { middleware } from './middleware.ts';
import { objectstore } from './objectstore.ts';

/**
 * The dialects that have routes of their own. The accounts of `tinycloud` are those of the JSON API, with its cookie and
 * its pages of documentation, and its links are ours.
 */
const dialects: Partial<Record<DialectName, Dialect>> = { general, objectstore, middleware, cloudstore };

/** Serves the dialects that are switched on. */
export async function mountDialects(
  api: FastifyInstance,
  names: ReadonlySet<DialectName>,
  context: ApiContext,
): Promise<void> {
  for (const name of names) {
    const dialect = dialects[name];
    if (dialect !== undefined) await mountDialect(api, dialect, context);
  }
}
