import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findTotpStep, newTotpSecret, otpauthUrl } from '../../../../gateway/services/second-factors/totp.ts';

/** '12345678901234567890' in base 32: the secret of the vectors of RFC 6238, appendix B. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** Seconds, the step, and the last six of the eight digits that the RFC gives. */
const VECTORS: readonly (readonly [number, number, string])[] = [
  [59, 0x1, '287082'],
  [1_111_111_109, 0x23523ec, '081804'],
  [1_111_111_111, 0x23523ed, '050471'],
  [1_234_567_890, 0x273ef07, '005924'],
  [2_000_000_000, 0x3f940aa, '279037'],
  [20_000_000_000, 0x27bc86aa, '353130'],
];

describe('codes of authenticator apps', () => {
  for (const [seconds, step, code] of VECTORS) {
    test(`${code} is right at ${seconds} s (RFC 6238, appendix B)`, () => {
      assert.equal(findTotpStep(code, { secret: SECRET, nowMs: seconds * 1000 }), step);
    });
  }

  test('a code counts a step early and a step late, with the step that it is of, and no longer', () => {
    const [at, step, code] = [1_234_567_890_000, 0x273ef07, '005924'];
    const find = (nowMs: number) => findTotpStep(code, { secret: SECRET, nowMs });
    assert.equal(find(at - 30_000), step);
    assert.equal(find(at + 30_000), step);
    assert.equal(find(at - 60_000), undefined);
    assert.equal(find(at + 60_000), undefined);
  });

  test('what is no code of six digits is none', () => {
    for (const code of ['', '12345', '1234567', '9005924', 'abcdef']) {
      assert.equal(findTotpStep(code, { secret: SECRET, nowMs: 1_234_567_890_000 }), undefined);
    }
  });

  test('a secret has 160 bits, and none is like another', () => {
    const secrets = new Set(Array.from({ length: 100 }, newTotpSecret));
    assert.equal(secrets.size, 100);
    for (const secret of secrets) assert.match(secret, /^[A-Z2-7]{32}$/);
  });

  test('the URL for a QR code names issuer and account, and what every app can do', () => {
    const url = new URL(otpauthUrl(SECRET, 'ann+x@example.org'));
    assert.equal(url.protocol, 'otpauth:');
    assert.equal(url.host, 'totp');
    assert.equal(decodeURIComponent(url.pathname), '/Gatehouse:ann+x@example.org');
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      issuer: 'Gatehouse',
      secret: SECRET,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });
});
