import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BSONRegExp } from 'bson';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import { compileRegex } from '../../../../gateway/services/documents/filter/regex.ts';
import { isSimple } from '../../../../gateway/services/documents/query/is-simple.ts';
import { parseSort } from '../../../../gateway/services/documents/sort/compile-sort.ts';
import type { Document, DocumentValue } from '../../../../gateway/services/documents/values/value.ts';

function nested(levels: number, wrap: (inner: Document) => Document): Document {
  let filter: Document = { a: 1 };
  for (let level = 0; level < levels; level += 1) filter = wrap(filter);
  return filter;
}

describe('filters of those who mean no good', () => {
  test('have a hundred levels at most', () => {
    const refused = { name: 'Failure', code: 'InvalidQuery', message: 'A query has at most 100 levels' };
    assert.equal(compileFilter(nested(45, (inner) => ({ $or: [inner] }))).test({ a: 1 }), true);
    for (const wrap of [
      (inner: Document) => ({ $or: [inner] }),
      (inner: Document) => ({ a: { $elemMatch: inner } }),
      (inner: Document) => ({ a: { $not: inner } }),
      (inner: Document) => ({ a: inner }),
    ]) {
      assert.throws(() => compileFilter(nested(20_000, wrap)), refused);
    }
  });

  test('have 16 MiB at most', () => {
    const text = 'x'.repeat(1024 * 1024);
    assert.throws(() => compileFilter({ a: { $in: Array.from({ length: 17 }, () => text) } }), {
      name: 'Failure',
      code: 'DocumentTooLarge',
      message: 'A query has at most 16777216 bytes.',
    });
  });

  test('name no prototypes, and find nothing of theirs', () => {
    for (const path of ['__proto__', 'a.__proto__.b', 'constructor', 'a.constructor.name', 'prototype.x']) {
      assert.throws(() => compileFilter(JSON.parse(`{ "${path}": 1 }`)), { code: 'InvalidQuery' });
      assert.throws(() => compileFilter({ $expr: { $eq: [`$${path}`, 1] } }), { code: 'InvalidQuery' });
    }
    for (const path of ['toString', 'valueOf', 'hasOwnProperty', 'length', 'a.length', 'a.map', 'map', 'a.toString']) {
      assert.equal(compileFilter({ [path]: { $exists: true } }).test({ a: [1, 2], b: 'text' }), false);
    }
    assert.equal(compileFilter({ length: 2, 'a.map': 1 }).test({ length: 2, a: [{ map: 1 }] }), true);
  });

  test('go along paths of 200 names at most', () => {
    const path = Array.from({ length: 200 }, () => 'a').join('.');
    assert.equal(compileFilter({ [path]: null }).test({ a: { a: 1 } }), true);
    assert.throws(() => compileFilter({ [`${path}.a`]: 1 }), {
      code: 'InvalidQuery',
      message: 'FieldPath is too long',
    });
  });

  test('go along ten indexes at most: each may lead two ways', () => {
    let document: DocumentValue = 1;
    for (let level = 0; level < 49; level += 1) document = [{ 0: document }];
    const path = Array.from({ length: 10 }, () => '0').join('.');
    const startedAt = performance.now();
    assert.equal(compileFilter({ [path]: 2 }).test({ 0: document }), false);
    assert.ok(performance.now() - startedAt < 500);
    assert.throws(() => compileFilter({ [`${path}.0`]: 1 }), {
      code: 'InvalidQuery',
      message: 'A path has at most 10 indexes',
    });
    assert.throws(() => parseSort({ [`${path}.0`]: 1 }), {
      code: 'InvalidQuery',
      message: 'A path has at most 10 indexes',
    });
  });

  test('look for regular expressions in a time that grows with the text alone', () => {
    const text = `${'a'.repeat(30_000)}!`;
    for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*)*x', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
      const startedAt = performance.now();
      assert.equal(compileFilter({ a: { $regex: pattern } }).test({ a: text }), false);
      assert.ok(performance.now() - startedAt < 2000, `${pattern} took ${performance.now() - startedAt} ms`);
    }
  });

  test('have no regular expressions of a size that fills the memory', () => {
    for (const pattern of ['((a{1000}){1000}){1000}', 'a{1001}', `(${'x'.repeat(40_000)})`, '(?:'.repeat(2000)]) {
      assert.throws(() => compileFilter({ a: { $regex: pattern } }), { name: 'Failure', code: 'InvalidQuery' });
    }
  });

  test('find plain texts as RE2 finds them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '-', '/', 'é', '\n', '\u{1f600}'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, fc.boolean(), (within, pattern, isAnchored) => {
        const asked = isAnchored ? `^${pattern}` : pattern;
        const found = compileRegex(new BSONRegExp(asked))(within);
        assert.equal(found, RE2JS.compile(asked).test(within), JSON.stringify([within, asked]));
      }),
      { numRuns: 3000 },
    );
  });

  test('compute no lists that fill the memory', () => {
    const filter = compileFilter({ $expr: { $gt: [{ $size: { $range: [0, 1e9] } }, 1] } });
    assert.throws(() => filter.test({}), { name: 'Failure', code: 'InvalidQuery' });
  });

  test('compute no lists of lists, and no texts that double, without an end', () => {
    const numbers = { $range: [0, 100_000] };
    const doubled = (name: string, start: DocumentValue) => ({
      $reduce: { input: { $range: [0, 60] }, initialValue: start, in: { [name]: ['$$value', '$$value'] } },
    });
    for (const expression of [
      { $map: { input: numbers, in: { $size: { $map: { input: numbers, in: 1 } } } } },
      { $map: { input: numbers, in: numbers } },
      doubled('$concatArrays', [1]),
      doubled('$concat', 'x'),
    ]) {
      const filter = compileFilter({ $expr: expression });
      const startedAt = performance.now();
      assert.throws(() => filter.test({}), {
        code: 'InvalidQuery',
        message: 'An expression takes at most 1000000 steps for a document',
      });
      assert.ok(performance.now() - startedAt < 2000);
    }
    assert.equal(compileFilter({ $expr: { $eq: [{ $size: numbers }, 100_000] } }).test({}), true);
  });

  test('are not asked where others wait for it, where a document may take them long', () => {
    const slow: Document[] = [
      { $or: [{ a: 1 }, { $expr: true }] },
      { $jsonSchema: {} },
      { a: { $not: { $regex: '[a-z]{1000}' } } },
      { a: { $in: [new BSONRegExp('a.*b')] } },
      { a: { $regex: 'x', $options: 'i' } },
    ];
    for (const filter of slow) assert.equal(isSimple(filter), false, JSON.stringify(filter));
    for (const filter of [{ a: { $regex: '^abc' } }, { a: 1, b: { $gt: 2 } }]) assert.equal(isSimple(filter), true);
  });

  test('say what is wrong with values that an expression does not take', () => {
    for (const expression of [{ $add: ['$a', 'x'] }, { $substr: 1 }, { $arrayElemAt: [1, 1] }, { $let: 1 }, '$$none']) {
      const filter = { $expr: { $eq: [expression as DocumentValue, 1] } };
      assert.throws(() => compileFilter(filter).test({ a: 1 }), { name: 'Failure', code: 'InvalidQuery' });
    }
  });
});
