import type { CollectionAccess } from './collection-access.ts';
import type { Collections } from './collections.ts';
import type { Databases } from './databases.ts';
import type { DocumentStore } from './document-store.ts';
import type { Documents } from './documents.ts';
import type { DocumentQueries } from './query/document-queries.ts';

/** Documents, and what finds and writes them. */
export interface DocumentServices {
  readonly databases: Databases;
  readonly collections: Collections;
  readonly collectionAccess: CollectionAccess;
  readonly documentStore: DocumentStore;
  readonly documentQueries: DocumentQueries;
  readonly documents: Documents;
}
