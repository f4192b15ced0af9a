import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entriesOf } from '../../../../gateway/services/documents/document-index.ts';
import { compileSort, compileSortKeys, parseSort } from '../../../../gateway/services/documents/sort/compile-sort.ts';
import { documentFromJson } from '../../../../gateway/services/documents/values/read.ts';
import type { SortCase } from './operator-cases.ts';
import { operatorCases } from './operators/index.ts';

function sort({ sort: order, documents }: SortCase): readonly object[] {
  const compare = compileSort(parseSort(documentFromJson(order)));
  return documents
    .map((json) => ({ json, document: documentFromJson(json) }))
    .sort((a, b) => compare(a.document, b.document))
    .map(({ json }) => json);
}

describe('sorts', () => {
  for (const each of operatorCases) {
    if (each.kind !== 'sort') continue;
    test(`${each.title} (${JSON.stringify(each.sort)})`, () => {
      if ('failure' in each) {
        assert.throws(() => sort(each), { name: 'Failure', code: 'InvalidQuery', message: each.failure });
        return;
      }
      assert.deepEqual(sort(each), each.expected);
    });
  }

  test('by keys are those of the documents', () => {
    const { keysOf, compare } = compileSortKeys(parseSort({ a: 1, 'b.c': -1 }));
    const low = keysOf({ a: [3, 1], b: { c: 2 } });
    assert.deepEqual(low, [1, 2]);
    assert.ok(compare(low, keysOf({ a: 1, b: [{ c: 0 }, { c: 1 }] })) < 0);
    assert.equal(compare(low, keysOf({ a: [1], b: [{ c: 2 }] })), 0);
  });

  test('have 32 fields at most, and a field of a prototype is none of a document', () => {
    const fields = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`f${at}`, 1]));
    assert.throws(() => parseSort(fields), {
      code: 'InvalidQuery',
      message: 'Documents are sorted by 32 fields at most.',
    });
    assert.deepEqual(compileSortKeys(parseSort({ toString: 1, 'a.length': 1 })).keysOf({ a: 'text' }), [null, null]);
  });

  test('know an empty array for an array by the entries of an index', () => {
    const index = { fields: [{ path: 'a', isDescending: false }], isUnique: false, isSparse: false };
    assert.ok(entriesOf(index, { a: [] }).length > 1);
    assert.equal(entriesOf(index, { a: null }).length, 1);
  });
});
