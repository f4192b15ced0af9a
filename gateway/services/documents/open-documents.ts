import type { Metadata } from '../../../metadata/index.ts';
import type { Access } from '../access/index.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { CollectionAccess } from './collection-access.ts';
import { Collections } from './collections.ts';
import { Databases } from './databases.ts';
import { DocumentItems } from './document-items.ts';
import { DocumentLines } from './document-lines.ts';
import { DocumentStore } from './document-store.ts';
import { Documents } from './documents.ts';
import type { DocumentServices } from './index.ts';
import { DocumentIndexes } from './indexes/document-indexes.ts';
import { DocumentQueries } from './query/document-queries.ts';
import { ChangeLog } from './watch/change-log.ts';
import { DocumentWatch } from './watch/document-watch.ts';
import { DocumentWriter } from './write/document-writer.ts';

export interface DocumentParts {
  readonly metadata: Metadata;
  readonly access: Access;
  /** Of the buckets of new databases. */
  readonly region: string;
  readonly sessions: Pick<Sessions, 'renew'>;
  /** Of the file of the metadata, which threads read on their own. */
  readonly databasePath: string;
  /** Is told of documents that a validator would have refused, had it been told to. */
  readonly warn: (message: string) => void;
}

/** Collections and documents. `documentWatch` and `documentQueries` are to be closed. */
export function openDocuments(parts: DocumentParts): DocumentServices {
  const { metadata, access, region, sessions, databasePath, warn } = parts;
  const databases = new Databases({ metadata, region });
  const documentStore = new DocumentStore(metadata);
  const collectionAccess = new CollectionAccess(access);
  const collections = new Collections({ metadata, databases, store: documentStore, access: collectionAccess });
  const documentQueries = new DocumentQueries({ metadata, databasePath });
  const finder = { find: documentQueries.findStored.bind(documentQueries) };
  const writer = new DocumentWriter({ metadata, databases, store: documentStore, finder, warn });
  const documents = new Documents({ collections, queries: documentQueries, writer });
  return {
    databases,
    documentStore,
    collectionAccess,
    collections,
    documentQueries,
    documents,
    documentItems: new DocumentItems({ metadata, collections, writer }),
    documentLines: new DocumentLines({ metadata, collections, writer }),
    documentWatch: new DocumentWatch({
      metadata,
      databases,
      access: collectionAccess,
      sessions,
      log: new ChangeLog({ metadata }),
    }),
    documentIndexes: new DocumentIndexes(metadata),
  };
}
