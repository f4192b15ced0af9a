import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Binary, BSONRegExp, Decimal128, Double, EJSON, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { compareValues } from '../../../../gateway/services/documents/values/compare.ts';
import { encodeEntry } from '../../../../gateway/services/documents/values/entry.ts';
import { fromJson, readStored } from '../../../../gateway/services/documents/values/read.ts';
import { type Document, type DocumentValue, typeOf } from '../../../../gateway/services/documents/values/value.ts';
import { documentText, toJson } from '../../../../gateway/services/documents/values/write.ts';

const scalar: fc.Arbitrary<DocumentValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, 1, 2 ** 31, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NaN),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !/[\ud800-\udfff]/.test(text)),
  fc.date({ noInvalidDate: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.integer().map((value) => new Double(value)),
  fc
    .constantFrom('1', '1.5', '-2.25', '1E+3', '0.1', '9007199254740993', 'NaN', '-Infinity')
    .map((text) => Decimal128.fromString(text)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => new Binary(bytes)),
  fc.tuple(fc.constantFrom('a', 'ab', '^b'), fc.constantFrom('', 'i')).map(([p, o]) => new BSONRegExp(p, o)),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([t, i]) => new Timestamp({ t, i })),
  fc.constant(new MinKey()),
  fc.constant(new MaxKey()),
);

const { value } = fc.letrec<{ value: DocumentValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'ab', ''), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const sign = (number: number) => Math.sign(number) + 0; // and never -0

describe('values of documents', () => {
  test('are ordered by the bytes of their entries as they are ordered themselves', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(sign(Buffer.compare(encodeEntry([a]), encodeEntry([b]))), sign(compareValues(a, b)));
        assert.equal(
          sign(Buffer.compare(encodeEntry([a], [true]), encodeEntry([b], [true]))),
          sign(-compareValues(a, b)),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('are ordered by one order: it turns round with them, and goes through', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        assert.equal(sign(compareValues(a, b)), 0 - sign(compareValues(b, a)));
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) assert.ok(compareValues(a, c) <= 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('are of the order of types that MongoDB documents', () => {
    const ordered: DocumentValue[] = [
      new MinKey(),
      null,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -1,
      0,
      Decimal128.fromString('0.5'),
      Long.fromNumber(1),
      '',
      'a',
      {},
      { a: 1 },
      [],
      [1],
      new Binary(Buffer.from('a')),
      new ObjectId(),
      false,
      true,
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      new BSONRegExp('a'),
      new MaxKey(),
    ];
    for (const [at, each] of ordered.entries()) {
      for (const later of ordered.slice(at + 1)) assert.ok(compareValues(each, later) < 0);
    }
  });

  test('come back from their JSON as they were, in the stored form and in the canonical one', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', '_id'), value, { noNullPrototype: true }), (each) => {
        const document = each as Document;
        assert.equal(compareValues(readStored(documentText(document)), document), 0);
        const canonical = toJson(document, 'canonical');
        assert.deepEqual(toJson(fromJson(JSON.parse(JSON.stringify(canonical))), 'canonical'), canonical);
      }),
      { numRuns: 1000 },
    );
  });

  test('are written in canonical form as the drivers write them', () => {
    const document = {
      int: 1,
      long: Long.fromNumber(1),
      big: Long.fromString('9223372036854775807'),
      double: 1.5,
      whole: new Double(1),
      zero: -0,
      decimal: Decimal128.fromString('1.10'),
      date: new Date(1_700_000_000_000),
      old: new Date(-1),
      id: new ObjectId('507f1f77bcf86cd799439011'),
      bytes: new Binary(Buffer.from('abc')),
      pattern: new BSONRegExp('^a', 'i'),
      stamp: new Timestamp({ t: 1, i: 2 }),
    };
    assert.deepEqual(toJson(document, 'canonical'), JSON.parse(EJSON.stringify(document, { relaxed: false })));
  });

  test('are told by what they are, not by a field that says so', () => {
    const document = fromJson({ _bsontype: 'ObjectId', id: 'x' });
    assert.equal(typeOf(document), 'object');
    assert.ok(compareValues(document, new ObjectId()) < 0);
    assert.equal(compareValues(document, fromJson({ _bsontype: 'ObjectId', id: 'x' })), 0);
  });
});
