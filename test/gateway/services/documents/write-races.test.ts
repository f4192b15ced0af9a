import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestWriter, type TestWriter } from '../../../support/document-writers.ts';

describe('racing writers of documents', () => {
  let here: TestWriter;
  before(async () => {
    here = await openTestWriter();
  });
  after(() => here.close());

  function times<Result>(count: number, work: (at: number) => Promise<Result>): Promise<Result[]> {
    return Promise.all(Array.from({ length: count }, (_, at) => work(at)));
  }

  for (const [what, filter] of [
    ['by its _id', { _id: 'x' }],
    ['by another field', { name: 'x' }],
    ['by a range', { n: { $gte: 0 } }],
  ] as const) {
    test(`fifty $inc on one document, found ${what}, all count, also from two gateways`, async () => {
      const place = here.place(`inc-${what.replaceAll(' ', '-')}`);
      await here.writer.insertOne(place, { document: { _id: 'x', name: 'x', n: 0 } });
      const writers = [here.writer, here.another()];
      const results = await times(50, (at) =>
        (writers[at % 2] as typeof here.writer).updateOne(place, { filter, update: { $inc: { n: 1 } } }),
      );
      assert.ok(results.every(({ modifiedCount }) => modifiedCount === 1));
      assert.deepEqual(await here.contents(place.collection), [{ _id: 'x', name: 'x', n: 50 }]);
      assert.deepEqual(here.violations(), []);
    });
  }

  test('updates of all documents and of one count both', async () => {
    const place = here.place('all-and-one');
    await here.writer.insertMany(place, { documents: Array.from({ length: 20 }, (_, at) => ({ _id: at, n: 0 })) });
    const update = { $inc: { n: 1 } };
    await times(40, async (at) => {
      if (at % 4 === 0) await here.writer.updateMany(place, { filter: {}, update });
      else await here.writer.updateOne(place, { filter: { _id: at % 20 }, update });
    });
    const found = (await here.contents(place.collection)) as { n: number }[];
    assert.equal(
      found.reduce((sum, { n }) => sum + n, 0),
      10 * 20 + 30,
    );
  });

  for (const [what, filter] of [
    ['by its _id', { _id: 'x' }],
    ['by another field', { name: 'x' }],
  ] as const) {
    test(`twenty upserts of one document, found ${what}, make one`, async () => {
      const place = here.place(`upsert-${what.replaceAll(' ', '-')}`);
      const results = await times(20, () =>
        here.writer.updateOne(place, { filter, update: { $inc: { n: 1 } }, upsert: true }),
      );
      assert.equal(results.filter(({ upsertedCount }) => upsertedCount === 1).length, 1);
      const [only, ...others] = (await here.contents(place.collection)) as { n: number }[];
      assert.deepEqual([only?.n, others.length], [20, 0]);
    });
  }

  test('upserts of two gateways make one document where a unique index says so', async () => {
    const collection = await here.collection('upsert-unique', [], [{ keys: { name: 1 }, unique: true }]);
    const place = here.place(collection.name);
    const writers = [here.writer, here.another()];
    await times(20, (at) =>
      (writers[at % 2] as typeof here.writer).updateOne(place, {
        filter: { name: 'x', other: { $exists: false } },
        update: { $inc: { n: 1 } },
        upsert: true,
      }),
    );
    const [only, ...others] = (await here.contents(collection.name)) as { n: number }[];
    assert.deepEqual([only?.n, others.length], [20, 0]);
  });

  test('of twenty inserts of one _id one is there, and the others are told', async () => {
    const place = here.place('inserts');
    const results = await times(20, (at) =>
      here.writer.insertOne(place, { document: { _id: 1, at } }).catch((error: { code: string }) => error.code),
    );
    assert.equal(results.filter((result) => result === 'DuplicateKey').length, 19);
    assert.deepEqual(here.violations(), []);
  });

  test('of twenty who take the next job nobody takes that of another', async () => {
    const place = here.place('jobs');
    await here.writer.insertMany(place, { documents: Array.from({ length: 20 }, (_, _id) => ({ _id, taken: false })) });
    const taken = await times(20, (by) =>
      here.writer.findOneAndUpdate(place, {
        filter: { taken: false },
        sort: { _id: 1 },
        update: { $set: { taken: true, by } },
      }),
    );
    assert.equal(new Set(taken.map(({ value }) => value?._id)).size, 20);
  });

  test('an ETag is matched once', async () => {
    const place = here.place('etags');
    const { etag } = await here.writer.insertOne(place, { document: { _id: 1, n: 0 } });
    const results = await times(10, (at) =>
      here.writer.updateOne(place, { filter: { _id: 1 }, update: { $set: { at } }, ifMatch: etag }).then(
        () => 'written',
        (error: { code: string }) => error.code,
      ),
    );
    assert.equal(results.filter((result) => result === 'written').length, 1);
    assert.equal(results.filter((result) => result === 'PreconditionFailed').length, 9);
  });
});
