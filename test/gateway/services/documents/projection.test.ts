import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import { compileProjection } from '../../../../gateway/services/documents/project/compile-projection.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import { toJson } from '../../../../gateway/services/documents/values/write.ts';
import type { ProjectionCase } from './operator-cases.ts';
import { operatorCases } from './operators/index.ts';

/** The JSON of what is left, with the order of its fields. */
function project({ projection, filter, documents }: ProjectionCase): string {
  const compiled = compileProjection(
    documentFromJson(projection),
    filter === undefined ? undefined : compileFilter(documentFromJson(filter)),
  );
  return JSON.stringify(documents.map((document) => toJson(compiled(documentFromJson(document)), 'relaxed')));
}

describe('projections', () => {
  for (const each of operatorCases) {
    if (each.kind !== 'projection') continue;
    test(`${each.operator}: ${each.title} (${JSON.stringify(each.projection)})`, () => {
      if ('failure' in each) {
        assert.throws(() => project(each), { name: 'Failure', code: 'InvalidQuery', message: each.failure });
        return;
      }
      assert.equal(project(each), JSON.stringify(each.expected));
    });
  }

  test('leave the document itself as it was', () => {
    const document = { _id: 1, a: [{ b: [1, 2, 3] }], c: { d: [1, 2] } };
    const before = structuredClone(document);
    for (const projection of [
      { 'a.b': { $slice: 1 }, 'c.d': { $slice: 1 } },
      { 'a.b': 1, 'c.e': { $literal: 1 } },
      { 'a.b': 0 },
    ]) {
      compileProjection(projection)(document);
      assert.deepEqual(document, before);
    }
  });

  test('lead to no prototypes', () => {
    for (const projection of [{ 'constructor.name': 1 }, { ['__proto__']: 1 }, { a: '$constructor.name' }]) {
      assert.throws(() => compileProjection(documentLike(projection)), { name: 'Failure', code: 'InvalidQuery' });
    }
    assert.deepEqual(compileProjection({ toString: 1, _id: 0 })({ _id: 1 }), {});
  });
});

/** With `__proto__` as a name, as JSON has it. */
function documentLike(value: object): { [name: string]: string | number } {
  return JSON.parse(JSON.stringify(value));
}
