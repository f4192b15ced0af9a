import type { SortField } from '../sort/compile-sort.ts';
import { documentFromJson, fromJson } from '../values/read.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import { type JsonForm, toJson } from '../values/write.ts';

/** Where documents are read. Its indexes are looked up with them, in the same snapshot. */
export interface ReadPlace {
  readonly bucketId: number;
  readonly collectionId: number;
  readonly collection: string;
}

/** What every read is told. */
interface Read {
  readonly place: ReadPlace;
  readonly filter: Document;
  /** Of an index that must be used: its name, or `$natural` for none. */
  readonly hint?: string | undefined;
}

export interface FindRead extends Read {
  readonly kind: 'find';
  readonly sort: readonly SortField[];
  readonly projection?: Document | undefined;
  readonly skip: number;
  /** 0: all. */
  readonly limit: number;
  /** As JSON for who asked, or with what is needed to change them: `[key, seq, text]` of each. */
  readonly form: JsonForm | 'stored';
  /** Where the page before ended. */
  readonly next?: string | undefined;
  /** How long a page may be: in documents (left out, any number), and in characters of JSON. */
  readonly pageCount?: number | undefined;
  readonly pageLength: number;
}

export interface CountRead extends Read {
  readonly kind: 'count';
  readonly skip: number;
  /** 0: all. */
  readonly limit: number;
}

export interface DistinctRead extends Read {
  readonly kind: 'distinct';
  readonly path: string;
  readonly form: JsonForm;
}

export interface ExplainRead extends Read {
  readonly kind: 'explain';
  readonly sort: readonly SortField[];
  readonly skip: number;
  readonly limit: number;
}

export interface AggregateRead extends Read {
  readonly kind: 'aggregate';
  /** All of its stages. */
  readonly pipeline: readonly Document[];
  readonly form: JsonForm;
}

export type ReadRequest = FindRead | CountRead | DistinctRead | ExplainRead | AggregateRead;

/** What a read comes to. */
export interface ReadResult {
  /** A JSON array of what was found, as text: nobody on the main thread need look at it. */
  readonly items: string;
  /** How many those are, or how many were counted. */
  readonly count: number;
  /** Where the next page begins, where there is more than a page may hold. */
  readonly next?: string | undefined;
  /** How many documents were looked at. */
  readonly examined: number;
}

/** A request as it crosses threads: documents in it are canonical Extended JSON. */
export interface PackedRequest {
  readonly plain: Omit<ReadRequest, 'filter' | 'projection' | 'pipeline'>;
  readonly filter: string;
  readonly projection?: string | undefined;
  readonly pipeline?: string | undefined;
}

export function packRequest(request: ReadRequest): PackedRequest {
  const { filter, projection, pipeline, ...plain } = request as ReadRequest & {
    projection?: Document;
    pipeline?: DocumentValue;
  }; // what only some have is undefined in the others
  const pack = (value: DocumentValue | undefined) =>
    value === undefined ? undefined : JSON.stringify(toJson(value, 'canonical'));
  return {
    plain,
    filter: JSON.stringify(toJson(filter, 'canonical')),
    projection: pack(projection),
    pipeline: pack(pipeline),
  };
}

/** The other end of {@link packRequest}. */
export function unpackRequest({ plain, filter, projection, pipeline }: PackedRequest): ReadRequest {
  return {
    ...plain,
    filter: documentFromJson(JSON.parse(filter)),
    projection: projection === undefined ? undefined : documentFromJson(JSON.parse(projection)),
    pipeline: pipeline === undefined ? undefined : fromJson(JSON.parse(pipeline)),
  } as unknown as ReadRequest; // what was packed
}
