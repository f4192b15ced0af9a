import { BSONRegExp } from 'bson';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import {
  beginningWith,
  type Comparison,
  compared,
  compareIntervals,
  type Interval,
  intersect,
  point,
} from './interval.ts';

/** What a filter says of one field, as far as an index can tell. */
export interface FieldBounds {
  /** One of these has a value of every document that matches, in their order and apart from each other. */
  readonly intervals: readonly Interval[];
  /** Whether every value in them makes the condition true: then nothing has to be looked at again. */
  readonly isExact: boolean;
}

const COMPARISONS: ReadonlySet<string> = new Set(['$gt', '$gte', '$lt', '$lte']);
const MAX_INTERVALS = 1000;
/** A pattern that begins with plain text, and what of it is plain. */
const ANCHORED = /^\^([\p{L}\p{N} _@,:;/'"#%&=<>!~-]+)/u;
const QUANTIFIER = /^[*+?{|]/;

/**
 * What the conditions of a filter that must all be true say of a field. Undefined: nothing that an index could use.
 * @param isMultikey a value may be one of several in an array, and then each condition may be true of another of them
 */
export function boundsOf(filter: Document, path: string, isMultikey: boolean): FieldBounds | undefined {
  const found = conditionsOn(filter, path).flatMap((condition) => boundsOfCondition(condition, isMultikey));
  if (found.length === 0) return undefined;
  if (isMultikey) return narrowest(found);
  return found.reduce(both);
}

/** What is said of a path, here and in `$and`. */
function conditionsOn(filter: Document, path: string): DocumentValue[] {
  const conditions: DocumentValue[] = [];
  if (Object.hasOwn(filter, path)) conditions.push(filter[path] ?? null);
  const { $and: all } = filter;
  if (Array.isArray(all)) for (const each of all) if (isDocument(each)) conditions.push(...conditionsOn(each, path));
  return conditions;
}

function boundsOfCondition(condition: DocumentValue, isMultikey: boolean): FieldBounds[] {
  if (condition instanceof BSONRegExp) return boundsOfPattern(condition.pattern, condition.options);
  if (!isDocument(condition) || !isOperators(condition)) return boundsOfValue(condition);
  const found = Object.entries(condition).flatMap(([operator, operand]) =>
    boundsOfOperator({ operator, operand, whole: condition }),
  );
  if (found.length <= 1 || isMultikey) return found;
  return [found.reduce(both)];
}

function isOperators(condition: Document): boolean {
  return Object.keys(condition)[0]?.startsWith('$') === true;
}

interface Operation {
  readonly operator: string;
  readonly operand: DocumentValue;
  /** With what it stands beside: `$options` belongs to `$regex`. */
  readonly whole: Document;
}

function boundsOfOperator({ operator, operand, whole }: Operation): FieldBounds[] {
  if (operator === '$eq') return boundsOfValue(operand);
  if (COMPARISONS.has(operator)) {
    const interval = compared(operator as Comparison, operand);
    return interval === undefined ? [] : [{ intervals: [interval], isExact: true }];
  }
  if (operator === '$in' && Array.isArray(operand)) return boundsOfList(operand);
  if (operator !== '$regex') return [];
  if (operand instanceof BSONRegExp) return boundsOfPattern(operand.pattern, String(whole.$options ?? operand.options));
  return typeof operand === 'string' ? boundsOfPattern(operand, String(whole.$options ?? '')) : [];
}

/** An array is equal to an array, and to one that has it as an element: both are in the index. */
function boundsOfValue(value: DocumentValue): FieldBounds[] {
  if (value instanceof BSONRegExp) return [];
  const type = typeOf(value);
  return [{ intervals: [point(value)], isExact: type !== 'null' && type !== 'array' && type !== 'object' }];
}

function boundsOfList(values: readonly DocumentValue[]): FieldBounds[] {
  if (values.length === 0 || values.length > MAX_INTERVALS) return [];
  const found = values.map(boundsOfValue);
  if (found.some((bounds) => bounds.length === 0)) return [];
  const points = found.flatMap(([bounds]) => [...(bounds?.intervals ?? [])]);
  return [{ intervals: apart(points), isExact: found.every(([bounds]) => bounds?.isExact === true) }];
}

/** A pattern of plain text at the beginning, of which more may follow. */
function boundsOfPattern(pattern: string, options: string): FieldBounds[] {
  if (/[^s]/.test(options)) return [];
  const plain = ANCHORED.exec(pattern)?.[1] ?? '';
  // What is quantified need not be there; an alternative need not begin so at all.
  const rest = pattern.slice(plain.length + 1);
  const beginning = QUANTIFIER.test(rest) ? Array.from(plain).slice(0, -1).join('') : plain;
  if (beginning === '' || rest.includes('|')) return [];
  return [{ intervals: [beginningWith(beginning)], isExact: false }];
}

/** In order, each once. */
function apart(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.toSorted(compareIntervals);
  return sorted.filter((each, at) => at === 0 || compareIntervals(each, sorted[at - 1] ?? each) !== 0);
}

function both(a: FieldBounds, b: FieldBounds): FieldBounds {
  const intervals = a.intervals.flatMap((left) =>
    b.intervals.map((right) => intersect(left, right)).filter((found) => found !== undefined),
  );
  return { intervals: apart(intervals), isExact: a.isExact && b.isExact };
}

/** One condition alone: what is true of some value of a document. */
function narrowest(found: readonly FieldBounds[]): FieldBounds | undefined {
  const ranked = found.toSorted((a, b) => breadth(a) - breadth(b));
  const [best] = ranked;
  return best && { intervals: best.intervals, isExact: best.isExact && found.length === 1 };
}

function breadth({ intervals }: FieldBounds): number {
  return intervals.every(({ isPoint }) => isPoint) ? intervals.length : MAX_INTERVALS + 1;
}
