import { Failure, type Metadata } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { type StoredDocument, storedDocument } from '../document-store.ts';
import { parseSort } from '../sort/compile-sort.ts';
import type { Document } from '../values/value.ts';
import type { JsonForm } from '../values/write.ts';
import { isSimple } from './is-simple.ts';
import { QueryPool } from './query-pool.ts';
import { smallBudget, TooMuchHere } from './read-budget.ts';
import type { FindRead, ReadPlace, ReadRequest, ReadResult } from './read-request.ts';
import type { Explanation } from './run-explain.ts';
import { runRead } from './run-read.ts';

export interface DocumentQueriesParts {
  readonly metadata: Metadata;
  /** Of the database, for the threads that read it on their own. */
  readonly databasePath: string;
  readonly threads?: number | undefined;
  /** After so long without work a thread ends. */
  readonly idleMs?: number | undefined;
}

/** What every query may be told. */
export interface QueryOptions {
  /** Who asks: accounts take turns. Left out: whose the collection is. */
  readonly accountId?: string | undefined;
  /** From when it was asked, not only while it runs. Default: 60,000. */
  readonly maxTimeMs?: number | undefined;
}

export interface FilterOptions extends QueryOptions {
  readonly filter?: Document | undefined;
  /** The name of the index that must be used. */
  readonly hint?: string | undefined;
}

export interface FindOptions extends FilterOptions {
  readonly sort?: Document | undefined;
  readonly projection?: Document | undefined;
  readonly skip?: number | undefined;
  /** 0 or left out: all. */
  readonly limit?: number | undefined;
  /** The `next` of the page before, of the same query. */
  readonly next?: string | undefined;
  /** How many documents a page has at most. It has 16 MiB at most anyway. */
  readonly pageCount?: number | undefined;
  readonly form?: JsonForm | undefined;
}

export interface CountOptions extends FilterOptions {
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
}

export interface DistinctOptions extends FilterOptions {
  readonly path: string;
  readonly form?: JsonForm | undefined;
}

export interface AggregateOptions extends QueryOptions {
  /** The name of the index that must be used. */
  readonly hint?: string | undefined;
  readonly pipeline: readonly Document[];
  readonly form?: JsonForm | undefined;
}

export interface StoredOptions extends FilterOptions {
  readonly sort?: Document | undefined;
  readonly limit?: number | undefined;
  /** Of their JSON: all of them are held at once. */
  readonly maxBytes?: number | undefined;
}

/** What was found. */
export interface QueryPage {
  /** A JSON array, as text. */
  readonly items: string;
  readonly count: number;
  /** Asks for the next page, where there is one. */
  readonly next?: string | undefined;
}

const DEFAULT_MAX_TIME_MS = 60_000;
const DEFAULT_THREADS = 2;
/** "The maximum BSON document size", which is what a batch of MongoDB's has, too. */
const PAGE_LENGTH = 16 * 1024 ** 2;
/** What is read for whoever writes is parsed on the main thread: so much at a time does not keep others waiting. */
const STORED_PAGE_LENGTH = 256 * 1024;
/** A collection as small as this is read through at once. */
const SMALL_COLLECTION = 200;
const FEW = 100;

/**
 * Answers queries of collections. What is found by an index or is little is read here; everything else on other threads,
 * which are ended when a query's time is over. All methods throw Failure `InvalidQuery`, `NoSuchIndex` for a hint that is
 * none, and `TimeExceeded`. Each sees all that was committed before it was asked.
 */
export class DocumentQueries {
  readonly #metadata: Metadata;
  readonly #pool: QueryPool;

  constructor({ metadata, databasePath, threads = DEFAULT_THREADS, idleMs }: DocumentQueriesParts) {
    this.#metadata = metadata;
    this.#pool = new QueryPool({ path: databasePath, threads, idleMs });
  }

  /** Ends the threads, and what is under way with them. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async find(collection: Collection, options: FindOptions): Promise<QueryPage> {
    const { items, count, next } = await this.#run(toFind(collection, options), collection, options);
    return { items, count, next };
  }

  /** Its JSON; undefined where there is none. */
  async findOne(collection: Collection, options: FindOptions): Promise<string | undefined> {
    const request = toFind(collection, { ...options, limit: 1, next: undefined });
    const { items, count } = await this.#run(request, collection, options);
    return count === 0 ? undefined : items.slice(1, -1);
  }

