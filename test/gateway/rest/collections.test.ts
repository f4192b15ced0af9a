import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let ann: ApiUser;
let bob: ApiUser;
let cat: ApiUser;
let auditor: ApiUser;
let admin: ApiUser;
before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
  bob = await addApiUser(gateway, 'bob');
  cat = await addApiUser(gateway, 'cat');
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
  admin = await addApiUser(gateway, 'admin', { role: 'admin' });
});
after(() => gateway.stop());

function ask(user: ApiUser | undefined, line: string, body?: unknown): Promise<ApiReply> {
  const [method = '', path = ''] = line.split(' ');
  return askApi(gateway, path, { method, token: user?.token, ...(body === undefined ? {} : { body }) });
}

function dcl(user: ApiUser, statements: string): Promise<ApiReply> {
  return ask(user, 'POST /dcl', { statements });
}

async function granted(user: ApiUser, statements: string): Promise<void> {
  const reply = await dcl(user, statements);
  assert.equal(reply.status, 200, reply.text);
}

describe('/collections', () => {
  test('are made, listed in pages, described, changed and dropped', async () => {
    const made = await ask(ann, 'POST /collections', { name: 'workers' });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers.get('location'), '/api/v1/collections/workers');
    assertProblem(await ask(ann, 'POST /collections', { name: 'workers' }), 409, 'collection-exists');
    for (const name of ['$cmd', 'system.users', '1st', 'a/b', 'x'.repeat(121)]) {
      assert.equal((await ask(ann, 'POST /collections', { name })).status, 400, name);
    }
    await ask(ann, 'POST /collections', { name: 'tools' });
    const page = await ask(ann, 'GET /collections?limit=1');
    assert.deepEqual(
      page.body.items.map(({ name }: { name: string }) => name),
      ['tools'],
    );
    const rest = await ask(ann, `GET /collections?limit=1&cursor=${page.body.next}`);
    assert.deepEqual([rest.body.items[0].name, rest.body.next], ['workers', null]);
    await ask(ann, 'POST /collections/workers/insertMany', { documents: [{ _id: 1 }, { _id: 2 }] });
    const { body } = await ask(ann, 'GET /collections/workers');
    assert.deepEqual([body.document_count, body.size_bytes, body.indexes], [2, 18, ['_id_']]);
    assert.deepEqual([body.validator, body.validation_action], [null, 'error']);
    const dropped = await ask(ann, 'DELETE /collections/workers');
    assert.deepEqual([dropped.status, dropped.body], [200, { deleted_count: 2 }]);
    assertProblem(await ask(ann, 'GET /collections/workers'), 404, 'no-such-collection');
    assertProblem(await ask(ann, 'DELETE /collections/workers'), 404, 'no-such-collection');
    assertProblem(await ask(undefined, 'GET /collections'), 401, 'not-authenticated');
  });

  test('give back what their documents took of the quota', async () => {
    const used = async () =>
      (await ask(ann, 'GET /account')).body.usage ?? (await gateway.services.profiles.get(ann.id));
    const before = await used();
    await ask(ann, 'POST /collections/charged/insertMany', {
      documents: Array.from({ length: 200 }, (_, at) => ({ _id: at, text: 'x'.repeat(at < 20 ? 100_000 : 1) })),
    });
    assert.deepEqual((await ask(ann, 'DELETE /collections/charged')).body, { deleted_count: 200 });
    assert.deepEqual(await used(), before);
  });

  test('hold their documents to a validator', async () => {
    const validator = {
      $jsonSchema: { bsonType: 'object', required: ['name'], properties: { age: { bsonType: 'int' } } },
    };
    const made = await ask(ann, 'POST /collections', { name: 'people', validator });
    assert.deepEqual(made.body.validator, validator);
    const refused = await ask(ann, 'POST /collections/people/insertOne', { document: { age: 'old' } });
    assertProblem(refused, 422, 'document-failed-validation');
    const bypass = { document: { age: 'old' }, options: { bypassDocumentValidation: true } };
    assert.equal((await ask(ann, 'POST /collections/people/insertOne', bypass)).status, 201);
    const changed = await ask(ann, 'PATCH /collections/people', { validationAction: 'warn' });
    assert.deepEqual([changed.body.validator, changed.body.validation_action], [validator, 'warn']);
    assert.equal((await ask(ann, 'POST /collections/people/insertOne', { document: {} })).status, 201);
    assert.equal((await ask(ann, 'PATCH /collections/people', { validator: null })).body.validator, null);
    const wrong = { name: 'wrong', validator: { $jsonSchema: { bsonType: 'nothing' } } };
    assertProblem(await ask(ann, 'POST /collections', wrong), 400, 'invalid-query');
    assertProblem(await ask(ann, 'PATCH /collections/people', { validator: { a: { $foo: 1 } } }), 400, 'invalid-query');
  });
});

