import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { expireDocuments } from '../../../../gateway/jobs/document-ttl.ts';
import { DocumentIndexes } from '../../../../gateway/services/documents/indexes/document-indexes.ts';
import { parseIndex } from '../../../../gateway/services/documents/indexes/parse-index.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { Failure } from '../../../../metadata/index.ts';
import { openTestDocuments, readItems, type TestDocuments } from '../../../support/document-collections.ts';

let documents: TestDocuments;
before(async () => {
  documents = await openTestDocuments();
});
after(() => documents.close());

function refused(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe('createIndex', () => {
  it('names an index after its fields, and lists it behind that of the ids', async () => {
    const collection = await documents.collection('named');
    assert.deepEqual(await documents.indexes.create(collection, { keys: { a: 1, 'b.c': -1 } }), {
      name: 'a_1_b.c_-1',
      isNew: true,
    });
    await documents.indexes.create(collection, { keys: { u: 1 }, name: 'mine', unique: true, sparse: true });
    await documents.indexes.create(collection, { keys: { at: 1 }, expireAfterSeconds: 60 });
    assert.deepEqual(await documents.indexes.list(collection), [
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1, 'b.c': -1 }, name: 'a_1_b.c_-1' },
      { v: 2, key: { u: 1 }, name: 'mine', unique: true, sparse: true },
      { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 },
    ]);
  });

  it('does nothing where there is the same, and refuses another of the name or of the fields', async () => {
    const collection = await documents.collection('same', [], [{ keys: { a: 1 } }]);
    const create = (request: Parameters<DocumentIndexes['create']>[1]) => documents.indexes.create(collection, request);
    assert.deepEqual(await create({ keys: { a: 1 } }), { name: 'a_1', isNew: false });
    assert.deepEqual(await create({ keys: { _id: 1 } }), { name: '_id_', isNew: false });
    await assert.rejects(create({ keys: { b: 1 }, name: 'a_1' }), refused('IndexConflict', /index 'a_1' already/));
    await assert.rejects(create({ keys: { a: 1 }, unique: true }), refused('IndexConflict', /'a_1'/));
    await assert.rejects(
      create({ keys: { a: 1 }, name: 'other' }),
      refused('IndexConflict', /same fields already: 'a_1'/),
    );
    assert.equal((await create({ keys: { a: -1 } })).isNew, true);
  });

  it('refuses what is no index', async () => {
    const collection = await documents.collection('none');
    const refuse = (request: Parameters<DocumentIndexes['create']>[1], message: RegExp) =>
      assert.rejects(documents.indexes.create(collection, request), refused('InvalidQuery', message));
    await refuse({ keys: {} }, /needs a field/);
    await refuse({ keys: { a: 'text' } }, /must be 1 or -1/);
    await refuse({ keys: { $a: 1 } }, /cannot be of a field called '\$a'/);
    await refuse({ keys: { 'a..b': 1 } }, /cannot be of a field/);
    await refuse({ keys: { constructor: 1 } }, /constructor/);
    await refuse({ keys: { a: 1, b: 1 }, expireAfterSeconds: 1 }, /one field alone/);
    await refuse({ keys: { a: 1 }, expireAfterSeconds: -1 }, /integer from 0/);
    await refuse({ keys: { a: 1 }, name: '' }, /1 to 127 characters/);
  });

  it('has the documents that were there, and those that come', async () => {
    const items = Array.from({ length: 1000 }, (_, n) => ({ _id: n, n: n % 10 }));
    const collection = await documents.collection('built', items);
    const building = documents.indexes.create(collection, { keys: { n: 1 } });
    const during = await documents.reload(collection);
    await documents.insert(during, [{ _id: 'new', n: 3 }]).catch(async () => {
      await documents.insert(await documents.reload(collection), [{ _id: 'new', n: 3 }]);
    });
    await building;
    const options = { filter: { n: 3 }, hint: 'n_1' };
    assert.equal(await documents.queries.count(await documents.reload(collection), options), 101);
  });

  it('leaves none where it cannot be unique, or have a document', async () => {
    const collection = await documents.collection('undone', [
      { _id: 1, a: 1 },
      { _id: 2, a: 1, p: [1], q: [2] },
    ]);
    await assert.rejects(
      documents.indexes.create(collection, { keys: { a: 1 }, unique: true }),
      refused('DuplicateKey', /E11000/),
    );
    await assert.rejects(
      documents.indexes.create(collection, { keys: { p: 1, q: 1 } }),
      refused('InvalidDocument', /arrays/),
    );
    assert.equal((await documents.indexes.list(collection)).length, 1);
    await documents.indexes.create(collection, { keys: { b: 1 }, unique: true, sparse: true });
  });

  it('is finished by the next gateway where one has stopped', async () => {
    const collection = await documents.collection('resumed', [
      { _id: 1, a: 5 },
      { _id: 2, a: 6, u: 1 },
      { _id: 3, u: 1 },
    ]);
    for (const request of [{ keys: { a: 1 } }, { keys: { u: 1 }, unique: true }]) {
      const { name, definition } = parseIndex(request);
      await documents.metadata.mutations.createDocumentIndex({
        collectionId: collection.row.id,
        name,
        definition: JSON.stringify(definition),
        isUnique: definition.isUnique,
        at: new Date().toISOString(),
      });
    }
    assert.equal((await documents.indexes.list(collection))[1]?.isBuilding, true);
    const failures: string[] = [];
    await new DocumentIndexes(documents.metadata).resume((_, { index }) => failures.push(index));
    assert.deepEqual(failures, ['u_1']);
    assert.deepEqual(
      (await documents.indexes.list(collection)).map(({ name, isBuilding }) => [name, isBuilding]),
      [
        ['_id_', undefined],
        ['a_1', undefined],
      ],
    );
    const { items } = await documents.queries.find(await documents.reload(collection), {
      filter: { a: 5 },
      hint: 'a_1',
    });
    assert.deepEqual(readItems(items), [{ _id: 1, a: 5 }]);
  });
});

