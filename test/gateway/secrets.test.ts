import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SecretError, unwrapSecret, wrapSecret } from '../../gateway/secrets.ts';

const masterKey = randomBytes(32);

describe('a wrapped secret', () => {
  test('opens again with the same master key and access key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (accessKey, secret) => {
        assert.equal(unwrapSecret(masterKey, accessKey, wrapSecret(masterKey, accessKey, secret)), secret);
      }),
    );
  });

  test('holds neither the secret nor anything that repeats', () => {
    const [one, two] = [wrapSecret(masterKey, 'AKIA', 'secret'), wrapSecret(masterKey, 'AKIA', 'secret')];
    assert.match(one, /^v1\.[\w-]+$/);
    assert.notEqual(one, two);
    assert.ok(!Buffer.from(one.slice(3), 'base64url').includes('secret'));
  });

  test('does not open with another master key', () => {
    const wrapped = wrapSecret(masterKey, 'AKIA', 'secret');
    assert.throws(() => unwrapSecret(randomBytes(32), 'AKIA', wrapped), SecretError);
  });

  test('does not open for another access key', () => {
    const wrapped = wrapSecret(masterKey, 'AKIA', 'secret');
    assert.throws(() => unwrapSecret(masterKey, 'AKIB', wrapped), {
      name: 'SecretError',
      message: 'The secret of AKIB does not open with this master key.',
    });
  });

  test('does not open when any byte of it is changed or missing', () => {
    const bytes = Buffer.from(wrapSecret(masterKey, 'AKIA', 'secret').slice(3), 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      const cut = bytes.subarray(0, index);
      for (const damaged of [changed, cut]) {
        assert.throws(() => unwrapSecret(masterKey, 'AKIA', `v1.${damaged.toString('base64url')}`), SecretError);
      }
    }
  });

  test('of an unknown version is named as such', () => {
    assert.throws(() => unwrapSecret(masterKey, 'AKIA', 'v2.AAAA'), /in a form unknown to this version/);
    assert.throws(() => unwrapSecret(masterKey, 'AKIA', 'plaintext'), /in a form unknown to this version/);
  });
});
