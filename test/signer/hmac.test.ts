import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacHex } from '../../signer/hmac.ts';

test('hmacHex agrees with createHmac for every key and text', () => {
  const key = fc.uint8Array({ minLength: 0, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 2000 }), fc.string({ maxLength: 1100 }));
  const property = fc.property(key, text, text, (someKey, first, second) => {
    for (const each of [first, second]) {
      assert.equal(hmacHex(someKey, each), createHmac('sha256', someKey).update(each).digest('hex'));
    }
  });
  fc.assert(property, { numRuns: 500 });
});
