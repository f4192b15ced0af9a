import { Failure } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { keyOf } from '../document-key.ts';
import type { DocumentChange, StoredDocument } from '../document-store.ts';
import type { CompiledFilter } from '../filter/compile-filter.ts';
import { planQuery } from '../plan/plan-query.ts';
import { compileSort, parseSort } from '../sort/compile-sort.ts';
import { Turns } from '../turns.ts';
import type { Document } from '../values/value.ts';
import type { DocumentFinder, DocumentSearch } from './document-finder.ts';
import { duplicateKey } from './duplicate-key.ts';
import { MAX_FOUND_BYTES, MAX_WRITES } from './write-limits.ts';

/** A document as it would be after the writes so far. */
export interface DraftDocument {
  readonly key: string;
  /** As it is stored; undefined: it is of these writes. */
  readonly before: StoredDocument | undefined;
  readonly document: Document;
}

interface Entry {
  readonly before: StoredDocument | undefined;
  /** Undefined: it is deleted. */
  readonly after: Document | undefined;
  /** The write that did it last, by its place in the call. */
  readonly operation: number;
  /** Left out: it is updated. */
  readonly change?: 'replace' | undefined;
}

/** What a write does with a document that was found. */
export interface DraftChange {
  /** Undefined: it is deleted. */
  readonly after: Document | undefined;
  readonly operation: number;
  readonly change?: 'replace' | undefined;
}

/** What a call is about to write: each of its writes sees those before it, and the database none of them. */
export class Draft {
  readonly collection: Collection;
  readonly #finder: DocumentFinder;
  /** By the clock of `performance`. */
  readonly #deadline: number;
  readonly #entries = new Map<string, Entry>();
  readonly #met = new Set<string>();

  constructor(collection: Collection, { finder, deadline }: { finder: DocumentFinder; deadline: number }) {
    this.collection = collection;
    this.#finder = finder;
    this.#deadline = deadline;
  }

  /** The documents that match, of those stored and those drafted. @throws Failure what finders throw */
  async find(search: DocumentSearch, filter: CompiledFilter): Promise<DraftDocument[]> {
    const stored = await this.#stored(search);
    const found = stored.map((before): DraftDocument => ({ key: before.key, before, document: before.document }));
    const all =
      this.#entries.size === 0 ? found : inOrder([...found, ...(await this.#drafted(search, filter))], search);
    const chosen = all.slice(0, search.limit);
    for (const { key } of chosen) this.#met.add(key);
    if (chosen.length > MAX_WRITES) throw tooMany();
    return chosen;
  }

  /** Those that no write has touched. What it has touched may be found first: then more is asked for. */
  async #stored(search: DocumentSearch): Promise<StoredDocument[]> {
    const wanted = search.limit ?? MAX_WRITES + 1;
    for (let limit = wanted; ; limit = Math.min(limit * 4, wanted + this.#entries.size)) {
      const maxTimeMs = this.#remainingMs(search);
      const stored = await this.#finder.find(this.collection, {
        ...search,
        limit,
        maxTimeMs,
        maxBytes: MAX_FOUND_BYTES,
      });
      const others = stored.filter(({ key }) => !this.#entries.has(key));
      if (others.length >= wanted || stored.length < limit || limit >= wanted + this.#entries.size) return others;
    }
  }

  /** Others have their turn meanwhile: a call may have many writes, and each looks at what the others drafted. */
  async #drafted({ filter: asked, maxTimeMs }: DocumentSearch, filter: CompiledFilter): Promise<DraftDocument[]> {
    const turns = new Turns();
    const matching: DraftDocument[] = [];
    for (const key of this.#keysOf(asked)) {
      const entry = this.#entries.get(key);
      if (entry?.after !== undefined && filter.test(entry.after)) {
        matching.push({ key, before: entry.before, document: entry.after });
      }
      if (!turns.isDue) continue;
      this.#remainingMs({ filter: asked, maxTimeMs });
      await turns.give();
    }
    return matching;
  }

  /** Those that may match: by their ids, or all. */
  #keysOf(filter: Document): Iterable<string> {
    const plan = planQuery({ filter, sort: [], indexes: [] });
    return plan.kind === 'ids' ? new Set(plan.ids.map((id) => keyOf(this.collection.name, id))) : this.#entries.keys();
  }

  /** @throws Failure `TimeExceeded` */
  #remainingMs({ maxTimeMs = Number.POSITIVE_INFINITY }: DocumentSearch): number {
    const remainingMs = Math.min(maxTimeMs, Math.ceil(this.#deadline - performance.now()));
    if (remainingMs > 0) return remainingMs;
    throw new Failure('TimeExceeded', 'operation exceeded time limit');
  }

  /** @throws Failure `DuplicateKey` where one of that id is drafted; one that is stored is found when all is written */
  insert(document: Document, operation: number): string {
    const key = keyOf(this.collection.name, document._id ?? null);
    const entry = this.#entries.get(key);
    if (entry?.after !== undefined) throw duplicateKey(this.collection, { index: '_id_', document });
    this.#set(key, { before: entry?.before, after: document, operation });
    return key;
  }

  change({ key, before }: DraftDocument, change: DraftChange): void {
    this.#set(key, { before, ...change });
  }

  #set(key: string, entry: Entry): void {
    this.#met.add(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > MAX_WRITES) throw tooMany();
  }

  /** The keys of all that was found or written. */
  get keys(): Iterable<string> {
    return this.#met;
  }

  entry(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** By their keys: what was inserted and deleted again is none. */
  changes(): DocumentChange[] {
    return [...this.#entries.values()].filter(({ before, after }) => before !== undefined || after !== undefined);
  }
}

function inOrder(documents: DraftDocument[], { sort }: DocumentSearch): DraftDocument[] {
  if (sort === undefined) return documents;
  const compare = compileSort(parseSort(sort));
  return documents.sort((a, b) => compare(a.document, b.document));
}

function tooMany(): Failure {
  return new Failure('DocumentTooLarge', `A call writes at most ${MAX_WRITES} documents.`);
}
