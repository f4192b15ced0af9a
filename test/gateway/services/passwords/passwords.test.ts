import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { hashSync, verifySync } from '@node-rs/argon2';
import { Passwords } from '../../../../gateway/services/passwords/passwords.ts';

const passwords = new Passwords({ policy: 'strict' });
after(() => passwords.close());

test('a hash is of argon2id with the parameters of OWASP, a salt of its own, and not of the password in the clear', async () => {
  const [one, other] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
  for (const hash of [one, other]) {
    assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  }
  assert.notEqual(one, other);
  assert.equal(verifySync(one, 'correct horse'), true);
});

test('a password is told from others, and nothing from no hash', async () => {
  const hash = await passwords.hash('correct horse');
  assert.equal(await passwords.verify(hash, 'correct horse'), true);
  assert.equal(await passwords.verify(hash, 'correct horsf'), false);
  assert.equal(await passwords.verify(hash, 'Correct horse'), false);
  assert.equal(await passwords.verify(hash, ''), false);
  assert.equal(await passwords.verify(null, 'correct horse'), false);
});

test('a password is the same however its characters are encoded', async () => {
  const hash = await passwords.hash('Ångström №5 ﬁt'.normalize('NFC'));
  assert.equal(await passwords.verify(hash, 'Ångström №5 ﬁt'.normalize('NFD')), true);
  assert.equal(await passwords.verify(hash, 'Ångström No5 fit'), true);
  assert.equal(await passwords.verify(hash, 'Angstrom No5 fit'), false);
});

test('a password with a zero byte does not end there', async () => {
  const hash = await passwords.hash('one\0two');
  assert.equal(await passwords.verify(hash, 'one\0two'), true);
  assert.equal(await passwords.verify(hash, 'one\0six'), false);
});

test('a password of more than 1024 characters is never hashed', async () => {
  assert.equal(await passwords.verify(await passwords.hash('🐎'.repeat(1024)), '🐎'.repeat(1024)), true);
  await assert.rejects(passwords.hash('x'.repeat(1025)), { code: 'WeakPassword' });
  assert.equal(await passwords.verify(null, 'x'.repeat(1_000_000)), false);
});

test('hashes of other parameters need a new one', async () => {
  assert.equal(passwords.needsRehash(await passwords.hash('correct horse')), false);
  const current = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
  for (const other of [{ memoryCost: 8192 }, { timeCost: 3 }, { parallelism: 2 }, { algorithm: 1 }, { version: 0 }]) {
    const hash = hashSync('correct horse', { ...current, ...other });
    assert.equal(passwords.needsRehash(hash), true, hash);
    assert.equal(await passwords.verify(hash, 'correct horse'), true);
  }
});

test('a hash that is none is an error, and not a wrong password', async () => {
  await assert.rejects(passwords.verify('$2b$12$notargon2', 'correct horse'), /could not be hashed or compared/);
  assert.equal(await passwords.verify(await passwords.hash('still alive'), 'still alive'), true);
});
