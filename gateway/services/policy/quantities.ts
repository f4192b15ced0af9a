import { type Comparison, measured } from './comparison.ts';

/** A request may hold thousands of digits and then none: read once, and not again from each of them. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const ISO_DATE = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?$/;
const ZONE = /(Z|[+-]\d{2}:\d{2})$/;

function toNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** "W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time": milliseconds since 1970. */
function toTime(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  if (!ISO_DATE.test(text)) return undefined;
  const time = Date.parse(text.includes('T') && !ZONE.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

const ORDERS: Readonly<Record<string, (value: number, own: number) => boolean>> = {
  Equals: (value, own) => value === own,
  LessThan: (value, own) => value < own,
  LessThanEquals: (value, own) => value <= own,
  GreaterThan: (value, own) => value > own,
  GreaterThanEquals: (value, own) => value >= own,
};

type Measure = (text: string) => number | undefined;

/** By their names behind `Numeric`. */
export const numbers = ordered(toNumber, 'It must be a number.');
/** By their names behind `Date`. */
export const dates = ordered(toTime, 'It must be a date like 2026-01-31T12:00:00Z, or seconds since 1970.');

function ordered(measure: Measure, problem: string): ReadonlyMap<string, Comparison> {
  return new Map(
    Object.entries(ORDERS).map(([name, order]) => {
      const compare = (own: number, text: string) => {
        const value = measure(text);
        return value !== undefined && order(value, own);
      };
      return [name, measured(measure, { compare, problem })];
    }),
  );
}