describe('/collections/:name/indexes', () => {
  test('are made, used, listed and dropped', async () => {
    await ask(ann, 'POST /collections/indexed/insertMany', { documents: [{ a: 1 }, { a: 2 }, { a: 3, b: 1 }] });
    const made = await ask(ann, 'POST /collections/indexed/indexes', { keys: { a: 1 } });
    assert.deepEqual([made.status, made.body], [201, { name: 'a_1' }]);
    const again = await ask(ann, 'POST /collections/indexed/indexes', { keys: [['a', 1]] });
    assert.deepEqual([again.status, again.body], [200, { name: 'a_1' }]);
    const compound = { keys: { b: 1, a: -1 }, name: 'both', unique: true, sparse: true };
    assert.equal((await ask(ann, 'POST /collections/indexed/indexes', compound)).status, 201);
    const listed = await ask(ann, 'GET /collections/indexed/indexes');
    assert.deepEqual(listed.body.items, [
      { name: '_id_', key: { _id: 1 } },
      { name: 'a_1', key: { a: 1 } },
      { name: 'both', key: { b: 1, a: -1 }, unique: true, sparse: true },
    ]);
    const explained = await ask(ann, 'POST /collections/indexed/explain', { filter: { a: 2 }, hint: { a: 1 } });
    assert.equal(explained.body.queryPlanner.winningPlan.inputStage.indexName, 'a_1');
    assert.equal(explained.body.executionStats.totalDocsExamined, 1);
    assertProblem(
      await ask(ann, 'POST /collections/indexed/indexes', { keys: { a: 1 }, name: 'x' }),
      409,
      'index-conflict',
    );
    assertProblem(await ask(ann, 'POST /collections/indexed/indexes', { keys: { a: '2d' } }), 400, 'invalid-query');
    assert.equal((await ask(ann, 'DELETE /collections/indexed/indexes/a_1')).status, 204);
    assertProblem(await ask(ann, 'DELETE /collections/indexed/indexes/a_1'), 404, 'no-such-index');
    assertProblem(await ask(ann, 'DELETE /collections/indexed/indexes/_id_'), 400, 'invalid-query');
  });

  test('that are unique refuse what is there twice with 409', async () => {
    await ask(ann, 'POST /collections/unique/insertMany', { documents: [{ a: 1 }, { a: 1 }] });
    const refused = await ask(ann, 'POST /collections/unique/indexes', { keys: { a: 1 }, unique: true });
    assertProblem(refused, 409, 'duplicate-key');
    await ask(ann, 'POST /collections/unique/deleteOne', {});
    assert.equal((await ask(ann, 'POST /collections/unique/indexes', { keys: { a: 1 }, unique: true })).status, 201);
    assertProblem(await ask(ann, 'POST /collections/unique/insertOne', { document: { a: 1 } }), 409, 'duplicate-key');
  });
});

