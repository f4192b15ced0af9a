import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Collection } from '../../../../gateway/services/documents/databases.ts';
import type { FindOptions } from '../../../../gateway/services/documents/query/document-queries.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { Failure } from '../../../../metadata/index.ts';
import { openTestDocuments, readItems, type TestDocuments } from '../../../support/document-collections.ts';

let documents: TestDocuments;
let many: Collection;
const COUNT = 3000;

before(async () => {
  documents = await openTestDocuments({ idleMs: 300 });
  const items = Array.from({ length: COUNT }, (_, n) => ({
    _id: n,
    n,
    tens: Math.floor(n / 10),
    name: `name ${n % 7}`,
    tags: [n % 5, 'all'],
    when: { $date: new Date(n * 1000).toISOString() },
  }));
  many = await documents.collection('many', items, [
    { keys: { n: 1 } },
    { keys: { tags: 1 } },
    { keys: { tens: -1, n: 1 } },
  ]);
});

after(() => documents.close());

function ids(items: string): unknown[] {
  return readItems(items).map(({ _id }) => _id);
}

async function find(options: FindOptions): Promise<unknown[]> {
  return ids((await documents.queries.find(many, options)).items);
}

/** All pages, one after the other. */
async function findAll(collection: Collection, options: FindOptions): Promise<unknown[]> {
  const found: unknown[] = [];
  let next: string | undefined;
  do {
    const page = await documents.queries.find(collection, { ...options, next });
    found.push(...ids(page.items));
    next = page.next;
  } while (next !== undefined);
  return found;
}

