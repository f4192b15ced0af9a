import type { EntryRange } from '../../../../metadata/index.ts';
import { encodeValue } from '../values/entry.ts';
import { type DocumentValue, rankOf, typeOf } from '../values/value.ts';
import { toJson } from '../values/write.ts';

/** A place among the entries of an index: before what begins with some bytes, or behind all of it. */
interface Bound {
  readonly bytes: Uint8Array;
  readonly isPast: boolean;
  /** As people read it. */
  readonly label: string;
}

/** Values from one place to another, in ascending order. */
export interface Interval {
  readonly from: Bound;
  readonly to: Bound;
  /** One value alone. */
  readonly isPoint: boolean;
  /** Null, which is also what an index has where there is no field. */
  readonly hasNull: boolean;
}

const HIGHEST = 0xff;

/** Just this value. */
export function point(value: DocumentValue): Interval {
  const bytes = encodeValue(value);
  const label = JSON.stringify(toJson(value, 'relaxed'));
  return {
    from: { bytes, isPast: false, label },
    to: { bytes, isPast: true, label },
    isPoint: true,
    hasNull: value === null,
  };
}

export type Comparison = '$gt' | '$gte' | '$lt' | '$lte';

/** Types whose values are compared by more than their order, or are all the same. */
const NOT_BY_ORDER: ReadonlySet<string> = new Set(['null', 'object', 'array', 'minKey', 'maxKey', 'regex']);

/**
 * What a comparison is true of: values of the operand's own type ("comparisons only on fields where the BSON type matches").
 * Undefined where that is not told by an order alone.
 */
export function compared(operator: Comparison, operand: DocumentValue): Interval | undefined {
  if (NOT_BY_ORDER.has(typeOf(operand)) || Number.isNaN(operand)) return undefined;
  const { from, to } = point(operand);
  const rank = rankOf(operand);
  const span = { isPoint: false, hasNull: false };
  const end: Bound = { bytes: Buffer.from([rank]), isPast: true, label: `last ${typeOf(operand)}` };
  if (operator === '$gt') return { ...span, from: to, to: end };
  if (operator === '$gte') return { ...span, from, to: end };
  // NaN is the least of all numbers, and no comparison with another is true of it.
  const least: Bound =
    rank === rankOf(0)
      ? point(Number.NaN).to
      : { bytes: Buffer.from([rank]), isPast: false, label: `first ${typeOf(operand)}` };
  return { ...span, from: least, to: operator === '$lt' ? from : to };
}

/** Texts that begin so. */
export function beginningWith(text: string): Interval {
  const bytes = encodeValue(text).subarray(0, -2); // without what ends a text
  const label = JSON.stringify(text);
  return {
    from: { bytes, isPast: false, label },
    to: { bytes, isPast: true, label: `${label}...` },
    isPoint: false,
    hasNull: false,
  };
}

/** What is in both; undefined where nothing is. */
export function intersect(a: Interval, b: Interval): Interval | undefined {
  const from = compareBounds(a.from, b.from) >= 0 ? a.from : b.from;
  const to = compareBounds(a.to, b.to) <= 0 ? a.to : b.to;
  if (compareBounds(from, to) >= 0) return undefined;
  return { from, to, isPoint: a.isPoint || b.isPoint, hasNull: a.hasNull && b.hasNull };
}

/** In the order of where they begin. */
export function compareIntervals(a: Interval, b: Interval): number {
  return compareBounds(a.from, b.from);
}

function compareBounds(a: Bound, b: Bound): number {
  return Buffer.compare(writeBound(a), writeBound(b));
}

/** The bytes of a point, as an index has them in a field of that order. */
export function pointBytes({ from }: Interval, isDescending: boolean): Uint8Array {
  return isDescending ? inverted(from.bytes) : from.bytes;
}

/** The entries that begin with some bytes and go on with a value of an interval. */
export function rangeOf(
  beginning: Uint8Array,
  { from, to }: Interval,
  { isDescending }: { readonly isDescending: boolean },
): EntryRange {
  const [start, end] = isDescending ? [turned(to), turned(from)] : [from, to];
  return { start: writeBound(start, beginning), end: writeBound(end, beginning) };
}

function writeBound({ bytes, isPast }: Omit<Bound, 'label'>, beginning: Uint8Array = Buffer.alloc(0)): Buffer {
  const whole = Buffer.concat([beginning, bytes]);
  return isPast ? behindAll(whole) : whole;
}

/** The least bytes that are behind all that begin so. No beginning is of the highest bytes alone: no rank is so high. */
function behindAll(beginning: Buffer): Buffer {
  const last = beginning.findLastIndex((byte) => byte < HIGHEST);
  const end = Buffer.from(beginning.subarray(0, last + 1));
  end[last] = (end[last] ?? 0) + 1;
  return end;
}

/** The same place when the order is turned: what was behind it is before it. */
function turned({ bytes, isPast }: Bound): Omit<Bound, 'label'> {
  return { bytes: inverted(bytes), isPast: !isPast };
}

function inverted(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => HIGHEST - byte));
}
