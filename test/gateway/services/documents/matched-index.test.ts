import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import type { Document } from '../../../../gateway/services/documents/values/value.ts';

/** Filter, document, and the index of the element that the positional operator stands for. */
const CASES: readonly (readonly [Document, Document, number | undefined])[] = [
  [{ a: 2 }, { a: [1, 2, 2] }, 1],
  [{ a: { $gte: 2 } }, { a: [1, 3, 2] }, 1],
  [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, { a: [0, 5, 2] }, 2],
  [{ a: { $elemMatch: { b: 1, c: 2 } } }, { a: [{ b: 1 }, { b: 1, c: 2 }] }, 1],
  [{ 'a.b': 1 }, { a: [{ b: 0 }, { b: 1 }] }, 1],
  [{ 'a.b': 1 }, { a: [{ b: [0, 0, 0] }, { b: [0, 1] }] }, 1],
  [{ 'x.a': 1 }, { x: { a: [0, 1] } }, 1],
  [{ $or: [{ a: 9 }, { a: 2 }] }, { a: [1, 2] }, 1],
  [{ $and: [{ _id: 1 }, { a: 2 }] }, { _id: 1, a: [1, 2] }, 1],
  [{ a: 2, b: { $ne: 7 } }, { a: [1, 2], b: [1, 2, 3] }, 1],
  [{ a: { $in: [3, 2] } }, { a: [1, 2, 3] }, 1],
  [{ _id: 1 }, { _id: 1, a: [1] }, undefined],
  [{ a: [1, 2] }, { a: [1, 2] }, undefined],
  [{ 'a.1': 2 }, { a: [1, 2] }, undefined],
  [{ a: { $size: 2 } }, { a: [1, 2] }, undefined],
  [{ a: { $nin: [5] } }, { a: [1, 2] }, undefined],
  [{ $nor: [{ a: 5 }] }, { a: [1, 2] }, undefined],
  [{ a: 5 }, { a: [1, 2] }, undefined],
  [{ a: 1, b: 2 }, { a: [1], b: 3 }, undefined],
];

describe('the index of the element that a filter matched', () => {
  for (const [filter, document, expected] of CASES) {
    test(`${JSON.stringify(filter)} in ${JSON.stringify(document)} is ${expected ?? 'none'}`, () => {
      const compiled = compileFilter(filter);
      assert.equal(compiled.matchedIndex(document), expected);
      assert.equal(compiled.matchedIndex({ other: 1 }), undefined, 'of another document, afterwards');
    });
  }
});