function refused(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe('find', () => {
  it('finds by an id, and by an index', async () => {
    assert.deepEqual(await find({ filter: { _id: 7 } }), [7]);
    assert.deepEqual(await find({ filter: { n: { $gte: 5, $lt: 8 } } }), [5, 6, 7]);
    assert.deepEqual(await find({ filter: { tags: 3 }, limit: 2 }), [3, 8]);
  });

  it('finds what no index knows, in another thread', async () => {
    assert.deepEqual(
      await find({ filter: { name: 'name 3', n: { $mod: [1000, 10] } } }),
      [10, 2010].filter((n) => n % 7 === 3),
    );
    assert.equal((await find({ filter: { name: 'name 3' } })).length, 429);
  });

  it('sorts by an index and without one, skips and limits', async () => {
    assert.deepEqual(await find({ sort: { n: -1 }, limit: 2 }), [2999, 2998]);
    assert.deepEqual(await find({ sort: { tens: -1, n: 1 }, skip: 9, limit: 2 }), [2999, 2980]);
    assert.deepEqual(await find({ sort: { name: 1, n: -1 }, skip: 1, limit: 2 }), [2989, 2982]);
    assert.deepEqual(await find({ filter: { n: { $lt: 3 } }, sort: { n: -1 } }), [2, 1, 0]);
  });

  it('projects', async () => {
    const { items } = await documents.queries.find(many, { filter: { n: 5 }, projection: { name: 1, _id: 0 } });
    assert.equal(items, '[{"name":"name 5"}]');
  });

  it('tells types in the form that is asked for', async () => {
    const one = (form: 'relaxed' | 'canonical') => documents.queries.findOne(many, { filter: { _id: 1 }, form });
    assert.equal(
      await one('relaxed'),
      '{"_id":1,"n":1,"tens":0,"name":"name 1","tags":[1,"all"],"when":{"$date":"1970-01-01T00:00:01.000Z"}}',
    );
    assert.match(
      (await one('canonical')) ?? '',
      /"n":\{"\$numberInt":"1"\}.*"when":\{"\$date":\{"\$numberLong":"1000"\}\}/,
    );
  });

  it('tells that nothing was found', async () => {
    assert.equal(await documents.queries.findOne(many, { filter: { _id: 'none' } }), undefined);
    assert.deepEqual(await documents.queries.find(many, { filter: { n: -1 } }), {
      items: '[]',
      count: 0,
      next: undefined,
    });
  });

  it('uses the index that a hint names, and refuses one that is none', async () => {
    assert.deepEqual(await find({ filter: { n: { $lt: 2 } }, hint: 'tens_-1_n_1' }), [0, 1]);
    assert.deepEqual(await find({ filter: { n: { $lt: 2 } }, hint: '$natural' }), [0, 1]);
    await assert.rejects(find({ hint: 'none' }), refused('NoSuchIndex', /There is no index 'none'/));
  });

  it('refuses what is no query, also where another thread finds out', async () => {
    await assert.rejects(find({ filter: { name: { $foo: 1 } } }), refused('InvalidQuery', /\$foo/));
    await assert.rejects(find({ filter: { $where: 'true' } }), refused('InvalidQuery', /\$where/));
    await assert.rejects(find({ sort: { n: 2 } }), refused('InvalidQuery', /must be 1/));
  });
});

describe('pages', () => {
  const all = Array.from({ length: COUNT }, (_, n) => n);
  const cases: readonly [string, FindOptions][] = [
    ['over all', {}],
    ['of a filter', { filter: { name: { $ne: 'name 3' } } }],
    ['by an index', { sort: { n: 1 } }],
    ['by an index backwards', { filter: { n: { $gt: 100 } }, sort: { n: -1 } }],
    ['by an index of arrays', { filter: { tags: { $in: [1, 2, 'all'] } } }],
    ['by two ranges of arrays backwards', { filter: { tags: { $in: [3, 4] } }, hint: 'tags_1' }],
    ['sorted without an index', { sort: { name: -1 } }],
    ['of ids', { filter: { _id: { $in: all.slice(5, 905) } } }],
    ['with skip and limit', { sort: { name: 1 }, skip: 10, limit: 1100 }],
    ['by an index with skip and limit', { sort: { n: 1 }, skip: 10, limit: 1100 }],
  ];
  for (const [name, options] of cases) {
    it(`go on where the one before ended: ${name}`, async () => {
      const whole = await find(options);
      const paged = await findAll(many, { ...options, pageCount: 250 });
      assert.equal(new Set(paged).size, paged.length);
      assert.deepEqual(paged, whole);
    });
  }

  it('have 16 MiB at most', async () => {
    const text = 'x'.repeat(1024 ** 2);
    const large = await documents.collection(
      'large',
      Array.from({ length: 20 }, (_, n) => ({ _id: n, text })),
    );
    const first = await documents.queries.find(large, {});
    assert.ok(first.items.length <= 16 * 1024 ** 2);
    assert.equal(first.count, 15);
    assert.deepEqual(
      await findAll(large, { sort: { text: 1, _id: -1 } }),
      Array.from({ length: 20 }, (_, n) => 19 - n),
    );
  });

  it('refuses a position of another query, or none at all', async () => {
    const { next } = await documents.queries.find(many, { pageCount: 10 });
    const message = /'next' is not what a page of this query said/;
    await assert.rejects(find({ filter: { n: 1 }, next }), refused('InvalidQuery', message));
    for (const wrong of ['', 'abc', Buffer.from('{"of":1}').toString('base64url')]) {
      await assert.rejects(find({ next: wrong }), refused('InvalidQuery', message));
    }
    const told = JSON.parse(Buffer.from(next ?? '', 'base64url').toString());
    told.at.position = 'other/0.json';
    const moved = Buffer.from(JSON.stringify(told)).toString('base64url');
    await assert.rejects(find({ next: moved }), refused('InvalidQuery', message));
  });
});

describe('count and distinct', () => {
  it('count by an index, by looking, and all', async () => {
    const count = (filter: object, rest: object = {}) =>
      documents.queries.count(many, { filter: documentFromJson(filter), ...rest });
    assert.equal(await count({}), COUNT);
    assert.equal(await count({ n: { $gte: 1000 } }), 2000);
    assert.equal(await count({ tags: 1 }), 600);
    assert.equal(await count({ name: 'name 0' }), 429);
    assert.equal(await count({ n: { $gte: 1000 } }, { skip: 1990 }), 10);
    assert.equal(await count({ name: 'name 0' }, { limit: 100 }), 100);
    assert.equal(await documents.queries.estimatedCount(many), COUNT);
  });

  it('tell the values of a field in their order, of arrays each element', async () => {
    const { items, count } = await documents.queries.distinct(many, { path: 'tags' });
    assert.equal(items, '[0,1,2,3,4,"all"]');
    assert.equal(count, 6);
    assert.equal(
      (await documents.queries.distinct(many, { path: 'name', filter: { n: { $lt: 2 } } })).items,
      '["name 0","name 1"]',
    );
  });
});

describe('explain', () => {
  const stagesOf = async (options: FindOptions) => {
    const { queryPlanner, executionStats } = await documents.queries.explain(many, options);
    return { plan: queryPlanner.winningPlan, stats: executionStats };
  };

  it('tells of ids, indexes, scans and sorts', async () => {
    assert.equal((await stagesOf({ filter: { _id: 1 } })).plan.stage, 'IDHACK');
    const byIndex = await stagesOf({ filter: { n: { $gte: 5, $lt: 8 } } });
    assert.equal(byIndex.plan.inputStage?.stage, 'IXSCAN');
    assert.equal(byIndex.plan.inputStage?.indexName, 'n_1');
    assert.deepEqual(byIndex.plan.inputStage?.indexBounds, { n: ['[5, 8)'] });
    assert.equal(byIndex.stats.totalDocsExamined, 3);
    assert.equal(byIndex.stats.nReturned, 3);
    const scan = await stagesOf({ filter: { name: 'name 0' }, sort: { name: 1 }, limit: 5 });
    assert.equal(scan.plan.stage, 'SORT');
    assert.equal(scan.plan.inputStage?.stage, 'COLLSCAN');
    assert.equal(scan.stats.totalDocsExamined, COUNT);
    assert.equal(scan.stats.nReturned, 5);
  });
});

describe('time and threads', () => {
  it('a query whose time is over is ended, and others go on', async () => {
    const slow = documents.queries.aggregate(many, {
      pipeline: [
        { $lookup: { from: 'many', pipeline: [{ $match: { $expr: { $lt: ['$n', 0] } } }], let: { n: '$n' }, as: 'x' } },
      ],
      maxTimeMs: 200,
    });
    const startedAt = performance.now();
    await assert.rejects(slow, refused('TimeExceeded', /exceeded time limit/));
    assert.ok(performance.now() - startedAt < 1500);
    assert.equal((await find({ filter: { name: 'name 3' } })).length, 429);
  });

  it('what is committed is seen at once, also from another thread', async () => {
    const collection = await documents.collection(
      'seen',
      Array.from({ length: 300 }, (_, n) => ({ _id: n, x: 'old' })),
    );
    for (let n = 0; n < 20; n += 1) {
      await documents.insert(collection, [{ _id: `new ${n}`, x: 'new' }]);
      assert.equal(await documents.queries.count(collection, { filter: { x: 'new' } }), n + 1);
    }
  });

  it('documents are read with what is needed to change them', async () => {
    const found = await documents.queries.findStored(many, { filter: { name: 'name 3' } });
    assert.equal(found.length, 429);
    const [first] = found;
    assert.equal(first?.key.startsWith('many/'), true);
    assert.equal(typeof first?.seq, 'number');
    assert.deepEqual(first?.document.when, new Date(Number(first?.document.n) * 1000));
    const [least] = await documents.queries.findStored(many, { filter: {}, sort: { name: -1, n: 1 }, limit: 1 });
    assert.equal(least?.document.n, 6);
  });
});
