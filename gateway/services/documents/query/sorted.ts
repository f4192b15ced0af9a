import { Failure } from '../../../../metadata/index.ts';
import type { SortKeying, SortKeys } from '../sort/compile-sort.ts';
import { compareKeys } from './document-source.ts';
import type { Found } from './found.ts';

/** "If MongoDB requires using more than 100 megabytes of system memory for the blocking sort operation, MongoDB returns an error". */
const MAX_BYTES = 100 * 1024 ** 2;
/** What is kept of a document beside its text. */
const OVERHEAD_BYTES = 200;

/** A document in the order of a sort. */
export interface Sortable {
  readonly keys: SortKeys;
  readonly found: Found;
}

/** Documents of the same keys are in the order of their own keys, so that pages can tell where they ended. */
export function compareSortables(sort: SortKeying) {
  return (a: Pick<Sortable, 'keys'> & { key: string }, b: Pick<Sortable, 'keys'> & { key: string }): number =>
    sort.compare(a.keys, b.keys) || compareKeys(a.key, b.key);
}

/** The first of all documents in the order of a sort. */
export class SortedDocuments {
  readonly #compare: ReturnType<typeof compareSortables>;
  readonly #limit: number;
  #kept: (Sortable & { readonly key: string })[] = [];
  /** All that matter are there, and what is behind this one does not. */
  #last: (Sortable & { readonly key: string }) | undefined;
  #bytes = 0;

  /** @param limit how many of them matter */
  constructor(sort: SortKeying, limit: number) {
    this.#compare = compareSortables(sort);
    this.#limit = limit;
  }

  /** @throws Failure `InvalidQuery` where there are too many to be sorted */
  add(found: Found, keys: SortKeys): void {
    const each = { keys, found, key: found.row[0] };
    if (this.#last !== undefined && this.#compare(each, this.#last) > 0) return;
    this.#kept.push(each);
    this.#bytes += found.row[2].length + OVERHEAD_BYTES;
    if (this.#kept.length >= Math.max(2 * this.#limit, this.#limit + 1000)) this.#shrink();
    if (this.#bytes > MAX_BYTES) this.#shrink();
    if (this.#bytes > MAX_BYTES) {
      throw new Failure('InvalidQuery', 'Sort exceeded memory limit of 104857600 bytes.', { Field: 'sort' });
    }
  }

  take(): Sortable[] {
    this.#shrink();
    return this.#kept;
  }

  #shrink(): void {
    this.#kept.sort(this.#compare);
    if (this.#kept.length < this.#limit) return;
    this.#kept = this.#kept.slice(0, this.#limit);
    this.#last = this.#kept.at(-1);
    this.#bytes = this.#kept.reduce((sum, { found }) => sum + found.row[2].length + OVERHEAD_BYTES, 0);
  }
}
