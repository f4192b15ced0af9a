import { requireCollectionName } from '../document-key.ts';
import { findMatches, prepareQuery } from '../query/found.ts';
import type { Document } from '../values/value.ts';
import type { PipelineContext } from './step.ts';

/** Documents of another collection of the database: none where there is no such collection. */
export async function* readOther(
  name: string,
  filter: Document,
  { source, bucketId }: PipelineContext,
): AsyncGenerator<readonly Document[]> {
  const row = await source.queries.findCollection({ bucketId, name: requireCollectionName(name) });
  if (row === undefined) return;
  const place = { bucketId, collectionId: row.id, collection: name };
  const query = await prepareQuery(source, { place, filter, sort: [] });
  for await (const found of findMatches(source, { query, statistics: { examined: 0 } })) {
    yield found.map(({ document }) => document);
  }
}
