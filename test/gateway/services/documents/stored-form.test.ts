import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Decimal128, Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import type { Collection } from '../../../../gateway/services/documents/databases.ts';
import { type DocumentIndex, entriesOf } from '../../../../gateway/services/documents/document-index.ts';
import { entryChanges } from '../../../../gateway/services/documents/entry-changes.ts';
import { equalValues } from '../../../../gateway/services/documents/values/compare.ts';
import { decodeValue } from '../../../../gateway/services/documents/values/decode-entry.ts';
import { documentFromText } from '../../../../gateway/services/documents/values/document-text.ts';
import { encodeValue } from '../../../../gateway/services/documents/values/entry.ts';
import { fromJson } from '../../../../gateway/services/documents/values/read.ts';
import type { DocumentValue } from '../../../../gateway/services/documents/values/value.ts';
import { Failure } from '../../../../metadata/index.ts';

const value: fc.Arbitrary<DocumentValue> = fc.letrec<{ value: DocumentValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<DocumentValue>(null, true, false),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.date({ noInvalidDate: true }),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((long) => Long.fromBigInt(long)),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
    fc.record({ t: fc.nat(), i: fc.nat() }).map((parts) => new Timestamp(parts)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((name) => !/\0|^__proto__$/.test(name)),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

describe('decodeValue', () => {
  test('reads back a value that equals the one that was written', () => {
    fc.assert(
      fc.property(value, (written) => {
        const read = decodeValue(encodeValue(written));
        assert.ok(read !== undefined && equalValues(read, written), JSON.stringify(written));
      }),
      { numRuns: 500 },
    );
  });

  test('reads back decimals that a double is near to', () => {
    for (const text of ['0.1', '-12.345', '1234567.25', '7']) {
      const written = Decimal128.fromString(text);
      const read = decodeValue(encodeValue(written));
      assert.ok(read !== undefined && equalValues(read, written), text);
    }
  });

  test('knows nothing of what is no entry', () => {
    for (const hex of ['', '00', '04', '0461', '09', 'ff', '0200', '0300', '08aabb']) {
      assert.equal(decodeValue(Buffer.from(hex, 'hex')), undefined, hex);
    }
  });
});

describe('documentFromText', () => {
  test('reads what JSON.parse reads, where no name comes twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const text = JSON.stringify({ a: json });
        if (/__proto__|"\$|constructor|prototype|\\u0000|\\ud[89a-f]/.test(text)) return;
        assert.deepEqual(documentFromText(Buffer.from(text)), fromJson(JSON.parse(text)));
      }),
    );
  });

  test('refuses names that come twice, at every level and however they are written', () => {
    for (const text of ['{"a":1,"a":1}', '{"b":[{"a":1,"c":{},"a":2}]}', '{"a":1,"\\u0061":2}', '{"":1,"":2}']) {
      assert.throws(() => documentFromText(Buffer.from(text)), isInvalid(/comes twice/), text);
    }
    documentFromText(Buffer.from('{"a":{"a":[{"a":"a\\":{"},{"a":"}"}]}}'));
  });

  test('refuses half a surrogate pair, be it in a name', () => {
    for (const text of ['{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":["\\ud800x\\udc00"]}']) {
      assert.throws(() => documentFromText(Buffer.from(text)), isInvalid(/Unicode/), text);
    }
    assert.deepEqual(documentFromText(Buffer.from('{"a":"\\ud83d\\ude00"}')), { a: '😀' });
  });
});

describe('entryChanges', () => {
  const index: DocumentIndex = {
    id: 1,
    name: 'a_1',
    fields: [{ path: 'a', isDescending: false }],
    isUnique: false,
    isSparse: false,
    isMultikey: false,
    isReady: true,
  };
  const changes = (changed: Partial<DocumentIndex>, before: DocumentValue, after: DocumentValue) => {
    // Nothing else of the collection is looked at.
    const collection = { indexes: [{ ...index, ...changed }] } as unknown as Collection;
    const { removed, added } = entryChanges(collection, { before: { _id: 1, a: before }, after: { _id: 1, a: after } });
    return [removed.length, added.length];
  };

  test('leaves entries as they are that stay', () => {
    assert.deepEqual(changes({}, 1, 1), [0, 0]);
    assert.deepEqual(changes({ isMultikey: true }, [1, 2], [1, 3]), [2, 2]);
  });

  test('writes all entries of an index that is being built: who builds it leaves out what was written meanwhile', () => {
    assert.deepEqual(changes({ isReady: false }, 1, 1), [0, 1]);
  });

  test('writes all entries of the first document that has several, so that the index is known to have such', () => {
    assert.equal(entriesOf(index, { a: [1] }).length, 2);
    assert.deepEqual(changes({}, 1, [1]), [0, 2]);
    assert.deepEqual(changes({ isMultikey: true }, 1, [1]), [0, 1]);
  });
});

function isInvalid(message: RegExp) {
  return (error: unknown) =>
    error instanceof Failure && error.code === 'InvalidDocument' && message.test(error.message);
}
