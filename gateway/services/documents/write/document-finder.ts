import type { Collection } from '../databases.ts';
import type { StoredDocument } from '../document-store.ts';
import type { Document } from '../values/value.ts';

/** Which documents are to be written. */
export interface DocumentSearch {
  readonly filter: Document;
  readonly sort?: Document | undefined;
  /** Undefined: all. */
  readonly limit?: number | undefined;
  /** The name of the index that must be used. */
  readonly hint?: string | undefined;
  readonly maxTimeMs?: number | undefined;
  /** Of their JSON: all of them are held at once. */
  readonly maxBytes?: number | undefined;
}

/** Finds documents that are to be written, as they are stored. */
export interface DocumentFinder {
  /** @throws Failure `InvalidQuery`, `NoSuchIndex`, `TimeExceeded`, `DocumentTooLarge` */
  find(collection: Collection, search: DocumentSearch): Promise<readonly StoredDocument[]>;
}
