import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDigits, newRecoveryCodes, readCode } from '../../../../gateway/services/second-factors/codes.ts';

describe('codes that people type', () => {
  test('ten recovery codes come at once, of 80 bits each, and none is like another', () => {
    const codes = Array.from({ length: 50 }, newRecoveryCodes).flat();
    assert.equal(codes.length, 500);
    assert.equal(new Set(codes).size, 500);
    for (const code of codes) assert.match(code, /^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });

  test('a recovery code is read whatever its case and grouping, and with letters that look like digits', () => {
    const code = '01ab23cd45ef67gh';
    for (const typed of [
      '01ab-23cd-45ef-67gh',
      '01AB23CD45EF67GH',
      ' 01ab 23cd 45ef 67gh ',
      'oIab-23cd-45ef-67gh',
      'Olab23cd45ef67gh',
    ]) {
      assert.deepEqual(readCode(typed), { kind: 'recovery-code', code });
    }
  });

  test('six digits are read with spaces and dashes', () => {
    for (const typed of ['012345', '012 345', ' 01 23 45 ', '012-345']) {
      assert.deepEqual(readCode(typed), { kind: 'digits', code: '012345' });
    }
  });

  test('what is neither is refused', () => {
    for (const typed of [
      '',
      ' ',
      '12345',
      '1234567',
      '１２３４５６',
      'u1ab23cd45ef67gh',
      '01ab23cd45ef67g',
      '01ab23cd45ef67gh0',
    ]) {
      assert.equal(readCode(typed), undefined);
    }
  });

  test('a sent code always has six digits', () => {
    for (let count = 0; count < 2000; count += 1) assert.match(newDigits(), /^\d{6}$/);
  });
});