  async count(collection: Collection, options: CountOptions): Promise<number> {
    const { skip = 0, limit = 0, filter = {}, hint } = options;
    const request: ReadRequest = { kind: 'count', place: placeOf(collection), filter, hint, skip, limit };
    return (await this.#run(request, collection, options)).count;
  }

  /** How many documents the collection says it has. */
  async estimatedCount({ bucket, name }: Collection): Promise<number> {
    const row = await this.#metadata.queries.findCollection({ bucketId: bucket.id, name });
    return row?.document_count ?? 0;
  }

  /** The values of a field, in their order. */
  async distinct(collection: Collection, options: DistinctOptions): Promise<QueryPage> {
    const { filter = {}, hint, path, form = 'relaxed' } = options;
    const request: ReadRequest = { kind: 'distinct', place: placeOf(collection), filter, hint, path, form };
    const { items, count } = await this.#run(request, collection, options);
    return { items, count };
  }

  /**
   * What a pipeline makes of the collection. Of other collections that it reads (`collectionsOf`) whoever calls has asked
   * whether the asker may. Throws also `InvalidQuery` where the result is larger than a reply may be.
   */
  async aggregate(collection: Collection, options: AggregateOptions): Promise<QueryPage> {
    const { pipeline, hint, form = 'relaxed' } = options;
    const request: ReadRequest = { kind: 'aggregate', place: placeOf(collection), filter: {}, hint, pipeline, form };
    const { items, count } = await this.#run(request, collection, options);
    return { items, count };
  }

  /** Carries a query out, and tells how that was done. */
  async explain(collection: Collection, options: FindOptions): Promise<Explanation> {
    const { filter = {}, sort = {}, skip = 0, limit = 0, hint } = options;
    const place = placeOf(collection);
    const request: ReadRequest = { kind: 'explain', place, filter, sort: parseSort(sort), hint, skip, limit };
    const { items } = await this.#run(request, collection, options);
    const [explanation] = JSON.parse(items) as [Explanation]; // it has one
    return explanation;
  }

  /** Documents as they are stored, for whoever is going to change them. @throws Failure `DocumentTooLarge` beyond `maxBytes` */
  async findStored(collection: Collection, options: StoredOptions): Promise<readonly StoredDocument[]> {
    const stored: StoredDocument[] = [];
    const { maxBytes = Number.POSITIVE_INFINITY } = options;
    let sizeBytes = 0;
    let next: string | undefined;
    do {
      const find = toFind(collection, { ...options, next });
      const request = { ...find, form: 'stored', pageLength: STORED_PAGE_LENGTH } as const;
      const page = await this.#run(request, collection, options);
      const found = JSON.parse(page.items) as [string, number, string][]; // as `renderer` writes them
      for (const [key, seq, text] of found) stored.push({ key, seq, document: storedDocument(key, text) });
      sizeBytes += page.items.length;
      if (sizeBytes > maxBytes) {
        throw new Failure('DocumentTooLarge', `What is found has more than ${maxBytes} bytes: ask for less at a time.`);
      }
      next = page.next;
    } while (next !== undefined);
    return stored;
  }

  async #run(request: ReadRequest, collection: Collection, options: QueryOptions): Promise<ReadResult> {
    const { accountId = collection.bucket.account_id, maxTimeMs = DEFAULT_MAX_TIME_MS } = options;
    if (request.kind !== 'aggregate' && isSimple(request.filter)) {
      try {
        const budget = smallBudget({ mayScan: isSmall(request, collection) });
        return await runRead({ queries: this.#metadata.queries, budget }, request);
      } catch (error) {
        if (!(error instanceof TooMuchHere)) throw error;
      }
    }
    return this.#pool.run(request, { accountId, maxTimeMs });
  }
}

function isSmall(request: ReadRequest, { row }: Collection): boolean {
  if (row.document_count <= SMALL_COLLECTION) return true;
  if (Object.keys(request.filter).length > 0) return false;
  return request.kind === 'count' || (request.kind === 'find' && request.sort.length === 0 && isFew(request));
}

function isFew({ limit, skip, pageCount = Number.POSITIVE_INFINITY }: FindRead): boolean {
  return skip + Math.min(limit === 0 ? Number.POSITIVE_INFINITY : limit, pageCount) <= FEW;
}

function placeOf({ bucket, row, name }: Collection): ReadPlace {
  return { bucketId: bucket.id, collectionId: row.id, collection: name };
}

function toFind(collection: Collection, options: FindOptions): FindRead {
  const { filter = {}, sort = {}, projection, skip = 0, limit = 0, hint, next, pageCount, form = 'relaxed' } = options;
  return {
    kind: 'find',
    place: placeOf(collection),
    filter,
    sort: parseSort(sort),
    projection,
    skip,
    limit,
    hint,
    next,
    pageCount,
    form,
    pageLength: PAGE_LENGTH,
  };
}
