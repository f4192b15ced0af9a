import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { maskPhone, parsePhone } from '../../../../gateway/services/second-factors/phones.ts';
import { Failure } from '../../../../metadata/index.ts';

describe('telephone numbers', () => {
  test('are kept as E.164, however they are written', () => {
    for (const text of [
      '+15550100123',
      '+1 555 010 0123',
      '+1 (555) 010-0123',
      '001.555.010.0123',
      ' +1-555-010-0123 ',
    ]) {
      assert.equal(parsePhone(text), '+15550100123');
    }
  });

  test('need the code of a country and 7 to 15 digits', () => {
    const refused = [
      '',
      '+',
      '5550100123',
      '+0555010012',
      '+123456',
      '+1234567890123456',
      '+1555x0100',
      '+49 (0) 30 123456',
      '++15550100123',
    ];
    for (const text of refused) {
      assert.throws(
        () => parsePhone(text),
        (error) => error instanceof Failure && error.code === 'InvalidArgument' && error.detail.Field === '/phone',
        text,
      );
    }
  });

  test('show their last two digits', () => {
    assert.equal(maskPhone('+15550100123'), '+*********23');
  });
});
