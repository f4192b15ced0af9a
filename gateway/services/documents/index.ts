import type { CollectionAccess } from './collection-access.ts';
import type { Collections } from './collections.ts';
import type { Databases } from './databases.ts';
import type { DocumentItems } from './document-items.ts';
import type { DocumentLines } from './document-lines.ts';
import type { DocumentStore } from './document-store.ts';
import type { Documents } from './documents.ts';
import type { DocumentIndexes } from './indexes/document-indexes.ts';
import type { DocumentQueries } from './query/document-queries.ts';
import type { DocumentWatch } from './watch/document-watch.ts';

/** Documents, and what finds and writes them. */
export interface DocumentServices {
  readonly documentWatch: DocumentWatch;
  readonly databases: Databases;
  readonly collections: Collections;
  readonly collectionAccess: CollectionAccess;
  readonly documentStore: DocumentStore;
  readonly documentQueries: DocumentQueries;
  readonly documents: Documents;
  readonly documentItems: DocumentItems;
  readonly documentLines: DocumentLines;
  readonly documentIndexes: DocumentIndexes;
}
