import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { prefixEnd } from '../../metadata/index.ts';
import { compareBytes, oddKey } from './support/odd-keys.ts';

test('the end of a prefix parts the keys that begin with it from those above it', () => {
  fc.assert(
    fc.property(oddKey, oddKey, (prefix, key) => {
      const end = prefixEnd(prefix);
      const isBelow = compareBytes(key, prefix) >= 0 && (end === undefined || compareBytes(key, end) < 0);
      assert.equal(isBelow, key.startsWith(prefix));
    }),
  );
});

test('the end of a prefix steps over the surrogates and past the last character', () => {
  assert.equal(prefixEnd('a'), 'b');
  assert.equal(prefixEnd('a\ud7ff'), 'a\ue000');
  assert.equal(prefixEnd('\uffff'), '\u{10000}');
  assert.equal(prefixEnd('a\u{10ffff}\u{10ffff}'), 'b');
  assert.equal(prefixEnd('\u{10ffff}'), undefined);
  assert.equal(prefixEnd(''), undefined);
});