describe('Grants on a collection', () => {
  const find = (user: ApiUser, name: string) => ask(user, `POST /collections/${name}/find?database=ann`, {});
  const insert = (user: ApiUser, name: string) =>
    ask(user, `POST /collections/${name}/insertOne?database=ann`, { document: {} });

  test('decide who may do what; who may nothing does not know of it', async () => {
    await ask(ann, 'POST /collections/letters/insertOne', { document: { _id: 'a', text: 'dear bob' } });
    assertProblem(await find(bob, 'letters'), 404, 'no-such-collection');
    assertProblem(await insert(bob, 'letters'), 404, 'no-such-collection');
    assertProblem(await find(bob, 'nothing'), 404, 'no-such-collection');
    assertProblem(await ask(bob, 'POST /collections/letters/find?database=nobody', {}), 404, 'no-such-collection');
    await granted(ann, 'GRANT READ, LIST ON COLLECTION letters TO USER bob');
    assert.deepEqual((await find(bob, 'letters')).body.documents, [{ _id: 'a', text: 'dear bob' }]);
    const item = await ask(bob, 'GET /collections/letters/documents/a?database=ann');
    assert.equal(item.status, 200);
    assertProblem(await insert(bob, 'letters'), 403, 'not-allowed');
    assertProblem(await ask(bob, 'POST /collections/letters/deleteMany?database=ann', {}), 403, 'not-allowed');
    assertProblem(await ask(bob, 'DELETE /collections/letters?database=ann'), 403, 'not-allowed');
    const listed = await ask(bob, 'GET /collections?database=ann');
    assert.deepEqual(
      listed.body.items.map(({ name }: { name: string }) => name),
      ['letters'],
    );
    await granted(ann, 'GRANT WRITE ON COLLECTION letters TO USER bob; GRANT DELETE ON COLLECTION letters TO USER cat');
    assert.equal((await insert(bob, 'letters')).status, 201);
    const upsert = { filter: { _id: 'c' }, update: { $set: { n: 1 } }, upsert: true };
    assert.equal((await ask(bob, 'POST /collections/letters/updateOne?database=ann', upsert)).status, 200);
    const del = [{ deleteOne: { filter: {} } }];
    const bulk = await ask(bob, 'POST /collections/letters/bulkWrite?database=ann', { operations: del });
    assertProblem(bulk, 403, 'not-allowed');
    const removed = await ask(cat, 'POST /collections/letters/deleteOne?database=ann', { filter: { _id: 'c' } });
    assert.deepEqual(removed.body, { acknowledged: true, deletedCount: 1 });
    const taken = await ask(cat, 'POST /collections/letters/findOneAndDelete?database=ann', { filter: {} });
    assertProblem(taken, 404, 'no-such-collection');
    await granted(ann, 'REVOKE READ, LIST ON COLLECTION letters FROM USER bob');
    assertProblem(await find(bob, 'letters'), 404, 'no-such-collection');
  });

  test('are of that collection alone', async () => {
    await ask(ann, 'POST /collections/note/insertOne', { document: {} });
    await ask(ann, 'POST /collections/notes/insertOne', { document: {} });
    await granted(ann, 'GRANT READ, LIST ON COLLECTION note TO USER bob');
    assert.equal((await find(bob, 'note')).status, 200);
    assertProblem(await find(bob, 'notes'), 404, 'no-such-collection');
    const pipeline = [{ $lookup: { from: 'notes', localField: 'a', foreignField: 'b', as: 'c' } }];
    const peek = await ask(bob, 'POST /collections/note/aggregate?database=ann', { pipeline });
    assertProblem(peek, 404, 'no-such-collection');
  });

  test('of ADMIN make indexes, change and drop', async () => {
    await ask(ann, 'POST /collections/run/insertOne', { document: {} });
    await granted(
      ann,
      'GRANT READ, LIST, WRITE, DELETE ON COLLECTION run TO USER cat; GRANT ADMIN ON COLLECTION run TO USER bob',
    );
    const index = { keys: { a: 1 } };
    assertProblem(await ask(cat, 'POST /collections/run/indexes?database=ann', index), 403, 'not-allowed');
    assertProblem(await ask(cat, 'PATCH /collections/run?database=ann', { validator: null }), 403, 'not-allowed');
    assert.equal((await ask(bob, 'POST /collections/run/indexes?database=ann', index)).status, 201);
    assert.equal((await ask(bob, 'DELETE /collections/run?database=ann')).status, 200);
  });

  test('go with it: a new one of its name has none', async () => {
    await ask(ann, 'POST /collections', { name: 'brief' });
    await granted(ann, 'GRANT READ, LIST ON COLLECTION brief TO USER bob');
    await ask(ann, 'DELETE /collections/brief');
    await ask(ann, 'POST /collections', { name: 'brief' });
    assertProblem(await find(bob, 'brief'), 404, 'no-such-collection');
  });

  test('are of the grantor, or of the owner whose option one has; admins and others name the database', async () => {
    await ask(ann, 'POST /collections', { name: 'shared' });
    assertProblem(await dcl(bob, 'GRANT READ ON COLLECTION shared TO USER cat'), 404, 'no-such-collection');
    await granted(ann, 'GRANT READ, LIST ON COLLECTION shared TO USER bob WITH GRANT OPTION');
    await granted(bob, 'GRANT READ, LIST ON COLLECTION shared TO USER cat');
    assert.equal((await find(cat, 'shared')).status, 200);
    const shown = await dcl(ann, 'SHOW GRANTS ON COLLECTION shared');
    const { grants } = shown.body.results[0];
    assert.deepEqual(
      grants.map(({ statement, grantor }: { statement: string; grantor: string }) => `${statement} BY ${grantor}`),
      [
        "GRANT READ ON COLLECTION 'db-ann/shared' TO USER bob WITH GRANT OPTION BY USER ann",
        "GRANT LIST ON COLLECTION 'db-ann/shared' TO USER bob WITH GRANT OPTION BY USER ann",
        "GRANT READ ON COLLECTION 'db-ann/shared' TO USER cat BY USER bob",
        "GRANT LIST ON COLLECTION 'db-ann/shared' TO USER cat BY USER bob",
      ],
    );
    // His own is meant first, once there is one.
    await ask(bob, 'POST /collections', { name: 'shared' });
    await granted(bob, 'GRANT READ ON COLLECTION shared TO USER cat');
    assert.equal((await ask(cat, 'GET /collections/shared/documents/x?database=bob')).body.code, 'no-such-document');
    assertProblem(await dcl(admin, 'GRANT READ ON COLLECTION shared TO USER cat'), 400, 'invalid-request');
    await granted(admin, "GRANT DELETE ON COLLECTION 'db-bob/shared' TO USER cat");
    await granted(ann, "REVOKE READ, LIST ON COLLECTION 'db-ann/shared' FROM USER bob CASCADE");
    assertProblem(await find(cat, 'shared'), 404, 'no-such-collection');
    const on = { bucket: 'db-bob', collection: 'shared' };
    const byRest = await ask(bob, 'POST /grants', { privileges: ['LIST'], on, to: [{ user: 'cat' }] });
    assert.deepEqual([byRest.status, byRest.body], [201, { changed: 1 }]);
    assert.equal((await ask(bob, 'GET /grants?collection=shared')).body.items.length, 3);
    assertProblem(await dcl(auditor, "GRANT READ ON COLLECTION 'db-bob/shared' TO USER cat"), 403, 'not-allowed');
  });

  test('hold over S3 as well', async () => {
    await ask(ann, 'PUT /collections/plain/documents/a', { n: 1 });
    const credentials = await gateway.services.accessKeys.create((await gateway.services.accounts.get('bob'))!);
    const get = () => gateway.fetchSigned('/db-ann/plain/a.json', { credentials });
    assert.equal((await get()).status, 403);
    await granted(ann, 'GRANT READ ON COLLECTION plain TO USER bob');
    assert.equal(await (await get()).text(), '{"_id":"a","n":1}');
  });

  test('auditors read all collections and change none; admins do all', async () => {
    await ask(ann, 'POST /collections/watched/insertOne', { document: {} });
    assert.equal((await find(auditor, 'watched')).status, 200);
    assertProblem(await insert(auditor, 'watched'), 403, 'not-allowed');
    assertProblem(await ask(auditor, 'DELETE /collections/watched?database=ann'), 403, 'not-allowed');
    assert.equal((await insert(admin, 'watched')).status, 201);
    assert.equal((await ask(admin, 'DELETE /collections/watched?database=ann')).status, 200);
  });
});
