import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidJson, parseStrictJson } from '../../gateway/strict-json.ts';

describe('parseStrictJson', () => {
  test('reads what JSON can say', () => {
    for (const value of [null, true, -1.5e3, 'å \u{1f600} "{}[]:,"', [], {}, { a: [{ b: '\\' }, { b: 2 }], c: {} }]) {
      assert.deepEqual(parseStrictJson(Buffer.from(JSON.stringify(value, undefined, 1))), value);
    }
  });

  test('lets other objects have names that one has', () => {
    assert.deepEqual(parseStrictJson(Buffer.from('{"a":{"a":1},"b":[{"a":2},{"a":3}]}')), {
      a: { a: 1 },
      b: [{ a: 2 }, { a: 3 }],
    });
  });

  for (const [what, text, reason] of [
    ['no JSON', '{', undefined],
    ['nothing', '', undefined],
    ['more than one value', '{}{}', undefined],
    ['a byte order mark', '\ufeff{}', undefined],
    ['a name twice', '{"a":1,"a":1}', 'A field comes twice.'],
    ['a name twice in other words', '{"a":1,"\\u0061":1}', 'A field comes twice.'],
    ['a name twice with an object between', '{"a":1,"b":{"c":1},"a":1}', 'A field comes twice.'],
    ['half a surrogate pair', '{"a":"\\ud800"}', 'A text is not Unicode.'],
    ['the prototype', '{"__proto__":{}}', 'A field has a name that is not allowed.'],
    ['the prototype in other words', '{"\\u005f_proto__":{}}', 'A field has a name that is not allowed.'],
    ['33 lists in each other', '['.repeat(33) + ']'.repeat(33), 'The body is nested too deep.'],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(
        () => parseStrictJson(Buffer.from(text)),
        (error) => {
          assert.ok(error instanceof InvalidJson);
          assert.equal(error.reason, reason);
          return true;
        },
      );
    });
  }

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(() => parseStrictJson(Buffer.from('"\xe9"', 'latin1')), { reason: 'The body is not UTF-8.' });
  });
});
