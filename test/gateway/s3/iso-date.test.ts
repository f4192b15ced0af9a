import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseIsoDate } from '../../../gateway/s3/iso-date.ts';

describe('parseIsoDate', () => {
  for (const [text, instant] of [
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05.6Z', '2030-01-02T03:04:05.600Z'],
    ['2030-01-02T03:04:05,678Z', '2030-01-02T03:04:05.678Z'],
    ['2030-01-02T03:04:05.678912Z', '2030-01-02T03:04:05.678Z'],
    ['2030-01-02T03:04:05.678912345Z', '2030-01-02T03:04:05.678Z'],
    ['2030-01-02T03:04:05+02:00', '2030-01-02T01:04:05.000Z'],
    ['2030-01-02T03:04:05-0330', '2030-01-02T06:34:05.000Z'],
    ['2030-01-02T03:04:05+05', '2030-01-01T22:04:05.000Z'],
    ['2030-01-02T03:04:05', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02', '2030-01-02T00:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ] as const) {
    test(`takes ${text} for ${instant}`, () => assert.equal(parseIsoDate(text), instant));
  }

  for (const text of [
    '',
    'tomorrow',
    '1893456000',
    'Wed, 02 Jan 2030 03:04:05 GMT',
    '2030-1-2T03:04:05Z',
    '2030-01-02 03:04:05Z',
    '2030-01-02T03:04:05 Z',
    '2030-01-02T03:04:05z',
    '2030-02-29T00:00:00Z',
    '2030-04-31',
    '2030-13-01T00:00:00Z',
    '2030-00-10T00:00:00Z',
    '2030-01-02T25:00:00Z',
    '2030-01-02T03:60:00Z',
    '2030-01-02T03:04:05+99:00',
    '9999-12-31T23:59:59-01:00',
    '+010000-01-01T00:00:00Z',
    '12030-01-01T00:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '2030-01-02T03:04:05Z\n',
  ]) {
    test(`is nothing for ${JSON.stringify(text)}`, () => assert.equal(parseIsoDate(text), undefined));
  }

  test('gives dates whose order as text is that of their times', () => {
    const date = fc.record({
      at: fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
    });
    fc.assert(
      fc.property(date, date, (a, b) => {
        const [first = '', second = ''] = [a, b].map(({ at, offset }) => parseIsoDate(inZone(at, offset)));
        assert.equal(Date.parse(first), a.at.getTime());
        assert.equal(first < second, a.at < b.at);
      }),
    );
  });
});

/** The same instant on the clocks of another zone. */
function inZone(at: Date, offsetMinutes: number): string {
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const distance = Math.abs(offsetMinutes);
  const [hours, minutes] = [Math.floor(distance / 60), distance % 60].map((part) => String(part).padStart(2, '0'));
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`;
}
