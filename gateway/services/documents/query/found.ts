import type { DocumentTuple } from '../../../../metadata/index.ts';
import { type DocumentIndex, toIndex } from '../document-index.ts';
import { toStored } from '../document-store.ts';
import { type CompiledFilter, compileFilter } from '../filter/compile-filter.ts';
import { type Plan, planQuery } from '../plan/plan-query.ts';
import type { SortField } from '../sort/compile-sort.ts';
import type { Document } from '../values/value.ts';
import { type ReadSource, walkPlan } from './document-source.ts';
import { TooMuchHere } from './read-budget.ts';
import type { ReadPlace } from './read-request.ts';

/** A query that is about to be carried out. */
export interface PlannedQuery {
  readonly place: ReadPlace;
  readonly filter: CompiledFilter;
  readonly plan: Plan;
}

/** A document that matches. */
export interface Found {
  readonly row: DocumentTuple;
  readonly document: Document;
  /** From where a walk would go on behind it. */
  position(): string;
}

/** What carrying out a query took. */
export interface ReadStatistics {
  examined: number;
}

export interface QueryToRun {
  readonly place: ReadPlace;
  readonly filter: Document;
  readonly sort: readonly SortField[];
  readonly hint?: string | undefined;
}

/** Plans a query by the indexes that are there in this snapshot. @throws Failure `InvalidQuery`, `NoSuchIndex` */
export async function prepareQuery(source: ReadSource, query: QueryToRun): Promise<PlannedQuery> {
  const { place, filter, sort, hint } = query;
  const compiled = compileFilter(filter);
  const plan = planQuery({ filter, sort, hint, indexes: await indexesOf(source, place) });
  if (plan.kind === 'scan' && !source.budget.mayScan) throw new TooMuchHere('Nothing helps to find the documents.');
  return { place, filter: compiled, plan };
}

async function indexesOf({ queries }: ReadSource, { collectionId }: ReadPlace): Promise<DocumentIndex[]> {
  return (await queries.listDocumentIndexes(collectionId)).map(toIndex);
}

export interface Finding {
  readonly query: PlannedQuery;
  readonly position?: string | undefined;
  readonly statistics: ReadStatistics;
}

/** Documents that match, in the order of the plan, some at a time. */
export async function* findMatches(
  source: ReadSource,
  { query, position, statistics }: Finding,
): AsyncGenerator<Found[]> {
  const { place, plan, filter } = query;
  for await (const { rows, positionOf } of walkPlan(source, { place, plan, position })) {
    const found: Found[] = [];
    for (const [at, row] of rows.entries()) {
      const { document } = toStored(row);
      statistics.examined += 1;
      if (filter.test(document)) found.push({ row, document, position: () => positionOf(at) });
    }
    if (found.length > 0) yield found;
  }
}
