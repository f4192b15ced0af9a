import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requireEmail } from '../../../gateway/services/email-address.ts';
import { failure } from '../../metadata/support/fixture.ts';

describe('e-mail addresses', () => {
  for (const [given, kept] of [
    ['ann@example.org', 'ann@example.org'],
    ['Ann@EXAMPLE.Org', 'ann@example.org'],
    ['ann+s3.a_b-c@mail.example.org', 'ann+s3.a_b-c@mail.example.org'],
    ["o'neil@xn--bcher-kva.example", "o'neil@xn--bcher-kva.example"],
    ['root@localhost', 'root@localhost'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
  ] as const) {
    test(`${given} is kept as ${kept}`, () => assert.equal(requireEmail(given), kept));
  }

  for (const given of [
    '',
    '@',
    'ann',
    '@example.org',
    'ann@',
    'ann@@example.org',
    'ann@example..org',
    'ann@-example.org',
    'ann@example.org.',
    'ann@[127.0.0.1]',
    'ann @example.org',
    'ann@example.org ',
    'ann@example.org\n',
    'ann@example.org\r\nBcc: eve@example.org',
    'ann@example.org,eve@example.org',
    'Ann <ann@example.org>',
    '"ann"@example.org',
    'ann\u0000@example.org',
    'jörg@example.org',
    'ann@bücher.example',
    'mi\u212Ae@example.org', // the Kelvin sign, a k in lower case
    'mike@\u0131nvalid.example', // a dotless i
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(64)}.org`,
    `a@${'b.'.repeat(130)}org`,
  ]) {
    test(`${JSON.stringify(given)} is none`, () => {
      assert.throws(() => requireEmail(given), failure('InvalidArgument'));
    });
  }
});
