import { type EntryRange, Failure } from '../../../../metadata/index.ts';
import { type DocumentIndex, ID_INDEX } from '../document-index.ts';
import type { SortField } from '../sort/compile-sort.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { boundsOf, type FieldBounds } from './bounds.ts';
import { pointBytes, rangeOf } from './interval.ts';

/** How documents are found. What is found is always looked at again by the filter itself, unless the plan is exact. */
export type Plan =
  /** By their ids. */
  | { readonly kind: 'ids'; readonly ids: readonly DocumentValue[] }
  /** By ranges of an index, one after the other. */
  | {
      readonly kind: 'index';
      readonly index: DocumentIndex;
      readonly ranges: readonly EntryRange[];
      readonly isReverse: boolean;
      /** They come in the order that was asked for. */
      readonly coversSort: boolean;
      /** Each entry is of a document that matches, and each document has one: they may be counted. */
      readonly isExact: boolean;
    }
  /** All of them. */
  | { readonly kind: 'scan' };

export interface QueryToPlan {
  readonly filter: Document;
  readonly sort: readonly SortField[];
  readonly indexes: readonly DocumentIndex[];
  /** The name of the index that must be used. */
  readonly hint?: string | undefined;
}

const MAX_RANGES = 1000;
const EVERYTHING: EntryRange = { start: Buffer.alloc(0), end: Buffer.from([0xff]) };

/** @throws Failure `NoSuchIndex` for a hint that is none */
export function planQuery({ filter, sort, indexes, hint }: QueryToPlan): Plan {
  const ids = idsOf(filter);
  if (ids !== undefined && (hint === undefined || hint === ID_INDEX)) return { kind: 'ids', ids };
  if (hint === '$natural' || hint === ID_INDEX) return { kind: 'scan' };
  const usable = indexes.filter(({ isReady, name }) => isReady && (hint === undefined || name === hint));
  if (hint !== undefined && usable.length === 0) throw new Failure('NoSuchIndex', `There is no index '${hint}'.`);
  const candidates = usable
    .map((index) => candidateOf(index, { filter, sort, isWanted: hint !== undefined }))
    .filter((candidate) => candidate !== undefined);
  const [best] = candidates.toSorted((a, b) => b.score - a.score);
  return best?.plan ?? { kind: 'scan' };
}

/** The ids that a filter names, all of them plainly. */
function idsOf({ _id: condition }: Document): DocumentValue[] | undefined {
  if (condition === undefined) return undefined;
  if (isPlainId(condition)) return [condition];
  if (!isDocument(condition)) return undefined;
  const { $eq: one, $in: list } = condition;
  if (one !== undefined && isPlainId(one)) return [one];
  return Array.isArray(list) && list.length <= MAX_RANGES && list.every(isPlainId) ? list : undefined;
}

function isPlainId(value: DocumentValue): boolean {
  const type = typeOf(value);
  if (type === 'array' || type === 'regex') return false;
  return !isDocument(value) || !Object.keys(value).some((name) => name.startsWith('$'));
}

interface Candidate {
  readonly plan: Plan;
  /** The greater, the fewer documents are likely to be met. */
  readonly score: number;
}

interface Wanted {
  readonly filter: Document;
  readonly sort: readonly SortField[];
  readonly isWanted: boolean;
}

function candidateOf(index: DocumentIndex, { filter, sort, isWanted }: Wanted): Candidate | undefined {
  const bounds = index.fields.map(({ path }) => boundsOf(filter, path, index.isMultikey));
  if (index.isSparse && !hasValue(bounds)) return undefined;
  const { ranges, points, used } = rangesOf(index, bounds);
  const order = ranges.length === 1 ? orderOf(index, sort, points) : undefined;
  const coversSort = order !== undefined && sort.length > 0;
  if (used === 0 && !coversSort && !isWanted) return undefined;
  const isExact =
    !index.isMultikey && used === namesOf(filter) && bounds.slice(0, used).every((each) => each?.isExact === true);
  const plan: Plan = { kind: 'index', index, ranges, isReverse: order === 'reverse', coversSort, isExact };
  return { plan, score: points * 4 + (used - points) * 2 + Number(coversSort) + (index.isUnique ? 0.5 : 0) };
}

/** A sparse index has no entries of documents without any of its fields: those must not match. */
function hasValue(bounds: readonly (FieldBounds | undefined)[]): boolean {
  return bounds.some((each) => each?.intervals.every(({ hasNull }) => !hasNull) === true);
}

/** How many conditions a filter has; more than can be told by fields alone where it has others. */
function namesOf(filter: Document): number {
  const names = Object.keys(filter);
  return names.some((name) => name.startsWith('$')) ? Number.POSITIVE_INFINITY : names.length;
}

interface Ranges {
  readonly ranges: readonly EntryRange[];
  /** How many of the first fields are single values. */
  readonly points: number;
  /** How many of the first fields are bounded at all. */
  readonly used: number;
}

/** Values of the first fields, as long as those are points, and then an interval of the next. */
function rangesOf({ fields }: DocumentIndex, bounds: readonly (FieldBounds | undefined)[]): Ranges {
  let beginnings: Buffer[] = [Buffer.alloc(0)];
  let points = 0;
  for (const [at, field] of fields.entries()) {
    const intervals = bounds[at]?.intervals;
    if (intervals === undefined || beginnings.length * intervals.length > MAX_RANGES) break;
    if (!intervals.every(({ isPoint }) => isPoint)) {
      const ranges = beginnings.flatMap((beginning) => intervals.map((each) => rangeOf(beginning, each, field)));
      return { ranges: inOrder(ranges), points, used: points + 1 };
    }
    beginnings = beginnings.flatMap((beginning) =>
      intervals.map((each) => Buffer.concat([beginning, pointBytes(each, field.isDescending)])),
    );
    points += 1;
  }
  const ranges = beginnings.map((start) => ({ start, end: Buffer.concat([start, EVERYTHING.end]) }));
  return { ranges: inOrder(ranges), points, used: points };
}

function inOrder(ranges: readonly EntryRange[]): EntryRange[] {
  return ranges.toSorted((a, b) => Buffer.compare(a.start, b.start));
}

/** Whether a walk over the entries, behind so many points, has the order of a sort, or the reverse of it. */
function orderOf(
  { fields, isMultikey }: DocumentIndex,
  sort: readonly SortField[],
  points: number,
): 'forward' | 'reverse' | undefined {
  if (sort.length === 0) return 'forward';
  if (isMultikey) return undefined;
  const fixed = new Set(fields.slice(0, points).map(({ path }) => path));
  const asked = sort.filter(({ path }) => !fixed.has(path));
  const walked = fields.slice(points);
  if (asked.some(({ path }, at) => walked[at]?.path !== path)) return undefined;
  const turns = asked.map(({ isDescending }, at) => isDescending !== walked[at]?.isDescending);
  if (turns.every((isTurned) => !isTurned)) return 'forward';
  return turns.every((isTurned) => isTurned) ? 'reverse' : undefined;
}
