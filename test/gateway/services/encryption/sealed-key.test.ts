import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { openSealedKey, SealError, sealKey } from '../../../../gateway/services/encryption/sealed-key.ts';

const seal = { key: randomBytes(32), label: 'a use v1', context: 'an object' };
const secret = randomBytes(32);

describe('a sealed key', () => {
  test('opens in the way that it was sealed', () => {
    assert.deepEqual(openSealedKey(sealKey(secret, seal), seal), secret);
  });

  test('does not open with another key, for another use or in another context', () => {
    const sealed = sealKey(secret, seal);
    for (const other of [{ key: randomBytes(32) }, { label: 'a use v2' }, { context: 'another object' }]) {
      assert.throws(() => openSealedKey(sealed, { ...seal, ...other }), SealError);
    }
  });

  test('holds neither the key nor anything that repeats', () => {
    const [one, two] = [sealKey(secret, seal), sealKey(secret, seal)];
    assert.match(one, /^v1\.[\w-]{86}$/);
    assert.notEqual(one, two);
    assert.ok(!Buffer.from(one.slice(3), 'base64url').includes(secret.subarray(0, 8)));
  });

  test('does not open when any byte of it is changed or missing', () => {
    const bytes = Buffer.from(sealKey(secret, seal).slice(3), 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      for (const damaged of [changed, bytes.subarray(0, index)]) {
        assert.throws(() => openSealedKey(`v1.${damaged.toString('base64url')}`, seal), SealError);
      }
    }
  });

  test('of an unknown version is named as such', () => {
    assert.throws(() => openSealedKey('v2.AAAA', seal), /in a form unknown to this version/);
    assert.throws(() => openSealedKey('', seal), /in a form unknown to this version/);
  });
});
