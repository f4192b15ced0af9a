import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, dueAfterDays } from '../../../../gateway/services/lifecycle/index.ts';

function due(from: string, days: number): string {
  return new Date(dueAfterDays(Date.parse(from), days, DAY_MS)).toISOString();
}

describe('an action of some days', () => {
  for (const [what, from, days, expected] of [
    ['of the user guide is due at', '2014-01-15T10:30:00.000Z', 3, '2014-01-19T00:00:00.000Z'],
    ['after which a deleted photo is gone is due at', '2014-01-02T11:30:00.000Z', 5, '2014-01-08T00:00:00.000Z'],
    ['counted from the first instant of a day is due at', '2014-01-15T00:00:00.000Z', 3, '2014-01-19T00:00:00.000Z'],
    ['counted from the second instant of a day is due at', '2014-01-15T00:00:00.001Z', 3, '2014-01-19T00:00:00.000Z'],
    ['counted from the last instant of a day is due at', '2014-01-15T23:59:59.999Z', 3, '2014-01-19T00:00:00.000Z'],
    [
      'of which there are none is due at the midnight that follows,',
      '2014-01-15T10:30:00Z',
      0,
      '2014-01-16T00:00:00.000Z',
    ],
    ['over a leap day is due at', '2024-02-28T12:00:00.000Z', 1, '2024-03-01T00:00:00.000Z'],
    ['over the end of a year is due at', '2025-12-31T12:00:00.000Z', 1, '2026-01-02T00:00:00.000Z'],
  ] as const) {
    test(`${what} ${expected}`, () => assert.equal(due(from, days), expected));
  }

  test('is due at the first midnight of the calendar past so many days', () => {
    const instant = fc.date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z') });
    fc.assert(
      fc.property(instant, fc.nat({ max: 4000 }), (from, days) => {
        const midnight = new Date(from);
        midnight.setUTCDate(midnight.getUTCDate() + days);
        midnight.setUTCHours(24, 0, 0, 0);
        assert.equal(dueAfterDays(from.getTime(), days, DAY_MS), midnight.getTime());
      }),
    );
  });

  test('of any length is due at the first of its multiples past so many of them', () => {
    const scenario = fc.record({
      dayMs: fc.integer({ min: 1, max: 50 }),
      from: fc.nat({ max: 500 }),
      days: fc.nat({ max: 5 }),
    });
    fc.assert(
      fc.property(scenario, ({ dayMs, from, days }) => {
        let midnight = 0;
        while (midnight <= from + days * dayMs) midnight += dayMs;
        assert.equal(dueAfterDays(from, days, dayMs), midnight);
      }),
    );
  });

  test('is never due before the days are over, and at most a day later', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 4000 }), fc.integer({ min: 1, max: DAY_MS }), (from, days, dayMs) => {
        const wait = dueAfterDays(from, days, dayMs) - from;
        assert.ok(wait > days * dayMs && wait <= (days + 1) * dayMs, `${wait}`);
      }),
    );
  });
});
