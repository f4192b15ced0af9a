import type { DocumentCondition } from '../../../../metadata/index.ts';
import { type DocumentIndex, toIndex } from '../document-index.ts';
import { storedDocument } from '../document-store.ts';
import { type CompiledFilter, compileFilter } from '../filter/compile-filter.ts';
import { type Plan, planQuery } from '../plan/plan-query.ts';
import { prefilterOf } from '../plan/prefilter.ts';
import type { SortField } from '../sort/compile-sort.ts';
import type { Document } from '../values/value.ts';
import { type ReadSource, type StoredRow, walkPlan } from './document-source.ts';
import { TooMuchHere } from './read-budget.ts';
import type { ReadPlace } from './read-request.ts';
import { textOf } from './stored-text.ts';

/** A query that is about to be carried out. */
export interface PlannedQuery {
  readonly place: ReadPlace;
  readonly filter: CompiledFilter;
  readonly plan: Plan;
  /** What the database can tell of the filter. */
  readonly condition: DocumentCondition | undefined;
}

/** A document that matches. */
export interface Found {
  readonly row: StoredRow;
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
  return { place, filter: compiled, plan, condition: prefilterOf(filter) };
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
  const { place, plan, filter, condition } = query;
  for await (const { rows, positionOf } of walkPlan(source, { place, plan, position, condition })) {
    const found: Found[] = [];
    for (const [at, row] of rows.entries()) {
      const document = storedDocument(row[0], textOf(row[2]));
      statistics.examined += 1;
      if (filter.test(document)) found.push({ row, document, position: () => positionOf(at) });
    }
    if (found.length > 0) yield found;
  }
}
