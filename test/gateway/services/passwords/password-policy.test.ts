import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Passwords } from '../../../../gateway/services/passwords/passwords.ts';
import { Failure } from '../../../../metadata/index.ts';

const NAMES = ['Liddell', 'alice.liddell@example.com'];
const strict = new Passwords({ policy: 'strict' });
const off = new Passwords({ policy: 'off' });

const refused: readonly (readonly [password: string, why: RegExp])[] = [
  ['', /12 characters or more/],
  ['eleven char', /12 characters or more/],
  // Eleven letters, however they are encoded: composed, or as a letter and its accent.
  ['ümläutßünde', /12 characters or more/],
  ['ümläutßünde'.normalize('NFD'), /12 characters or more/],
  // Two code units each, and six characters.
  ['🐎🔋🪜📎🧷🪁', /12 characters or more/],
  ['x'.repeat(1025), /1024 characters or fewer/],
  ['aaaaaaaaaaaa', /again and again/],
  ['            ', /again and again/],
  ['abcabcabcabca', /again and again/],
  ['898989898989', /again and again/],
  ['abcdefghijkl', /sequence/],
  ['234567890123', /sequence/],
  ['ZYXWVUTSRQPO', /sequence/],
  ['123456789012', /sequence/],
  ['210987654321', /sequence/],
  ['administrator', /common/],
  ['Administrator', /common/],
  ['1q2w3e4r5t6y', /common/],
  ['password1234', /common/],
  ['PASSWORD!2024', /common/],
  ['p@ssw0rd2026', /common/],
  ['2026-iloveyou', /common/],
  ['qwertyuiop12', /common/],
  ['passwordpassword', /common/],
  ['trustno1trustno1', /common/],
  ['ｐａｓｓｗｏｒｄ１２３４', /common/],
  ['gatehouse2026', /name or e-mail/],
  ['liddell1234567', /name or e-mail/],
  ['LIDDELL-liddell-LIDDELL', /name or e-mail/],
  ['alice.liddell@example.com', /name or e-mail/],
  ['Alice.Liddell@Example.com', /name or e-mail/],
  ['alice.liddell', /name or e-mail/],
  ['1alice.liddell!', /name or e-mail/],
];

const allowed: readonly string[] = [
  'correct horse battery staple',
  'plain letters only',
  'ALL CAPITALS HERE',
  '847261950382',
  'zwölf Wörter!',
  '🐎🔋🪜📎🧷🪁🎺🪕🥁🎻🎷🪗',
  // A name may be in it, where enough is left to guess.
  'liddell likes tea',
  `${'xyzq-'.repeat(204)}four`,
];

for (const [password, why] of refused) {
  test(`strict refuses '${password.slice(0, 30)}' and says why`, () => {
    assert.throws(
      () => strict.requireAllowed(password, NAMES),
      (refusal) =>
        refusal instanceof Failure &&
        refusal.code === 'WeakPassword' &&
        why.test(refusal.message) &&
        refusal.detail.Field === '/password',
    );
  });
}

for (const password of allowed) {
  test(`strict allows '${password.slice(0, 30)}'`, () => strict.requireAllowed(password, NAMES));
}

test('a name of one or two letters, and one that is not there, forbid nothing', () => {
  strict.requireAllowed('847261950382', ['8', '84', '', undefined, null]);
});

test('off takes any password that has 1 to 1024 characters', () => {
  for (const password of ['x', 'password', 'Liddell', 'x'.repeat(1024), '🐎'.repeat(1024)]) {
    off.requireAllowed(password, NAMES);
  }
  for (const password of ['', 'x'.repeat(1025)]) {
    assert.throws(() => off.requireAllowed(password, NAMES), { code: 'WeakPassword' });
  }
});

test('a long password of few letters is judged about as fast as any other of its length', () => {
  const judge = (password: string) => {
    const begun = performance.now();
    for (let round = 0; round < 20; round += 1) strict.requireAllowed(password, NAMES);
    return performance.now() - begun;
  };
  const plain = Array.from({ length: 1024 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000))).join('');
  judge(plain);
  // Each of these primes becomes four where it is normalized, and none is a letter.
  const primes = `a${'\u2057'.repeat(1022)}b`;
  assert.ok(judge(primes) < 50 * judge(plain) + 100);
});
