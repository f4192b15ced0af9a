import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Collection } from '../../../../gateway/services/documents/databases.ts';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import type { IndexRequest } from '../../../../gateway/services/documents/indexes/parse-index.ts';
import { unlimitedBudget } from '../../../../gateway/services/documents/query/read-budget.ts';
import { runRead } from '../../../../gateway/services/documents/query/run-read.ts';
import { compileSortKeys, parseSort } from '../../../../gateway/services/documents/sort/compile-sort.ts';
import { equalValues } from '../../../../gateway/services/documents/values/compare.ts';
import type { Document } from '../../../../gateway/services/documents/values/value.ts';
import { Failure } from '../../../../metadata/index.ts';
import { openTestDocuments, readItems, type TestDocuments } from '../../../support/document-collections.ts';
import { fields, filter, index, sort } from './planned-reads.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);

let documents: TestDocuments;
let made = 0;
before(async () => {
  documents = await openTestDocuments();
});
after(() => documents.close());

const query = fc.record({
  filter,
  sort,
  skip: fc.nat({ max: 3 }),
  limit: fc.nat({ max: 5 }),
  pageCount: fc.integer({ min: 1, max: 4 }),
});
type Query = typeof query extends fc.Arbitrary<infer Value> ? Value : never;

interface Made {
  readonly items: readonly Document[];
  readonly indexes: readonly IndexRequest[];
  readonly isBefore: boolean;
}

/** The documents are there before the indexes or after them; those that an index cannot have are left out. */
async function makeCollection({ items, indexes, isBefore }: Made): Promise<Collection> {
  made += 1;
  const collection = await documents.collection(`random${made}`);
  if (isBefore) await insertAll(collection, items);
  for (const request of indexes) await documents.indexes.create(collection, request).catch(ignoreRefusal);
  const indexed = await documents.reload(collection);
  if (!isBefore) await insertAll(indexed, items);
  return documents.reload(collection);
}

async function insertAll(collection: Collection, items: readonly Document[]): Promise<void> {
  for (const [at, item] of items.entries())
    await documents.insert(collection, [{ _id: at, ...item }]).catch(ignoreRefusal);
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Failure) || !['DuplicateKey', 'InvalidDocument', 'IndexConflict'].includes(error.code))
    throw error;
}

async function readAll(collection: Collection, options: object): Promise<Document[]> {
  const found: Document[] = [];
  let next: string | undefined;
  do {
    const page = await documents.queries.find(collection, { ...options, next });
    found.push(...readItems(page.items));
    next = page.next;
  } while (next !== undefined);
  return found;
}

async function requireSame(
  collection: Collection,
  all: readonly Document[],
  asked: Query & { hint?: string },
): Promise<void> {
  const { skip, limit, pageCount, hint } = asked;
  const matching = all.filter((document) => compileFilter(asked.filter).test(document));
  const { keysOf, compare } = compileSortKeys(parseSort(asked.sort));
  const sorted = matching.toSorted((a, b) => compare(keysOf(a), keysOf(b)));
  const expected = sorted.slice(skip, limit === 0 ? undefined : skip + limit);
  const found = await readAll(collection, { filter: asked.filter, sort: asked.sort, skip, limit, hint });
  const ids = found.map(({ _id }) => _id);
  assert.equal(new Set(ids).size, found.length, 'a document came twice');
  assert.equal(found.length, expected.length);
  for (const [at, document] of found.entries()) {
    assert.equal(compare(keysOf(document), keysOf(expected[at] ?? {})), 0, `another order at ${at}`);
    assert.ok(
      matching.some((each) => equalValues(each, document)),
      'it does not match',
    );
  }
  const paged = await readAll(collection, { filter: asked.filter, sort: asked.sort, skip, limit, hint, pageCount });
  assert.deepEqual(
    paged.map(({ _id }) => _id),
    ids,
    'pages differ',
  );
  const count = await documents.queries.count(collection, { filter: asked.filter, skip, limit, hint });
  assert.equal(count, expected.length, 'counted otherwise');
  // As a thread does: the database looks at documents first.
  const { metadata, bucket } = documents;
  const place = { bucketId: bucket.id, collectionId: collection.row.id, collection: collection.name };
  const request = { kind: 'count', place, filter: asked.filter, skip, limit, hint: '$natural' } as const;
  const scanned = await runRead({ queries: metadata.queries, budget: unlimitedBudget }, request);
  assert.equal(scanned.count, expected.length, 'scanned otherwise');
}

describe('planned reads', () => {
  it('are the same as a look at every document', async () => {
    const property = fc.asyncProperty(
      fc.record({
        items: fc.array(fields, { minLength: 1, maxLength: 25 }),
        indexes: fc.array(index, { maxLength: 3 }),
        isBefore: fc.boolean(),
        queries: fc.array(query, { minLength: 5, maxLength: 15 }),
      }),
      async ({ items, indexes, isBefore, queries }) => {
        const collection = await makeCollection({ items, indexes, isBefore });
        const all = (await documents.queries.findStored(collection, {})).map(({ document }) => document);
        for (const asked of queries) {
          await requireSame(collection, all, asked);
          for (const { name } of collection.indexes) await requireSame(collection, all, { ...asked, hint: name });
        }
      },
    );
    await fc.assert(property, {
      numRuns: RUNS,
      ...(process.env.PROPERTY_SEED ? { seed: Number(process.env.PROPERTY_SEED) } : {}),
    });
  });
});
