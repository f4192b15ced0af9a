import { describeBounds } from '../plan/describe-bounds.ts';
import type { Plan } from '../plan/plan-query.ts';
import type { ReadSource } from './document-source.ts';
import { findMatches, prepareQuery, type ReadStatistics } from './found.ts';
import type { ExplainRead, ReadResult } from './read-request.ts';

/** How a query is carried out, as MongoDB's drivers tell it. */
export interface Explanation {
  readonly queryPlanner: { readonly namespace: string; readonly winningPlan: ExplainedStage };
  readonly executionStats: {
    readonly executionSuccess: true;
    readonly nReturned: number;
    readonly executionTimeMillis: number;
    readonly totalDocsExamined: number;
  };
}

export interface ExplainedStage {
  readonly stage: 'IDHACK' | 'IXSCAN' | 'COLLSCAN' | 'SORT' | 'FETCH';
  readonly indexName?: string;
  readonly keyPattern?: Readonly<Record<string, 1 | -1>>;
  readonly isMultiKey?: boolean;
  readonly isUnique?: boolean;
  readonly isSparse?: boolean;
  readonly direction?: 'forward' | 'backward';
  readonly indexBounds?: Readonly<Record<string, readonly string[]>>;
  readonly sortPattern?: Readonly<Record<string, 1 | -1>>;
  readonly inputStage?: ExplainedStage;
}

/** Carries a query out and tells how; its one item is an {@link Explanation}. */
export async function runExplain(source: ReadSource, request: ExplainRead): Promise<ReadResult> {
  const startedAt = performance.now();
  // Without the help of the database, so that what is looked at is counted.
  const query = { ...(await prepareQuery(source, request)), condition: undefined };
  const statistics: ReadStatistics = { examined: 0 };
  const isSorted = request.sort.length > 0 && !(query.plan.kind === 'index' && query.plan.coversSort);
  const most = request.limit === 0 ? Number.POSITIVE_INFINITY : request.skip + request.limit;
  let matched = 0;
  for await (const found of findMatches(source, { query, statistics })) {
    matched += found.length;
    if (!isSorted && matched >= most) break;
  }
  const explanation: Explanation = {
    queryPlanner: { namespace: request.place.collection, winningPlan: stagesOf(query.plan, request, isSorted) },
    executionStats: {
      executionSuccess: true,
      nReturned: Math.max(0, Math.min(matched, most) - request.skip),
      executionTimeMillis: Math.round(performance.now() - startedAt),
      totalDocsExamined: statistics.examined,
    },
  };
  return { items: JSON.stringify([explanation]), count: 1, examined: statistics.examined };
}

function stagesOf(plan: Plan, { filter, sort }: ExplainRead, isSorted: boolean): ExplainedStage {
  const reading = readingStage(plan, filter);
  return isSorted ? { stage: 'SORT', sortPattern: patternOf(sort), inputStage: reading } : reading;
}

function readingStage(plan: Plan, filter: ExplainRead['filter']): ExplainedStage {
  if (plan.kind === 'ids') return { stage: 'IDHACK', indexName: '_id_' };
  if (plan.kind === 'scan') return { stage: 'COLLSCAN', direction: 'forward' };
  const { index, isReverse } = plan;
  const scan: ExplainedStage = {
    stage: 'IXSCAN',
    indexName: index.name,
    keyPattern: patternOf(index.fields),
    isMultiKey: index.isMultikey,
    isUnique: index.isUnique,
    isSparse: index.isSparse,
    direction: isReverse ? 'backward' : 'forward',
    indexBounds: describeBounds(filter, index),
  };
  return { stage: 'FETCH', inputStage: scan };
}

function patternOf(fields: ExplainRead['sort']): Readonly<Record<string, 1 | -1>> {
  return Object.fromEntries(fields.map(({ path, isDescending }) => [path, isDescending ? -1 : 1]));
}
