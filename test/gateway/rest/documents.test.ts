import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiInit, type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** Results as the MongoDB drivers shape them ("CRUD Operations" of the manual), in Extended JSON. */
let gateway: TestGateway;
let ann: ApiUser;
before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
});
after(() => gateway.stop());

let collections = 0;
/** A collection of its own, which is not there yet. */
function newName(): string {
  collections += 1;
  return `things${collections}`;
}

function ask(path: string, body?: unknown, init: ApiInit = {}): Promise<ApiReply> {
  return askApi(gateway, path, { method: 'POST', body, token: ann.token, ...init });
}

async function collectionOf(...documents: object[]): Promise<string> {
  const name = newName();
  const reply = await ask(`/collections/${name}/insertMany`, { documents });
  assert.equal(reply.status, 201, reply.text);
  return name;
}

describe('insertOne and insertMany', () => {
  test('answer as the drivers do, and make the collection', async () => {
    const name = newName();
    const one = await ask(`/collections/${name}/insertOne`, { document: { name: 'cary', age: 30 } });
    assert.equal(one.status, 201, one.text);
    assert.equal(one.body.acknowledged, true);
    assert.match(one.body.insertedId.$oid, /^[0-9a-f]{24}$/);
    const many = await ask(`/collections/${name}/insertMany`, { documents: [{ _id: 1 }, { _id: 'b' }] });
    assert.deepEqual(many.body, { acknowledged: true, insertedCount: 2, insertedIds: { 0: 1, 1: 'b' } });
    assert.deepEqual((await ask(`/collections/${name}/count`, {})).body, { count: 3 });
  });

  test('refuse a second document of an id with 409, and then keep none of the call', async () => {
    const name = await collectionOf({ _id: 1 });
    const reply = await ask(`/collections/${name}/insertMany`, { documents: [{ _id: 2 }, { _id: 1 }] });
    assertProblem(reply, 409, 'duplicate-key');
    assert.match(reply.body.detail, /E11000 duplicate key error/);
    assert.deepEqual((await ask(`/collections/${name}/count`, {})).body, { count: 1 });
  });

  test('refuse what is no document, fields that nobody may have, and levels without end', async () => {
    const name = newName();
    const path = `/collections/${name}/insertOne`;
    assertProblem(await ask(path, { document: [1] }), 400, 'invalid-request');
    assertProblem(await ask(path, { document: { _id: [1] } }), 400, 'invalid-document');
    assertProblem(await ask(path, { document: { a: { constructor: 1 } } }), 400, 'invalid-document');
    assertProblem(await ask(path, { document: { a: { $oid: 'x' } } }), 400, 'invalid-document');
    const deep = (levels: number) => `{"document":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    const send = (text: string) =>
      fetch(`${gateway.apiUrl}/api/v1${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${ann.token}`, 'Content-Type': 'application/json' },
        body: text,
      });
    assert.equal((await send(deep(99))).status, 201);
    assert.equal((await send(deep(105))).status, 400);
    assert.equal((await send(deep(100_000))).status, 400);
    assert.equal((await send('{"document":{"a":1,"a":2}}')).status, 400);
    assert.equal((await send('{"document":{"__proto__":1}}')).status, 400);
  });

  test('take a document of nearly 16 MiB, and refuse a larger one with 413', async () => {
    const name = newName();
    const text = (length: number) => ({ document: { _id: 'large', text: '\\"x'.repeat(length / 3) } });
    assert.equal((await ask(`/collections/${name}/insertOne`, text(9_000_000))).status, 201);
    const reply = await ask(`/collections/${name}/insertOne`, text(16.5 * 1024 ** 2));
    assertProblem(reply, 413, 'document-too-large');
    const tooLong = await ask(`/collections/${name}/insertMany`, { documents: [text(49 * 1024 ** 2)] });
    assertProblem(tooLong, 413, 'body-too-large');
  });

  test('may be repeated with an Idempotency-Key', async () => {
    const name = newName();
    const headers = { 'Idempotency-Key': name };
    const first = await ask(`/collections/${name}/insertOne`, { document: {} }, { headers });
    const again = await ask(`/collections/${name}/insertOne`, { document: {} }, { headers });
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(again.body, first.body);
    assert.deepEqual((await ask(`/collections/${name}/count`, {})).body, { count: 1 });
  });
});

describe('find', () => {
  test('filters, sorts, skips, limits and projects, by options at the top or in `options`', async () => {
    const name = await collectionOf({ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3, b: 'x' }, { _id: 4, a: 4 });
    const options = { sort: { a: -1 }, skip: 1, limit: 2, projection: { _id: 0, a: 1 } };
    const filter = { a: { $gte: 1 } };
    const expected = { documents: [{ a: 3 }, { a: 2 }], next: null };
    assert.deepEqual((await ask(`/collections/${name}/find`, { filter, options })).body, expected);
    assert.deepEqual((await ask(`/collections/${name}/find`, { filter, ...options })).body, expected);
    const pairs = { filter, ...options, sort: [['a', -1]] };
    assert.deepEqual((await ask(`/collections/${name}/find`, pairs)).body, expected);
    const one = await ask(`/collections/${name}/findOne`, { filter: { b: 'x' } });
    assert.deepEqual(one.body, { document: { _id: 3, a: 3, b: 'x' } });
    assert.deepEqual((await ask(`/collections/${name}/findOne`, { filter: { b: 'y' } })).body, { document: null });
  });

  test('goes on with `next` until that is null', async () => {
    const name = await collectionOf(...Array.from({ length: 25 }, (_, at) => ({ _id: at, order: -at })));
    const found: number[] = [];
    let next: string | null = null;
    do {
      const body = { sort: { order: 1 }, batchSize: 10, ...(next === null ? {} : { next }) };
      const reply: ApiReply = await ask(`/collections/${name}/find`, body);
      assert.equal(reply.status, 200, reply.text);
      assert.ok(reply.body.documents.length <= 10);
      found.push(...reply.body.documents.map(({ _id }: { _id: number }) => _id));
      next = reply.body.next;
    } while (next !== null);
    assert.deepEqual(
      found,
      Array.from({ length: 25 }, (_, at) => 24 - at),
    );
    assertProblem(await ask(`/collections/${name}/find`, { next: 'nonsense' }), 400, 'invalid-query');
  });

  test('tells types in relaxed or canonical Extended JSON', async () => {
    const document = {
      _id: { $oid: '507f1f77bcf86cd799439011' },
      long: { $numberLong: '9007199254740993' },
      date: { $date: '2026-01-02T03:04:05.678Z' },
      decimal: { $numberDecimal: '1.10' },
      binary: { $binary: { base64: 'AQID', subType: '00' } },
      int: 1,
      double: 1.5,
    };
    const name = await collectionOf(document);
    const relaxed = await ask(`/collections/${name}/find`, {});
    assert.deepEqual(relaxed.body.documents, [document]);
    const canonical = {
      ...document,
      date: { $date: { $numberLong: '1767323045678' } },
      int: { $numberInt: '1' },
      double: { $numberDouble: '1.5' },
    };
    const asked = await ask(`/collections/${name}/find?form=canonical`, {});
    assert.deepEqual(asked.body.documents, [canonical]);
    const accepted = await ask(`/collections/${name}/findOne`, {}, { headers: { Accept: 'application/ejson' } });
    assert.deepEqual(accepted.body.document, canonical);
  });

  test('refuses unknown operators by their names, and what is no option', async () => {
    const name = await collectionOf({ a: 1 });
    const unknown = await ask(`/collections/${name}/find`, { filter: { a: { $foo: 1 } } });
    assertProblem(unknown, 400, 'invalid-query');
    assert.match(unknown.body.detail, /\$foo/);
    const where = await ask(`/collections/${name}/find`, { filter: { $where: 'sleep(1000)' } });
    assertProblem(where, 400, 'invalid-query');
    assert.match(where.body.detail, /\$where/);
    assertProblem(await ask(`/collections/${name}/find`, { sort: { a: 'up' } }), 400, 'invalid-query');
    assertProblem(await ask(`/collections/${name}/find`, { filters: {} }), 400, 'invalid-request');
    assertProblem(await ask(`/collections/${name}/find`, { hint: 'nothing_1' }), 404, 'no-such-index');
    assertProblem(await ask(`/collections/${name}/find`, { hint: { b: 1 } }), 404, 'no-such-index');
    assertProblem(await ask('/collections/nothing/find', {}), 404, 'no-such-collection');
    assertProblem(await ask('/collections/9-is-no-name/find', {}), 400, 'invalid-query');
  });

  test('is ended when its time is over, with 504', async () => {
    const name = await collectionOf(...Array.from({ length: 3000 }, (_, at) => ({ _id: at, text: 'a'.repeat(2000) })));
    const filter = {
      text: { $regex: 'b(a|aa)+$' },
      $or: Array.from({ length: 200 }, () => ({ text: { $regex: '(x+x+)+y' } })),
    };
    const reply = await ask(`/collections/${name}/find`, { filter, maxTimeMS: 1 });
    assertProblem(reply, 504, 'time-exceeded');
    assert.deepEqual((await ask(`/collections/${name}/count`, {})).body, { count: 3000 });
  });
});

describe('count, distinct, aggregate and explain', () => {
  test('count what matches, behind so many and up to so many', async () => {
    const name = await collectionOf({ a: 1 }, { a: 2 }, { a: 3 });
    assert.deepEqual((await ask(`/collections/${name}/count`, { filter: { a: { $gt: 1 } } })).body, { count: 2 });
    const options = { skip: 1, limit: 10, maxTimeMS: 1_000_000_000 };
    assert.deepEqual((await ask(`/collections/${name}/count`, { options })).body, { count: 2 });
  });

  test('list the values of a field', async () => {
    const name = await collectionOf({ a: [1, 2] }, { a: 2 }, { a: 'x' });
    assert.deepEqual((await ask(`/collections/${name}/distinct`, { field: 'a' })).body, { values: [1, 2, 'x'] });
    const body = { key: 'a', filter: { a: 'x' } };
    assert.deepEqual((await ask(`/collections/${name}/distinct`, body)).body, { values: ['x'] });
    assertProblem(await ask(`/collections/${name}/distinct`, {}), 400, 'invalid-request');
  });

  test('run pipelines', async () => {
    const name = await collectionOf({ a: 'x', n: 1 }, { a: 'x', n: 2 }, { a: 'y', n: 5 });
    const pipeline = [{ $group: { _id: '$a', sum: { $sum: '$n' } } }, { $sort: { _id: 1 } }];
    const reply = await ask(`/collections/${name}/aggregate`, { pipeline });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.body.documents, [
      { _id: 'x', sum: 3 },
      { _id: 'y', sum: 5 },
    ]);
    assertProblem(await ask(`/collections/${name}/aggregate`, { pipeline: [{ $foo: 1 }] }), 400, 'invalid-query');
  });

  test('tell how documents are found', async () => {
    const name = await collectionOf({ _id: 1 }, { _id: 2 });
    const { body } = await ask(`/collections/${name}/explain`, { filter: { _id: 1 } });
    assert.equal(body.queryPlanner.winningPlan.stage, 'IDHACK');
    assert.equal(body.executionStats.nReturned, 1);
    const scan = await ask(`/collections/${name}/explain`, { filter: { a: 1 } });
    assert.equal(scan.body.queryPlanner.winningPlan.stage, 'COLLSCAN');
  });
});

describe('updates', () => {
  test('tell what matched and what was modified', async () => {
    const name = await collectionOf({ _id: 1, a: 1 }, { _id: 2, a: 1 });
    const one = await ask(`/collections/${name}/updateOne`, { filter: { a: 1 }, update: { $inc: { a: 1 } } });
    assert.equal(one.status, 200, one.text);
    const { etag, ...told } = one.body;
    assert.match(etag, /^[0-9a-f]{32}$/);
    const result = { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedId: null, upsertedCount: 0 };
    assert.deepEqual(told, result);
    const many = await ask(`/collections/${name}/updateMany`, { filter: {}, update: { $set: { a: 2 } } });
    assert.deepEqual(many.body, { ...result, matchedCount: 2, modifiedCount: 1 });
    const body = { filter: { _id: 1 }, update: { $inc: { 'b.$[]': 1 } } };
    assertProblem(await ask(`/collections/${name}/updateOne`, body), 400, 'invalid-query');
    const noOperator = { filter: {}, update: { a: 1 } };
    assertProblem(await ask(`/collections/${name}/updateOne`, noOperator), 400, 'invalid-query');
  });

  test('upsert, with array filters, by pipelines, and replace', async () => {
    const name = await collectionOf({ _id: 1, grades: [80, 95, 100] });
    const upsert = await ask(`/collections/${name}/updateOne`, {
      filter: { _id: 9 },
      update: { $set: { a: 1 }, $setOnInsert: { b: 2 } },
      options: { upsert: true, bypassDocumentValidation: false },
    });
    assert.deepEqual([upsert.body.upsertedId, upsert.body.upsertedCount, upsert.body.matchedCount], [9, 1, 0]);
    const filtered = { update: { $set: { 'grades.$[g]': 99 } }, arrayFilters: [{ g: { $gte: 90 } }] };
    assert.equal((await ask(`/collections/${name}/updateOne`, { filter: { _id: 1 }, ...filtered })).status, 200);
    const replaced = await ask(`/collections/${name}/replaceOne`, { filter: { _id: 9 }, replacement: { c: 3 } });
    assert.equal(replaced.body.modifiedCount, 1);
    const { documents } = (await ask(`/collections/${name}/find`, { sort: { _id: 1 } })).body;
    assert.deepEqual(documents, [
      { _id: 1, grades: [80, 99, 99] },
      { _id: 9, c: 3 },
    ]);
  });

  test('findOneAnd... tell the document, before or after', async () => {
    const name = await collectionOf({ _id: 1, n: 1 }, { _id: 2, n: 5 });
    const inc = { filter: {}, update: { $inc: { n: 1 } }, sort: { n: -1 }, projection: { n: 1, _id: 0 } };
    const before = await ask(`/collections/${name}/findOneAndUpdate`, inc);
    assert.deepEqual(before.body, { document: { n: 5 } });
    const changed = await ask(`/collections/${name}/findOneAndUpdate`, { ...inc, returnDocument: 'after' });
    assert.deepEqual(changed.body, { document: { n: 7 } });
    const replaced = await ask(`/collections/${name}/findOneAndReplace`, {
      filter: { _id: 1 },
      replacement: { x: 1 },
      options: { returnDocument: 'after' },
    });
    assert.deepEqual(replaced.body, { document: { _id: 1, x: 1 } });
    const deleted = await ask(`/collections/${name}/findOneAndDelete`, { filter: { _id: 1 } });
    assert.deepEqual(deleted.body, { document: { _id: 1, x: 1 } });
    assert.deepEqual((await ask(`/collections/${name}/findOneAndDelete`, { filter: { _id: 1 } })).body, {
      document: null,
    });
  });

  test('change nothing of a collection that is not there', async () => {
    const body = { filter: {}, update: { $set: { a: 1 } } };
    assertProblem(await ask('/collections/nothing/updateOne', body), 404, 'no-such-collection');
    assertProblem(await ask('/collections/nothing/deleteMany', {}), 404, 'no-such-collection');
  });
});

describe('deletes and bulkWrite', () => {
  test('delete one or all that match', async () => {
    const name = await collectionOf({ a: 1 }, { a: 1 }, { a: 1 }, { a: 2 });
    const one = await ask(`/collections/${name}/deleteOne`, { filter: { a: 1 } });
    assert.deepEqual(one.body, { acknowledged: true, deletedCount: 1 });
    const many = await ask(`/collections/${name}/deleteMany`, { filter: { a: 1 } });
    assert.deepEqual(many.body, { acknowledged: true, deletedCount: 2 });
  });

  test('carry out several writes, or none', async () => {
    const name = await collectionOf({ _id: 1, n: 1 });
    const operations = [
      { insertOne: { document: { _id: 2, n: 2 } } },
      { updateMany: { filter: {}, update: { $inc: { n: 10 } } } },
      { updateOne: { filter: { _id: 3 }, update: { $set: { n: 3 } }, upsert: true } },
      { replaceOne: { filter: { _id: 1 }, replacement: { n: 'one' } } },
      { deleteOne: { filter: { _id: 2 } } },
    ];
    const reply = await ask(`/collections/${name}/bulkWrite`, { operations });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.body, {
      acknowledged: true,
      insertedCount: 1,
      matchedCount: 3,
      modifiedCount: 3,
      deletedCount: 1,
      upsertedCount: 1,
      insertedIds: { 0: 2 },
      upsertedIds: { 2: 3 },
    });
    const half = [{ insertOne: { document: { _id: 7 } } }, { insertOne: { document: { _id: 1 } } }];
    assertProblem(await ask(`/collections/${name}/bulkWrite`, { operations: half }), 409, 'duplicate-key');
    assert.deepEqual((await ask(`/collections/${name}/count`, {})).body, { count: 2 });
    const wrong: [object, string][] = [
      [{ dropAll: {} }, '/operations/0'],
      [{ insertOne: {} }, '/operations/0/insertOne/document'],
      [{ deleteOne: { filter: {}, many: true } }, '/operations/0/deleteOne/many'],
      [{ updateOne: { filter: {}, update: 1 } }, '/operations/0/updateOne/update'],
    ];
    for (const [operation, field] of wrong) {
      const refused = await ask(`/collections/${name}/bulkWrite`, { operations: [operation] });
      assertProblem(refused, 400, 'invalid-request');
      assert.equal(refused.body.errors[0].field, field);
    }
  });
});
