import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeTags,
  encodeTags,
  requireValidTags,
  type TaggedKind,
  type Tags,
} from '../../../gateway/services/tags.ts';

function many(count: number): Tags {
  return Array.from({ length: count }, (_, index) => [`key-${index}`, ''] as const);
}

const invalidKey = (TagKey: string) => ({
  code: 'InvalidTag',
  message: 'The TagKey you have provided is invalid',
  detail: { TagKey },
});
const invalidValue = (TagValue: string) => ({
  code: 'InvalidTag',
  message: 'The TagValue you have provided is invalid',
  detail: { TagKey: 'k', TagValue },
});

describe('requireValidTags', () => {
  for (const [kind, max, message] of [
    ['object', 10, 'Object tags cannot be greater than 10'],
    ['bucket', 50, 'Bucket tag count cannot be greater than 50'],
    ['new bucket', 50, 'Bucket tag count cannot be greater than 50'],
  ] as const) {
    test(`takes ${max} tags of one ${kind} and no more`, () => {
      assert.equal(requireValidTags(many(max), kind).length, max);
      assert.throws(() => requireValidTags(many(max + 1), kind), { code: 'BadRequest', message });
    });
  }

  test('takes letters and digits of any script, white space and S3s symbols', () => {
    const tags: Tags = [
      ['Project/Größe', '東京 ٣ Ⅷ ½'],
      ['a+b-c=d.e_f:g/h@i', '+-=._:/@'],
      ['\u00a0\u3000 ', '\u2028'],
      ['k', ''],
    ];
    assert.deepEqual(requireValidTags(tags, 'object'), tags);
  });

  for (const text of ['a,b', 'a;b', 'a!b', 'a*b', 'a#b', 'a%b', 'a&b', 'a"b', 'a(b)', 'a\tb', 'a\nb', '😀', '\ud800']) {
    test(`refuses ${JSON.stringify(text)} as a key and as a value`, () => {
      assert.throws(() => requireValidTags([[text, 'v']], 'object'), invalidKey(text));
      assert.throws(() => requireValidTags([['k', text]], 'object'), invalidValue(text));
    });
  }

  test('counts a key from 1 to 128 and a value from 0 to 256 units of UTF-16', () => {
    const mathematical = '𝔸';
    assert.equal(mathematical.length, 2);
    for (const letter of ['a', 'é', '語']) {
      requireValidTags([[letter.repeat(128), letter.repeat(256)]], 'object');
      assert.throws(() => requireValidTags([[letter.repeat(129), '']], 'object'), invalidKey(letter.repeat(129)));
      assert.throws(() => requireValidTags([['k', letter.repeat(257)]], 'object'), invalidValue(letter.repeat(257)));
    }
    requireValidTags([[mathematical.repeat(64), mathematical.repeat(128)]], 'object');
    const tooLong = mathematical.repeat(65);
    assert.throws(() => requireValidTags([[tooLong, '']], 'object'), invalidKey(tooLong));
    assert.throws(() => requireValidTags([['', 'v']], 'object'), invalidKey(''));
  });

  test('refuses a key that is there twice, and tells keys by their case', () => {
    const twice: Tags = [
      ['a', '1'],
      ['a', '2'],
    ];
    assert.throws(() => requireValidTags(twice, 'bucket'), {
      code: 'InvalidTag',
      message: 'Cannot provide multiple Tags with the same key',
      detail: { TagKey: 'a' },
    });
    const cases: Tags = [
      ['a', '1'],
      ['A', '2'],
    ];
    assert.deepEqual(requireValidTags(cases, 'bucket'), cases);
  });

  for (const [kind, message] of [
    ['object', 'Your TagKey cannot be prefixed with aws:'],
    ['bucket', 'System tags cannot be added/updated by requester'],
    [
      'new bucket',
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your tag keys and try again.',
    ],
  ] as const satisfies readonly (readonly [TaggedKind, string])[]) {
    test(`keeps aws: for the system, of one ${kind}`, () => {
      for (const TagKey of ['aws:', 'aws:cost', 'AWS:cost']) {
        const refused = { code: 'InvalidTag', message, detail: { TagKey } };
        assert.throws(() => requireValidTags([[TagKey, 'v']], kind), refused);
      }
      requireValidTags(
        [
          ['aws', 'aws:'],
          ['my-aws:', ''],
        ],
        kind,
      );
    });
  }
});

describe('the stored form of tags', () => {
  test('gives them back as they were, and is nothing for none', () => {
    const tags: Tags = [
      ['b', ''],
      ['a', 'x y'],
    ];
    assert.deepEqual(decodeTags(encodeTags(tags) ?? null), tags);
    assert.equal(encodeTags([]), undefined);
    assert.equal(encodeTags(undefined), undefined);
    assert.deepEqual(decodeTags(null), []);
  });
});
