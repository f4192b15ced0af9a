import { prefixEnd } from '../key-order.ts';
import type { MaybePromise, Value } from '../tx.ts';

/** One page of an ordered walk over keys, rolled up at a delimiter. */
export interface ListPage<Row> {
  /** Rows and common prefixes, each in byte order of their keys. */
  readonly rows: Row[];
  readonly commonPrefixes: string[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: ListPosition;
}

/** Keys after `after`; where that is a common prefix that was given out, after everything below it. */
export interface ListPosition {
  readonly after: string;
  readonly isPrefix: boolean;
}

export interface ListRange {
  readonly bucketId: number;
  readonly prefix: string;
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  readonly limit: number;
}

/** How many rows the first read past a common prefix takes; it doubles while no prefix interrupts. */
const FIRST_BATCH = 2;

/** The next stretch of keys to read. */
export class Bounds {
  start: string;
  inclusive: boolean;
  limit: number;
  /** Nothing can be after the position. */
  isEmpty = false;
  readonly end: string | undefined;

  constructor(range: ListRange) {
    this.end = prefixEnd(range.prefix);
    this.start = range.prefix;
    this.inclusive = true;
    this.limit = range.delimiter === '' ? range.limit + 1 : FIRST_BATCH;
    if (range.position !== undefined) this.#startAfter(range.position);
  }

  #startAfter({ after, isPrefix }: ListPosition): void {
    const start = isPrefix ? prefixEnd(after) : after;
    if (start === undefined) {
      this.isEmpty = true;
      return;
    }
    if (Buffer.compare(Buffer.from(start), Buffer.from(this.start)) < 0) return;
    this.start = start;
    this.inclusive = isPrefix;
  }

  /** The values that close every statement: the end, where there is one, and the limit. */
  get rest(): Value[] {
    return this.end === undefined ? [this.limit] : [this.end, this.limit];
  }
}

type KeyedRow = readonly [key: string, ...rest: Value[]];

/** Walks over rows in the order of their keys, as `read` yields them, until the page is full. */
export async function walk<Row extends KeyedRow>(
  range: ListRange,
  read: (bounds: Bounds) => MaybePromise<Row[]>,
): Promise<ListPage<Row>> {
  const rows: Row[] = [];
  const commonPrefixes: string[] = [];
  if (range.limit <= 0) return { rows, commonPrefixes };
  const bounds = new Bounds(range);
  if (bounds.isEmpty) return { rows, commonPrefixes };
  let last: ListPosition | undefined;

  for (;;) {
    const batch = await read(bounds);
    let skipTo: string | undefined;
    for (const row of batch) {
      // One more than the page holds: this page is not the last.
      if (rows.length + commonPrefixes.length === range.limit) {
        return last === undefined ? { rows, commonPrefixes } : { rows, commonPrefixes, next: last };
      }
      const [key] = row;
      const commonPrefix = commonPrefixOf(key, range);
      if (commonPrefix === undefined) {
        rows.push(row);
        last = { after: key, isPrefix: false };
        continue;
      }
      commonPrefixes.push(commonPrefix);
      last = { after: commonPrefix, isPrefix: true };
      skipTo = commonPrefix;
      break;
    }
    if (skipTo !== undefined) {
      const start = prefixEnd(skipTo);
      if (start === undefined) return { rows, commonPrefixes };
      bounds.start = start;
      bounds.inclusive = true;
      bounds.limit = FIRST_BATCH;
      continue;
    }
    if (batch.length < bounds.limit) return { rows, commonPrefixes };
    bounds.start = (batch[batch.length - 1] as Row)[0]; // a full batch is not empty
    bounds.inclusive = false;
    bounds.limit = Math.min(bounds.limit * 2, range.limit + 1);
  }
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListRange): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
