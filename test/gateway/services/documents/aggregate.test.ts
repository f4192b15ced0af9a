import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { collectionsOf } from '../../../../gateway/services/documents/aggregate/collections-of.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { toJson } from '../../../../gateway/services/documents/values/write.ts';
import { Failure } from '../../../../metadata/index.ts';
import { openTestDocuments, type TestDocuments } from '../../../support/document-collections.ts';
import type { PipelineCase } from './operator-cases.ts';
import { accumulatorCases } from './operators/accumulators.ts';
import { stageCases } from './operators/stages.ts';

let documents: TestDocuments;
let made = 0;
before(async () => {
  documents = await openTestDocuments();
});
after(() => documents.close());

/** Other collections are called after the case that they are for. */
async function run({ pipeline, documents: items, collections = {} }: PipelineCase): Promise<unknown> {
  made += 1;
  let text = JSON.stringify(pipeline);
  for (const [name, others] of Object.entries(collections)) {
    await documents.collection(`${name}${made}`, others);
    text = text.replaceAll(`"${name}"`, `"${name}${made}"`);
  }
  const withIds = items.map((item, at) => ({ _id: at, ...item }));
  const collection = await documents.collection(`case${made}`, withIds);
  const stages = (JSON.parse(text) as object[]).map(documentFromJson);
  return JSON.parse((await documents.queries.aggregate(collection, { pipeline: stages })).items);
}

for (const each of [...stageCases, ...accumulatorCases]) {
  it(`${each.operator} ${each.title}`, async () => {
    if ('failure' in each) {
      await assert.rejects(run(each), (error: unknown) => {
        assert.ok(error instanceof Failure, String(error));
        assert.deepEqual([error.code, error.message], ['InvalidQuery', each.failure]);
        return true;
      });
      return;
    }
    assert.deepEqual(
      await run(each),
      each.expected.map((item) => toJson(documentFromJson(item), 'relaxed')),
    );
  });
}

describe('aggregate', () => {
  it('refuses stages that are none, before anything is read', async () => {
    const collection = await documents.collection('refusals', [{ _id: 1 }]);
    const refuse = (stage: object, message: RegExp) =>
      assert.rejects(
        documents.queries.aggregate(collection, { pipeline: [documentFromJson(stage)] }),
        (error: unknown) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.code, 'InvalidQuery');
          assert.match(error.message, message);
          return true;
        },
      );
    await refuse({ $foo: 1 }, /^Unrecognized pipeline stage name: '\$foo'$/);
    await refuse({ $match: {}, $limit: 1 }, /exactly one field/);
    await refuse({ $group: { _id: null, x: { $accumulator: {} } } }, /unknown group operator '\$accumulator'/);
    await refuse({ $addFields: { x: { $function: {} } } }, /\$function/);
    await refuse({ $project: { x: { $function: {} } } }, /\$function/);
    await refuse({ $facet: { x: [{ $foo: 1 }] } }, /'\$foo'/);
  });

  it('plans the filters and the order that a pipeline begins with', async () => {
    const items = Array.from({ length: 500 }, (_, n) => ({ _id: n, n, m: n % 10 }));
    const collection = await documents.collection('planned', items, [{ keys: { m: 1, n: -1 } }]);
    const pipeline = [{ $match: { m: 3 } }, { $sort: { n: -1 } }, { $limit: 2 }, { $project: { _id: 1 } }].map(
      documentFromJson,
    );
    const { items: found } = await documents.queries.aggregate(collection, { pipeline });
    assert.equal(found, '[{"_id":493},{"_id":483}]');
  });

  it('tells which other collections a pipeline reads', () => {
    const pipeline = [
      { $lookup: { from: 'a', pipeline: [{ $unionWith: 'b' }], as: 'x' } },
      { $facet: { x: [{ $graphLookup: { from: 'c' } }, { $unionWith: { coll: 'd' } }] } },
    ].map(documentFromJson);
    assert.deepEqual(collectionsOf(pipeline), ['a', 'b', 'c', 'd']);
  });
});
