import { Failure } from '../../../../metadata/index.ts';
import { compileFilter } from '../filter/compile-filter.ts';
import { compileProjection } from '../project/compile-projection.ts';
import { compileSortKeys } from '../sort/compile-sort.ts';
import { type Cursor, readCursor, writeCursor } from './cursor.ts';
import { invalidPosition, type ReadSource } from './document-source.ts';
import { type Found, findMatches, type PlannedQuery, prepareQuery, type ReadStatistics } from './found.ts';
import { Page, type Render, renderer } from './page.ts';
import type { FindRead, ReadResult } from './read-request.ts';
import { compareSortables, type Sortable, SortedDocuments } from './sorted.ts';

/** @throws Failure `InvalidQuery`, `NoSuchIndex` */
export async function runFind(source: ReadSource, request: FindRead): Promise<ReadResult> {
  const cursor = readCursor(request);
  const query = await prepareQuery(source, { ...request, hint: hintOf(request, cursor) }).catch((error: unknown) => {
    throw cursor !== undefined && error instanceof Failure && error.code === 'NoSuchIndex' ? invalidPosition() : error;
  });
  const statistics: ReadStatistics = { examined: 0 };
  const isInOrder = request.sort.length === 0 || (query.plan.kind === 'index' && query.plan.coversSort);
  const isOfThisOrder = cursor === undefined || (cursor.at.kind === 'sorted') !== isInOrder;
  if (!isOfThisOrder) throw invalidPosition();
  const reading = { request, query, cursor, statistics, render: renderOf(request) };
  return isInOrder ? readInOrder(source, reading) : sortAndRead(source, reading);
}

/** Pages go on by the index that they began with. */
function hintOf({ hint }: FindRead, cursor: Cursor | undefined): string | undefined {
  if (cursor === undefined || cursor.at.kind === 'sorted') return hint;
  return cursor.at.kind === 'scan' ? '$natural' : (cursor.at.index ?? hint);
}

function renderOf({ form, projection, filter }: FindRead): Render {
  const isAll = projection === undefined || Object.keys(projection).length === 0;
  return renderer(form, isAll ? undefined : compileProjection(projection, compileFilter(filter)));
}

interface Reading {
  readonly request: FindRead;
  readonly query: PlannedQuery;
  readonly cursor: Cursor | undefined;
  readonly statistics: ReadStatistics;
  readonly render: Render;
}

/** Documents come in the order that was asked for. */
async function readInOrder(source: ReadSource, reading: Reading): Promise<ReadResult> {
  const { request, query, cursor, statistics, render } = reading;
  const page = openPage(request);
  let skip = cursor === undefined ? request.skip : 0;
  const limit = cursor?.limit ?? request.limit;
  const position = cursor === undefined || cursor.at.kind === 'sorted' ? undefined : cursor.at.position;
  let last: Found | undefined;
  for await (const batch of findMatches(source, { query, position, statistics })) {
    for (const found of batch) {
      if (skip > 0) {
        skip -= 1;
        continue;
      }
      const isIn = page.add(render(found));
      if (!isIn && last !== undefined) {
        return { ...finish(page, statistics), next: nextInOrder(reading, { last, limit, count: page.count }) };
      }
      last = found;
      if (limit > 0 && page.count === limit) return finish(page, statistics);
    }
  }
  return finish(page, statistics);
}

function nextInOrder({ request, query }: Reading, page: { last: Found; limit: number; count: number }): string {
  const { plan } = query;
  const index = plan.kind === 'index' ? plan.index.name : undefined;
  const at = { kind: plan.kind, index, position: page.last.position() };
  return writeCursor(request, { at, limit: page.limit === 0 ? 0 : page.limit - page.count });
}

/** All of them are read, and the first of them in the order kept. */
async function sortAndRead(source: ReadSource, reading: Reading): Promise<ReadResult> {
  const { request, query, cursor, statistics, render } = reading;
  const skip = cursor === undefined ? request.skip : 0;
  const limit = cursor?.limit ?? request.limit;
  const sort = compileSortKeys(request.sort);
  const sorted = new SortedDocuments(sort, limit === 0 ? Number.POSITIVE_INFINITY : skip + limit);
  const start = cursor?.at.kind === 'sorted' ? cursor.at : undefined;
  const compare = compareSortables(sort);
  for await (const batch of findMatches(source, { query, statistics })) {
    for (const found of batch) {
      const keys = sort.keysOf(found.document);
      if (start === undefined || compare({ keys, key: found.row[0] }, start) > 0) sorted.add(found, keys);
    }
  }
  const page = openPage(request);
  let last: Sortable | undefined;
  for (const each of sorted.take().slice(skip)) {
    if (!page.add(render(each.found))) {
      const at = { kind: 'sorted' as const, keys: last?.keys ?? [], key: last?.found.row[0] ?? '' };
      return {
        ...finish(page, statistics),
        next: writeCursor(request, { at, limit: limit === 0 ? 0 : limit - page.count }),
      };
    }
    last = each;
  }
  return finish(page, statistics);
}

function openPage({ pageLength, pageCount }: FindRead): Page {
  return new Page({ length: pageLength, count: pageCount });
}

function finish(page: Page, { examined }: ReadStatistics): ReadResult {
  return { items: page.text, count: page.count, examined };
}
