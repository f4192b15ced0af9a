import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Decimal128, Long } from 'bson';
import fc from 'fast-check';
import { Query } from 'mingo';
import { compileFilter } from '../../../../gateway/services/documents/filter/compile-filter.ts';
import type { Document, DocumentValue } from '../../../../gateway/services/documents/values/value.ts';
import { modelMatches } from './filter-model.ts';

const scalar = fc.constantFrom<DocumentValue>(
  null,
  0,
  1,
  2,
  Number.NaN,
  '',
  'a',
  'b',
  true,
  new Date(0),
  Long.fromNumber(1),
  Decimal128.fromString('1.5'),
);
const name = fc.constantFrom('a', 'b', '0');
const path = fc.oneof(
  name,
  fc.array(fc.constantFrom('a', 'b', '0', '1'), { minLength: 1, maxLength: 3 }).map((names) => names.join('.')),
);

const { value, document } = fc.letrec<{ value: DocumentValue; document: Document }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('document'),
  ),
  document: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));

const list = fc.array(value, { maxLength: 3 });
const bounds = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte');

const { filter, operators } = fc.letrec<{
  filter: Document;
  operators: Document;
  field: Document;
  branches: Document[];
}>((tie) => ({
  operators: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.tuple(bounds, value).map(([operator, operand]) => ({ [operator]: operand })),
    fc.tuple(fc.constantFrom('$in', '$nin', '$all'), list).map(([operator, items]) => ({ [operator]: items })),
    fc.boolean().map((exists) => ({ $exists: exists })),
    fc.nat(3).map((size) => ({ $size: size })),
    tie('operators').map((operand) => ({ $not: operand })),
    fc.oneof(tie('operators'), tie('filter')).map((criteria) => ({ $elemMatch: criteria })),
    fc.tuple(tie('operators'), tie('operators')).map(([one, other]) => ({ ...one, ...other })),
  ),
  field: fc.tuple(path, fc.oneof(tie('operators'), value)).map(([field, operand]) => ({ [field]: operand })),
  branches: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }),
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('field'),
    fc.tuple(tie('field'), tie('field')).map(([one, other]) => ({ ...one, ...other })),
    fc.tuple(fc.constantFrom('$and', '$or', '$nor'), tie('branches')).map(([operator, all]) => ({ [operator]: all })),
  ),
}));

/** Filters say what is forbidden to say here: nothing within `$in` or `$all` begins with an operator. */
const RUNS = { numRuns: 20_000 };

describe('filters of all kinds', () => {
  test('find what a naive model of the rules finds', () => {
    let matches = 0;
    fc.assert(
      fc.property(filter, document, (asked, stored) => {
        const isMatch = modelMatches(asked, stored);
        matches += Number(isMatch);
        assert.equal(compileFilter(asked).test(stored), isMatch);
      }),
      RUNS,
    );
    assert.ok(matches > RUNS.numRuns / 10, 'too few filters find anything');
  });

  test('find the negation of what $nor of them finds', () => {
    fc.assert(
      fc.property(path, operators, document, (field, criteria, stored) => {
        const isMatch = compileFilter({ [field]: criteria }).test(stored);
        assert.equal(compileFilter({ $nor: [{ [field]: criteria }] }).test(stored), !isMatch);
        assert.equal(compileFilter({ [field]: { $not: criteria } }).test(stored), !isMatch);
      }),
      { numRuns: 3000 },
    );
  });

  test('of plain values find what mingo finds', () => {
    const plain = fc.constantFrom<DocumentValue>(0, 1, 2, 'a', 'b', true, new Date(0), new Date(1));
    const plainDocument = fc.dictionary(name, plain, { maxKeys: 3, noNullPrototype: true });
    const clause = fc.oneof(
      fc.tuple(bounds, plain).map(([operator, operand]) => ({ [operator]: operand })),
      fc.tuple(fc.constantFrom('$in', '$nin'), fc.array(plain)).map(([operator, items]) => ({ [operator]: items })),
      fc.boolean().map((exists) => ({ $exists: exists })),
    );
    const branches = fc.array(fc.dictionary(name, clause, { noNullPrototype: true }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom('$and', '$or', '$nor'), branches, plainDocument, (operator, all, stored) => {
        const asked = { [operator]: all };
        assert.equal(compileFilter(asked).test(stored), new Query(asked as never).test(stored));
      }),
      { numRuns: 5000 },
    );
  });
});
