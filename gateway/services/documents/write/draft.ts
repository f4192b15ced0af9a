import { Failure } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { keyOf } from '../document-key.ts';
import type { DocumentChange, StoredDocument } from '../document-store.ts';
import type { CompiledFilter } from '../filter/compile-filter.ts';
import { compileSort, parseSort } from '../sort/compile-sort.ts';
import type { Document } from '../values/value.ts';
import type { DocumentFinder, DocumentSearch } from './document-finder.ts';
import { duplicateKey } from './duplicate-key.ts';
import { MAX_WRITES } from './write-limits.ts';

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
  readonly #entries = new Map<string, Entry>();
  readonly #met = new Set<string>();

  constructor(collection: Collection, finder: DocumentFinder) {
    this.collection = collection;
    this.#finder = finder;
  }

  /** The documents that match, of those stored and those drafted. */
  async find(search: DocumentSearch, filter: CompiledFilter): Promise<DraftDocument[]> {
    const { limit } = search;
    const isMore = limit !== undefined && this.#entries.size > 0;
    const stored = await this.#finder.find(
      this.collection,
      isMore ? { ...search, limit: limit + this.#entries.size } : { ...search, limit: limit ?? MAX_WRITES + 1 },
    );
    const found = stored
      .filter(({ key }) => !this.#entries.has(key))
      .map((before): DraftDocument => ({ key: before.key, before, document: before.document }));
    const all = this.#entries.size === 0 ? found : this.#inOrder([...found, ...this.#drafted(filter)], search.sort);
    const chosen = all.slice(0, limit);
    for (const { key } of chosen) this.#met.add(key);
    if (chosen.length > MAX_WRITES) throw tooMany();
    return chosen;
  }

  *#drafted(filter: CompiledFilter): Generator<DraftDocument> {
    for (const [key, { before, after }] of this.#entries) {
      if (after !== undefined && filter.test(after)) yield { key, before, document: after };
    }
  }

  #inOrder(documents: DraftDocument[], sort: Document | undefined): DraftDocument[] {
    if (sort === undefined) return documents;
    const compare = compileSort(parseSort(sort));
    return documents.sort((a, b) => compare(a.document, b.document));
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

function tooMany(): Failure {
  return new Failure('DocumentTooLarge', `A call writes at most ${MAX_WRITES} documents.`);
}
