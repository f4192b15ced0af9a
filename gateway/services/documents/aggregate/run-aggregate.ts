import { invalidQuery } from '../filter/invalid-query.ts';
import type { ReadSource } from '../query/document-source.ts';
import { findMatches, prepareQuery, type ReadStatistics } from '../query/found.ts';
import { Page } from '../query/page.ts';
import type { AggregateRead, ReadResult } from '../query/read-request.ts';
import { parseSort } from '../sort/compile-sort.ts';
import { type Document, isDocument } from '../values/value.ts';
import { toJson } from '../values/write.ts';
import { compilePipeline } from './compile-pipeline.ts';
import { openMemory } from './memory.ts';
import { runSteps } from './run-steps.ts';

/** What a reply may hold, in characters. */
const MAX_LENGTH = 16 * 1024 ** 2;

/**
 * Sends a collection through a pipeline; filters that it begins with are planned, and a sort behind them.
 * @throws Failure `InvalidQuery`, also where the result is larger than a reply may be
 */
export async function runAggregate(source: ReadSource, request: AggregateRead): Promise<ReadResult> {
  const { place, pipeline, form, hint } = request;
  const context = { source, bucketId: place.bucketId, memory: openMemory(), depth: 0, compile: compilePipeline };
  const { filter, sort, rest } = splitPipeline(pipeline);
  compilePipeline(pipeline, context); // what is wrong with a stage is told before anything is read
  const query = await prepareQuery(source, { place, filter, sort, hint });
  const isSorted = query.plan.kind === 'index' && query.plan.coversSort;
  const steps = compilePipeline(isSorted ? rest.slice(1) : rest, context);
  const statistics: ReadStatistics = { examined: 0 };
  const page = new Page({ length: MAX_LENGTH });
  for await (const batch of runSteps(steps, documentsOf(findMatches(source, { query, statistics })))) {
    for (const document of batch) {
      if (page.add(JSON.stringify(toJson(document, form)))) continue;
      throw invalidQuery(`The result of an aggregation has at most ${MAX_LENGTH} bytes: add a $limit`);
    }
  }
  return { items: page.text, count: page.count, examined: statistics.examined };
}

async function* documentsOf(found: AsyncIterable<readonly { readonly document: Document }[]>) {
  for await (const batch of found) yield batch.map(({ document }) => document);
}

/** Filters that come first, as one; the order that is asked for right behind them; and the stages from there on. */
function splitPipeline(pipeline: readonly Document[]) {
  const end = pipeline.findIndex(({ $match }) => $match === undefined || !isDocument($match));
  const filters = pipeline.slice(0, end < 0 ? pipeline.length : end).map(({ $match }) => $match ?? {});
  const rest = pipeline.slice(filters.length);
  const [first] = rest;
  const sort = first?.$sort !== undefined && isDocument(first.$sort) ? parseSort(first.$sort) : [];
  const [only = {}] = filters;
  const filter = (filters.length > 1 ? { $and: filters } : only) as Document; // they are documents
  return { filter, sort, rest };
}
