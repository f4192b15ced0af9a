import type { Metadata } from '../../../metadata/index.ts';
import type { Access } from '../access/index.ts';
import { CollectionAccess } from './collection-access.ts';
import { Collections } from './collections.ts';
import { Databases } from './databases.ts';
import { DocumentStore } from './document-store.ts';
import type { DocumentServices } from './index.ts';

export interface DocumentParts {
  readonly metadata: Metadata;
  readonly access: Access;
  /** Of the buckets of new databases. */
  readonly region: string;
}

export function openDocuments({ metadata, access, region }: DocumentParts): DocumentServices {
  const databases = new Databases({ metadata, region });
  const documentStore = new DocumentStore(metadata);
  const collectionAccess = new CollectionAccess(access);
  return {
    databases,
    documentStore,
    collectionAccess,
    collections: new Collections({ metadata, databases, store: documentStore, access: collectionAccess }),
  };
}
