import { prefixOf } from '../document-key.ts';
import type { ReadSource } from './document-source.ts';
import { findMatches, type PlannedQuery, prepareQuery, type ReadStatistics } from './found.ts';
import { TooMuchHere } from './read-budget.ts';
import type { CountRead, ReadResult } from './read-request.ts';

/** @throws Failure `InvalidQuery`, `NoSuchIndex` */
export async function runCount(source: ReadSource, request: CountRead): Promise<ReadResult> {
  const query = await prepareQuery(source, { ...request, sort: [] });
  const statistics: ReadStatistics = { examined: 0 };
  const most = request.limit === 0 ? Number.POSITIVE_INFINITY : request.skip + request.limit;
  const isAll = Object.keys(request.filter).length === 0;
  const counted = isAll ? await countAll(source, request) : await countMatches(source, { query, most, statistics });
  const count = Math.max(0, Math.min(counted, most) - request.skip);
  return { items: '[]', count, examined: statistics.examined };
}

interface Counting {
  readonly query: PlannedQuery;
  /** More need not be counted. */
  readonly most: number;
  readonly statistics: ReadStatistics;
}

function countMatches(source: ReadSource, counting: Counting): Promise<number> {
  const { plan } = counting.query;
  return plan.kind === 'index' && plan.isExact
    ? countRanges(source, plan.ranges, plan.index.id)
    : countFound(source, counting);
}

async function countAll({ queries, budget }: ReadSource, { place }: CountRead): Promise<number> {
  const { bucketId, collection } = place;
  if (budget.maxCounted !== undefined) {
    const row = await queries.findCollection({ bucketId, name: collection });
    if ((row?.document_count ?? 0) > budget.maxCounted) throw new TooMuchHere('There are many documents.');
  }
  return queries.countDocuments({ bucketId, prefix: prefixOf(collection) });
}

/** Of each document that matches there is one entry: the documents need not be looked at. */
async function countRanges(
  { queries, budget }: ReadSource,
  ranges: readonly { readonly start: Uint8Array; readonly end: Uint8Array }[],
  indexId: number,
): Promise<number> {
  const { maxCounted: limit = Number.MAX_SAFE_INTEGER } = budget;
  let total = 0;
  for (const range of ranges) {
    total += await queries.countEntries({ indexId, range, limit });
    if (total >= limit) throw new TooMuchHere('There are many entries.');
  }
  return total;
}

async function countFound(source: ReadSource, { query, most, statistics }: Counting): Promise<number> {
  let count = 0;
  for await (const found of findMatches(source, { query, statistics })) {
    count += found.length;
    if (count >= most) break;
  }
  return count;
}
