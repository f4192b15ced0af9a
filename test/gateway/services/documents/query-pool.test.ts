import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Collection } from '../../../../gateway/services/documents/databases.ts';
import { FairQueue } from '../../../../gateway/services/documents/query/fair-queue.ts';
import { QueryPool } from '../../../../gateway/services/documents/query/query-pool.ts';
import type { ReadRequest } from '../../../../gateway/services/documents/query/read-request.ts';
import { Failure } from '../../../../metadata/index.ts';
import { openTestDocuments, type TestDocuments } from '../../../support/document-collections.ts';

let documents: TestDocuments;
let collection: Collection;
before(async () => {
  documents = await openTestDocuments();
  collection = await documents.collection(
    'some',
    Array.from({ length: 2000 }, (_, n) => ({ _id: n, n })),
  );
});
after(() => documents.close());

function count(filter: ReadRequest['filter']): ReadRequest {
  const place = { bucketId: documents.bucket.id, collectionId: collection.row.id, collection: 'some' };
  return { kind: 'count', place, filter, skip: 0, limit: 0 };
}

/** Takes as long as it is let. */
function endless(): ReadRequest {
  const pipeline = [
    { $lookup: { from: 'some', let: { n: '$n' }, pipeline: [{ $match: { $expr: { $lt: ['$n', '$$n'] } } }], as: 'x' } },
  ];
  return { ...count({}), kind: 'aggregate', pipeline, form: 'relaxed' } as unknown as ReadRequest;
}

function isTimeOver(error: unknown): boolean {
  return error instanceof Failure && error.code === 'TimeExceeded';
}

describe('FairQueue', () => {
  it('takes from those who wait in turn', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
    queue.push('b', 'b1');
    queue.push('c', 'c1');
    assert.equal(queue.size, 5);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map(() => queue.shift()),
      ['a1', 'b1', 'c1', 'a2', 'a3', undefined],
    );
  });
});

describe('QueryPool', () => {
  it('ends threads whose time is over again and again, and takes others', async () => {
    const pool = new QueryPool({ path: documents.path, threads: 1 });
    for (let round = 0; round < 8; round += 1) {
      await assert.rejects(pool.run(endless(), { accountId: 'a', maxTimeMs: 150 }), isTimeOver);
      assert.equal((await pool.run(count({ n: { $ne: 1 } }), { accountId: 'a', maxTimeMs: 20_000 })).count, 1999);
    }
    await pool.close();
  });

  it('counts the time that a query waits', async () => {
    const pool = new QueryPool({ path: documents.path, threads: 1 });
    const first = assert.rejects(pool.run(endless(), { accountId: 'a', maxTimeMs: 1500 }), isTimeOver);
    const startedAt = performance.now();
    await assert.rejects(pool.run(count({}), { accountId: 'b', maxTimeMs: 100 }), isTimeOver);
    assert.ok(performance.now() - startedAt < 1000);
    await first;
    await pool.close();
  });

  it('holds no thread that has nothing to do, and starts another when there is something', async () => {
    const pool = new QueryPool({ path: documents.path, threads: 1, idleMs: 50 });
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await pool.run(count({ n: 5 }), { accountId: 'a', maxTimeMs: 20_000 })).count, 1);
      await setTimeout(120);
    }
    await pool.close();
  });

  it('tells those who wait that it is closed', async () => {
    const pool = new QueryPool({ path: documents.path, threads: 1 });
    const waiting = [endless(), count({})].map((request) =>
      assert.rejects(pool.run(request, { accountId: 'a', maxTimeMs: 20_000 }), /The gateway is closing/),
    );
    await pool.close();
    await Promise.all(waiting);
    await assert.rejects(pool.run(count({}), { accountId: 'a', maxTimeMs: 1000 }), /The gateway is closing/);
  });
});
