import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from '../../../gateway/http/http-date.ts';

/** The instant of the examples in RFC 9110 section 5.6.7. */
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('parseHttpDate', () => {
  for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
    test(`reads ${text}`, () => assert.equal(parseHttpDate(text), EXAMPLE));
  }

  test('takes a year of two digits more than fifty years ahead for the past', () => {
    const thisYear = new Date().getUTCFullYear();
    for (const [offset, expected] of [
      [1, thisYear + 1],
      [49, thisYear + 49],
      [51, thisYear + 51 - 100],
    ] as const) {
      const digits = String((thisYear + offset) % 100).padStart(2, '0');
      const found = new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`) ?? Number.NaN).getUTCFullYear();
      assert.equal(found, expected);
    }
  });

  for (const text of [
    '',
    'yesterday',
    '1994-11-06T08:49:37Z',
    '784111777',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
  ]) {
    test(`reads no date in ${JSON.stringify(text)}`, () => assert.equal(parseHttpDate(text), undefined));
  }

  test('reads back what formatHttpDate wrote, to the second', () => {
    const instant = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, (date) => {
        return parseHttpDate(formatHttpDate(date.toISOString())) === Math.floor(date.getTime() / 1000) * 1000;
      }),
    );
  });
});

describe('formatHttpDate', () => {
  test('writes what JavaScript writes, whatever the day', () => {
    const instant = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, (date) => {
        assert.equal(formatHttpDate(date.toISOString()), date.toUTCString());
      }),
    );
  });

  test('writes IMF-fixdate', () => {
    assert.equal(formatHttpDate('1994-11-06T08:49:37.999Z'), 'Sun, 06 Nov 1994 08:49:37 GMT');
    assert.equal(formatHttpDate(EXAMPLE), 'Sun, 06 Nov 1994 08:49:37 GMT');
  });
});
