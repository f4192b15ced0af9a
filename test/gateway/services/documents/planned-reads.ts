import { ObjectId } from 'bson';
import fc from 'fast-check';
import type { IndexRequest } from '../../../../gateway/services/documents/indexes/parse-index.ts';
import type { Document, DocumentValue } from '../../../../gateway/services/documents/values/value.ts';

/** Few values, so that what is asked for is there: of all types that have an order, and those that are told apart by type. */
const scalar: fc.Arbitrary<DocumentValue> = fc.oneof(
  fc.constantFrom<DocumentValue>(0, 1, 2, 3, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<DocumentValue>('', 'a', 'ab', 'abc', 'b', 'é', '\u{1f600}', '\uffee'),
  fc.constantFrom<DocumentValue>(null, true, false),
  fc.constantFrom(0, 1000, -1).map((time) => new Date(time)),
  fc.constantFrom('0'.repeat(24), 'f'.repeat(24)).map((hex) => new ObjectId(hex)),
);

const inner: fc.Arbitrary<DocumentValue> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.record({ b: scalar, c: scalar }, { requiredKeys: [] }) },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
);

const value: fc.Arbitrary<DocumentValue> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(inner, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.record({ b: inner, c: inner }, { requiredKeys: [] }) },
  { weight: 2, arbitrary: fc.array(fc.record({ b: inner, c: scalar }, { requiredKeys: [] }), { maxLength: 3 }) },
);

export const fields: fc.Arbitrary<Document> = fc.record({ a: value, d: scalar, e: value }, { requiredKeys: [] });

const path = fc.constantFrom('a', 'a.b', 'a.c', 'd', 'e', 'e.b', 'a.0', 'a.b.c', 'a.0.b');

const comparison = fc
  .tuple(fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte', '$ne'), fc.oneof({ weight: 5, arbitrary: scalar }, value))
  .map(([operator, operand]) => ({ [operator]: operand }));

const condition: fc.Arbitrary<DocumentValue> = fc.oneof(
  { weight: 3, arbitrary: comparison },
  { weight: 2, arbitrary: fc.tuple(comparison, comparison).map(([first, second]) => ({ ...first, ...second })) },
  { weight: 2, arbitrary: value },
  { weight: 2, arbitrary: fc.array(value, { maxLength: 4 }).map(($in) => ({ $in })) },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }).map(($nin) => ({ $nin })) },
  { weight: 1, arbitrary: fc.boolean().map(($exists) => ({ $exists })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('^a', '^ab?', '^a|b', '^', 'b', '^ab*c', '^a.').map(($regex) => ({ $regex })),
  },
  { weight: 1, arbitrary: fc.constantFrom('string', 'number', 'null', 'array', 'object').map(($type) => ({ $type })) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map(($size) => ({ $size })) },
  { weight: 1, arbitrary: comparison.map(($not) => ({ $not })) },
  { weight: 1, arbitrary: fc.oneof(comparison, fc.record({ b: comparison })).map(($elemMatch) => ({ $elemMatch })) },
  { weight: 1, arbitrary: fc.array(scalar, { minLength: 1, maxLength: 2 }).map(($all) => ({ $all })) },
);

const conditions: fc.Arbitrary<Document> = fc
  .array(fc.tuple(path, condition), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

export const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 5, arbitrary: conditions },
  { weight: 1, arbitrary: fc.array(conditions, { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })) },
  { weight: 2, arbitrary: fc.array(conditions, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(conditions, fc.array(conditions, { minLength: 1, maxLength: 2 }))
      .map(([all, $or]) => ({ ...all, $or })),
  },
);

const order = fc.constantFrom(1, -1);

export const sort: fc.Arbitrary<Document> = fc
  .uniqueArray(fc.tuple(path, order), { maxLength: 3, selector: ([name]) => name })
  .map((entries) => Object.fromEntries(entries));

/** Of paths that may be in an index together: none within another. */
export const index: fc.Arbitrary<IndexRequest> = fc.record({
  keys: fc
    .uniqueArray(fc.tuple(path, order), { minLength: 1, maxLength: 3, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries)),
  sparse: fc.boolean(),
  unique: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