describe('dropIndex', () => {
  it('drops an index, but not that of the ids', async () => {
    const collection = await documents.collection('dropped', [{ _id: 1, a: 1 }], [{ keys: { a: 1 } }]);
    await documents.indexes.drop(collection, 'a_1');
    assert.equal((await documents.indexes.list(collection)).length, 1);
    assert.equal(await documents.queries.count(collection, { filter: { a: 1 } }), 1);
    await assert.rejects(documents.indexes.drop(collection, 'a_1'), refused('NoSuchIndex', /There is no index 'a_1'/));
    await assert.rejects(documents.indexes.drop(collection, '_id_'), refused('InvalidQuery', /cannot drop _id index/));
  });
});

describe('expireAfterSeconds', () => {
  it('deletes documents whose time is over, by the least of their dates', async () => {
    const ago = (seconds: number) => ({ $date: new Date(Date.now() - seconds * 1000).toISOString() });
    const items = [
      { _id: 'over', at: ago(100) },
      { _id: 'not yet', at: ago(20) },
      { _id: 'one of them', at: [ago(10), ago(70)] },
      { _id: 'no date', at: 5 },
      { _id: 'nothing' },
    ];
    for (const [name, order] of [
      ['ttl', 1],
      ['ttl2', -1],
    ] as const) {
      const collection = await documents.collection(name, items, [{ keys: { at: order }, expireAfterSeconds: 60 }]);
      const { metadata, databases, store } = documents;
      const failures: unknown[] = [];
      assert.equal(
        await expireDocuments({ metadata, databases, store, onFailure: (error) => failures.push(error) }),
        2,
      );
      assert.deepEqual(failures, []);
      const left = readItems((await documents.queries.find(collection, {})).items).map(({ _id }) => _id);
      assert.deepEqual(left.sort(), ['no date', 'not yet', 'nothing']);
      assert.equal(await documents.queries.estimatedCount(collection), 3);
    }
  });

  it('takes more than a batch', async () => {
    const items = Array.from({ length: 450 }, (_, n) =>
      documentFromJson({ _id: n, at: { $date: '2000-01-01T00:00:00Z' } }),
    );
    const collection = await documents.collection('ttl3', [], [{ keys: { at: 1 }, expireAfterSeconds: 0 }]);
    await documents.insert(collection, items);
    const { metadata, databases, store } = documents;
    assert.equal(await expireDocuments({ metadata, databases, store, onFailure: assert.fail }), 450);
    assert.equal(await documents.queries.count(collection, {}), 0);
  });
});
