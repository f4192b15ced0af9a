import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { ObjectId } from 'bson';
import type { WriteOperation } from '../../../../gateway/services/documents/write/write-requests.ts';
import { documents, openTestWriter, type TestWriter } from '../../../support/document-writers.ts';

describe('writing documents', () => {
  let here: TestWriter;
  let count = 0;
  before(async () => {
    here = await openTestWriter();
  });
  after(() => here.close());
  afterEach(() => assert.deepEqual(here.violations(), []));

  /** A collection of its own, with documents. */
  async function collection(...json: readonly object[]) {
    count += 1;
    const name = `things${count}`;
    if (json.length > 0) await here.writer.insertMany(here.place(name), { documents: documents(...json) });
    return { name, place: here.place(name), contents: () => here.contents(name) };
  }

  test('insertOne makes the collection, and an _id that is the first field', async () => {
    const { place, contents, name } = await collection();
    const result = await here.writer.insertOne(place, { document: { a: 1 } });
    assert.ok(result.insertedId instanceof ObjectId);
    assert.equal(result.acknowledged, true);
    assert.deepEqual(await contents(), [{ _id: { $oid: result.insertedId.toHexString() }, a: 1 }]);
    const key = `${name}/${result.insertedId.toHexString()}.json`;
    assert.equal((await here.metadata.queries.findObject(here.bucket.id, key))?.etag, result.etag);
  });

  test('insertOne tells what is there already, as the drivers do', async () => {
    const { place, name } = await collection({ _id: 1 });
    await assert.rejects(here.writer.insertOne(place, { document: { _id: 1 } }), {
      code: 'DuplicateKey',
      message: `E11000 duplicate key error collection: ${here.bucket.name}.${name} index: _id_ dup key: {"_id":1}`,
      detail: { Index: '_id_', KeyPattern: '{"_id":1}', KeyValue: '{"_id":1}' },
    });
  });

  test('insertOne takes no names that begin with $, and no array for an _id', async () => {
    const { place } = await collection();
    await assert.rejects(here.writer.insertOne(place, { document: { $a: 1 } }), { code: 'InvalidDocument' });
    await assert.rejects(here.writer.insertOne(place, { document: { _id: [1] } }), {
      code: 'InvalidDocument',
      message: 'The _id of a document cannot be an array.',
    });
  });

  test('insertMany tells the ids by the places of the documents', async () => {
    const { place } = await collection();
    assert.deepEqual(await here.writer.insertMany(place, { documents: documents({ _id: 'a' }, { _id: 5 }) }), {
      acknowledged: true,
      insertedCount: 2,
      insertedIds: { 0: 'a', 1: 5 },
    });
  });

  test('insertMany inserts all or nothing, and tells which one it was', async () => {
    const { place, contents } = await collection({ _id: 1 });
    for (const wrong of [
      [{ _id: 2 }, { _id: 1 }],
      [{ _id: 2 }, { _id: 2 }],
    ]) {
      await assert.rejects(here.writer.insertMany(place, { documents: wrong }), (error: Error & { detail: object }) => {
        assert.deepEqual(error.detail, {
          Index: '_id_',
          KeyPattern: '{"_id":1}',
          KeyValue: `{"_id":${wrong[1]?._id}}`,
          OperationIndex: '1',
        });
        return true;
      });
    }
    assert.deepEqual(await contents(), [{ _id: 1 }]);
  });

  test('insertMany takes 100,000 documents and 48 MiB at most, and one at least', async () => {
    const { place } = await collection();
    const many = Array.from({ length: 100_001 }, () => ({}));
    await assert.rejects(here.writer.insertMany(place, { documents: many }), {
      code: 'DocumentTooLarge',
      message: 'A call writes at most 100000 documents.',
    });
    await assert.rejects(here.writer.insertMany(place, { documents: [] }), { code: 'InvalidQuery' });
    assert.equal(await here.databases.find(here.bucket, place.collection), undefined, 'nothing was made for them');
    const text = 'x'.repeat(13 * 1024 ** 2);
    const large = Array.from({ length: 4 }, () => ({ text }));
    await assert.rejects(here.writer.insertMany(place, { documents: large }), { code: 'DocumentTooLarge' });
  });

  test('a document has 16 MiB at most', async () => {
    const { place } = await collection();
    const document = { text: 'x'.repeat(16 * 1024 ** 2) };
    await assert.rejects(here.writer.insertOne(place, { document }), { code: 'DocumentTooLarge' });
  });

  test('updateOne changes the first that matches, by a sort', async () => {
    const { place, contents } = await collection({ _id: 1, n: 1 }, { _id: 2, n: 2 });
    const result = await here.writer.updateOne(place, { filter: {}, update: { $inc: { n: 10 } }, sort: { n: -1 } });
    const { etag, ...shaped } = result;
    assert.deepEqual(shaped, {
      acknowledged: true,
      matchedCount: 1,
      modifiedCount: 1,
      upsertedId: null,
      upsertedCount: 0,
    });
    assert.match(etag ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(await contents(), [
      { _id: 1, n: 1 },
      { _id: 2, n: 12 },
    ]);
  });

  test('updateOne writes nothing where nothing changes', async () => {
    const { place, name } = await collection({ _id: 'x', a: 1 });
    const find = () => here.metadata.queries.findObject(here.bucket.id, `${name}/x.json`);
    const seq = (await find())?.seq;
    const result = await here.writer.updateOne(place, { filter: { a: 1 }, update: { $set: { a: 1 } } });
    assert.deepEqual([result.matchedCount, result.modifiedCount], [1, 0]);
    assert.equal((await find())?.seq, seq);
  });

  test('updateOne asks for operators, replaceOne for none', async () => {
    const { place } = await collection({ _id: 1 });
    await assert.rejects(here.writer.updateOne(place, { filter: {}, update: { a: 1 } }), {
      code: 'InvalidQuery',
      message: 'Update document requires atomic operators',
    });
    await assert.rejects(here.writer.replaceOne(place, { filter: {}, replacement: { $set: { a: 1 } } }), {
      code: 'InvalidQuery',
    });
  });

  test('updateOne reaches the element that the filter matched, and those of array filters', async () => {
    const { place, contents } = await collection({ _id: 1, a: [1, 5, 9], b: [{ n: 1 }, { n: 2 }] });
    await here.writer.updateOne(place, {
      filter: { a: { $gt: 4 } },
      update: { $set: { 'a.$': 0, 'b.$[x].m': 7 } },
      arrayFilters: [{ 'x.n': 2 }],
    });
    assert.deepEqual(await contents(), [{ _id: 1, a: [1, 0, 9], b: [{ n: 1 }, { n: 2, m: 7 }] }]);
  });

  test('updateMany changes all that match, or nothing', async () => {
    const { place, contents } = await collection({ _id: 1, n: 1 }, { _id: 2, n: 1 }, { _id: 3, n: 'x' });
    const filter = { _id: { $in: [1, 2] } };
    const result = await here.writer.updateMany(place, { filter, update: { $inc: { n: 1 } } });
    assert.deepEqual([result.matchedCount, result.modifiedCount, result.upsertedCount], [2, 2, 0]);
    await assert.rejects(here.writer.updateMany(place, { filter: {}, update: { $inc: { n: 1 } } }), {
      code: 'InvalidQuery',
      message:
        "Cannot apply $inc to a value of non-numeric type. {_id: 3} has the field 'n' of non-numeric type string",
    });
    assert.deepEqual(await contents(), [
      { _id: 1, n: 2 },
      { _id: 2, n: 2 },
      { _id: 3, n: 'x' },
    ]);
  });

  test('an upsert inserts where there is nothing, and updates where there is', async () => {
    const { place, contents } = await collection();
    const request = {
      filter: { _id: 'a', kind: 'x' },
      update: { $inc: { n: 1 }, $setOnInsert: { at: 0 } },
      upsert: true,
    };
    const { etag: _, ...first } = await here.writer.updateOne(place, request);
    assert.deepEqual(first, {
      acknowledged: true,
      matchedCount: 0,
      modifiedCount: 0,
      upsertedId: 'a',
      upsertedCount: 1,
    });
    const second = await here.writer.updateOne(place, request);
    assert.deepEqual([second.matchedCount, second.modifiedCount, second.upsertedId], [1, 1, null]);
    assert.deepEqual(await contents(), [{ _id: 'a', kind: 'x', at: 0, n: 2 }]);
  });

  test('replaceOne leaves the _id, and upserts with that of the filter', async () => {
    const { place, contents } = await collection({ _id: 1, a: 1 });
    await here.writer.replaceOne(place, { filter: { a: 1 }, replacement: { b: 2 } });
    await here.writer.replaceOne(place, { filter: { _id: 2, a: 1 }, replacement: { c: 3 }, upsert: true });
    assert.deepEqual(await contents(), [
      { _id: 1, b: 2 },
      { _id: 2, c: 3 },
    ]);
  });

  test('findOneAndUpdate gives what was, or what is, projected', async () => {
    const { place } = await collection({ _id: 1, n: 1, m: 0 });
    const request = { filter: { _id: 1 }, update: { $inc: { n: 1 } }, projection: { n: 1, _id: 0 } };
    assert.deepEqual((await here.writer.findOneAndUpdate(place, request)).value, { n: 1 });
    const after = await here.writer.findOneAndUpdate(place, { ...request, returnDocument: 'after' });
    assert.deepEqual(after.value, { n: 3 });
    const none = await here.writer.findOneAndUpdate(place, { ...request, filter: { _id: 2 } });
    assert.equal(none.value, null);
    const upserted = { ...request, filter: { _id: 2 }, upsert: true, returnDocument: 'after' as const };
    assert.deepEqual((await here.writer.findOneAndUpdate(place, upserted)).value, { n: 1 });
  });

  test('findOneAndReplace and findOneAndDelete give what was', async () => {
    const { place, contents } = await collection({ _id: 1, n: 1 }, { _id: 2, n: 2 });
    const replaced = await here.writer.findOneAndReplace(place, { filter: { _id: 1 }, replacement: { n: 5 } });
    assert.deepEqual(replaced.value, { _id: 1, n: 1 });
    const deleted = await here.writer.findOneAndDelete(place, { filter: {}, sort: { n: -1 } });
    assert.deepEqual(deleted.value, { _id: 1, n: 5 });
    assert.deepEqual(await contents(), [{ _id: 2, n: 2 }]);
  });

  test('deleteOne deletes the first that matches, deleteMany all of them', async () => {
    const { place, contents } = await collection({ _id: 1, a: 1 }, { _id: 2, a: 1 }, { _id: 3, a: 1 }, { _id: 4 });
    assert.deepEqual(await here.writer.deleteOne(place, { filter: { a: 1 } }), { acknowledged: true, deletedCount: 1 });
    assert.deepEqual(await here.writer.deleteMany(place, { filter: { a: 1 } }), {
      acknowledged: true,
      deletedCount: 2,
    });
    assert.deepEqual(await contents(), [{ _id: 4 }]);
  });

  test('what is not there is neither updated nor deleted, nor made by that', async () => {
    const place = here.place('nowhere');
    const update = { $set: { a: 1 } };
    assert.equal((await here.writer.updateOne(place, { filter: {}, update })).matchedCount, 0);
    assert.equal((await here.writer.deleteMany(place, { filter: {} })).deletedCount, 0);
    assert.equal((await here.writer.findOneAndDelete(place, { filter: {} })).value, null);
    assert.equal(await here.databases.find(here.bucket, 'nowhere'), undefined);
  });

  test('bulkWrite sees what it wrote before, and counts it all', async () => {
    const { place, contents } = await collection({ _id: 1, n: 1 }, { _id: 2, n: 2 });
    const operations: WriteOperation[] = [
      { insertOne: { document: { _id: 3, n: 3 } } },
      { updateMany: { filter: { n: { $gte: 2 } }, update: { $inc: { n: 10 } } } },
      { updateOne: { filter: { n: 13 }, update: { $set: { last: true } } } },
      { replaceOne: { filter: { _id: 4 }, replacement: { n: 4 }, upsert: true } },
      { deleteOne: { filter: { n: 1 } } },
      { deleteMany: { filter: { n: 4 } } },
      { insertOne: { document: { _id: 1, again: true } } },
    ];
    assert.deepEqual(await here.writer.bulkWrite(place, { operations }), {
      acknowledged: true,
      insertedCount: 2,
      matchedCount: 3,
      modifiedCount: 3,
      deletedCount: 2,
      upsertedCount: 1,
      insertedIds: { 0: 3, 6: 1 },
      upsertedIds: { 3: 4 },
    });
    assert.deepEqual(await contents(), [
      { _id: 1, again: true },
      { _id: 2, n: 12 },
      { _id: 3, n: 13, last: true },
    ]);
  });

  test('bulkWrite writes nothing where one of its writes fails, and tells which', async () => {
    const { place, contents } = await collection({ _id: 1, n: 1 });
    const operations: WriteOperation[] = [
      { insertOne: { document: { _id: 2 } } },
      { updateOne: { filter: { _id: 1 }, update: { $push: { n: 1 } } } },
    ];
    await assert.rejects(here.writer.bulkWrite(place, { operations }), {
      code: 'InvalidQuery',
      detail: { Operator: '$push', OperationIndex: '1' },
    });
    await assert.rejects(here.writer.bulkWrite(place, { operations: [{ drop: {} } as never] }), {
      code: 'InvalidQuery',
      detail: { OperationIndex: '0' },
    });
    assert.deepEqual(await contents(), [{ _id: 1, n: 1 }]);
  });

  test('bulkWrite sorts and limits what it wrote among what was there', async () => {
    const { place, contents } = await collection({ _id: 1, n: 5 }, { _id: 2, n: 6 });
    const operations: WriteOperation[] = [
      { updateOne: { filter: {}, sort: { n: 1 }, update: { $set: { n: 9 } } } },
      { insertOne: { document: { _id: 3, n: 7 } } },
      { updateOne: { filter: {}, sort: { n: 1 }, update: { $set: { n: 10 } } } },
      { deleteOne: { filter: {}, sort: { n: 1 } } },
    ];
    await here.writer.bulkWrite(place, { operations });
    assert.deepEqual(await contents(), [
      { _id: 1, n: 9 },
      { _id: 2, n: 10 },
    ]);
  });

  test('a write may ask for what is there by its ETag', async () => {
    const { place, contents } = await collection();
    const { etag } = await here.writer.insertOne(place, { document: { _id: 1, n: 0 } });
    const request = { filter: { _id: 1 }, update: { $inc: { n: 1 } }, ifMatch: etag };
    const second = await here.writer.updateOne(place, request);
    const refused = { code: 'PreconditionFailed', detail: { Condition: 'If-Match' } };
    await assert.rejects(here.writer.updateOne(place, request), refused);
    await assert.rejects(here.writer.deleteOne(place, { filter: { _id: 2 }, ifMatch: etag }), refused);
    await assert.rejects(here.writer.deleteOne(here.place('none'), { filter: { _id: 2 }, ifMatch: etag }), refused);
    await here.writer.replaceOne(place, { filter: { _id: 1 }, replacement: { m: 1 }, ifMatch: second.etag });
    assert.deepEqual(await contents(), [{ _id: 1, m: 1 }]);
  });

  test('an update breaks no unique index, and tells of it as the drivers do', async () => {
    const { place, name } = await collection({ _id: 1, a: { b: 'x' } }, { _id: 2, a: { b: 'y' } });
    await here.indexes.create(await here.databases.get(here.bucket, name), { keys: { 'a.b': -1 }, unique: true });
    const request = { filter: { _id: 2 }, update: { $set: { 'a.b': 'x' } } };
    await assert.rejects(here.writer.updateOne(place, request), {
      code: 'DuplicateKey',
      message: `E11000 duplicate key error collection: ${here.bucket.name}.${name} index: a.b_-1 dup key: {"a.b":"x"}`,
      detail: { Index: 'a.b_-1', KeyPattern: '{"a.b":-1}', KeyValue: '{"a.b":"x"}' },
    });
    const operations: WriteOperation[] = [
      { updateOne: { filter: { _id: 1 }, update: { $set: { 'a.b': 'y' } } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { 'a.b': 'x' } } } },
    ];
    await here.writer.bulkWrite(place, { operations }); // at the end they have changed places
  });

  test('values come back as the types that they were', async () => {
    const { place, contents } = await collection();
    const document = {
      _id: { $oid: '507f1f77bcf86cd799439011' },
      long: { $numberLong: '9223372036854775807' },
      decimal: { $numberDecimal: '1.10' },
      date: { $date: '2020-01-01T00:00:00.000Z' },
      bytes: { $binary: { base64: 'YWJj', subType: '00' } },
    };
    await here.writer.insertMany(place, { documents: documents(document) });
    await here.writer.updateOne(place, { filter: {}, update: { $set: { z: 1 } } });
    assert.deepEqual(await contents(), [{ ...document, z: 1 }]);
  });
});
