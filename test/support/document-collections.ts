import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATOR } from '../../gateway/services/audit.ts';
import { type Collection, Databases } from '../../gateway/services/documents/databases.ts';
import { DocumentStore } from '../../gateway/services/documents/document-store.ts';
import { DocumentIndexes } from '../../gateway/services/documents/indexes/document-indexes.ts';
import type { IndexRequest } from '../../gateway/services/documents/indexes/parse-index.ts';
import { DocumentQueries } from '../../gateway/services/documents/query/document-queries.ts';
import { documentFromJson, readStored } from '../../gateway/services/documents/values/read.ts';
import type { Document } from '../../gateway/services/documents/values/value.ts';
import { type BucketRow, type Metadata, openSqlite } from '../../metadata/index.ts';

/** A database of documents, without a gateway around it. */
export interface TestDocuments {
  readonly metadata: Metadata;
  readonly path: string;
  readonly bucket: BucketRow;
  readonly databases: Databases;
  readonly store: DocumentStore;
  readonly queries: DocumentQueries;
  readonly indexes: DocumentIndexes;
  /** Makes a collection with documents (Extended JSON), and then its indexes. */
  collection(name: string, documents?: readonly object[], indexes?: readonly IndexRequest[]): Promise<Collection>;
  /** As it is now. */
  reload(collection: Collection): Promise<Collection>;
  insert(collection: Collection, documents: readonly Document[]): Promise<void>;
  close(): Promise<void>;
}

export interface TestDocumentsOptions {
  readonly durability?: 'full' | 'relaxed';
  readonly threads?: number;
  readonly idleMs?: number;
  /** Where the database is; left out: in a folder that goes with it. */
  readonly folder?: string;
}

export async function openTestDocuments(options: TestDocumentsOptions = {}): Promise<TestDocuments> {
  const { durability = 'relaxed', threads, idleMs, folder } = options;
  const own = folder === undefined ? await mkdtemp(join(tmpdir(), 'gatehouse-documents-')) : undefined;
  const path = join(folder ?? own ?? '', 'metadata.sqlite');
  const metadata = openSqlite({ path, durability, writer: 'thread' });
  const databases = new Databases({ metadata, region: 'us-east-1' });
  const store = new DocumentStore(metadata);
  const queries = new DocumentQueries({ metadata, databasePath: path, threads, idleMs });
  const indexes = new DocumentIndexes(metadata);
  const bucket = await openBucket(metadata, databases);
  const insert: TestDocuments['insert'] = async (collection, documents) => {
    const changes = documents.map((after) => ({ after }));
    await store.apply(collection, { changes, accountId: bucket.account_id });
  };
  return {
    metadata,
    path,
    bucket,
    databases,
    store,
    queries,
    indexes,
    insert,
    reload: (collection) => databases.get(bucket, collection.name),
    async collection(name, documents = [], wanted = []) {
      const made = await databases.ensure(bucket, name);
      await insert(made, documents.map(documentFromJson));
      for (const request of wanted) await indexes.create(made, request);
      return databases.get(bucket, name);
    },
    async close() {
      await queries.close();
      await metadata.close();
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    },
  };
}

async function openBucket(metadata: Metadata, databases: Databases): Promise<BucketRow> {
  const existing = await metadata.queries.findAccount('documents');
  if (existing === undefined) {
    const at = new Date().toISOString();
    await metadata.mutations.createAccount({
      id: 'account',
      canonicalId: 'c'.repeat(64),
      name: 'documents',
      displayName: 'documents',
      role: 'member',
      at,
      audit: {
        at,
        type: 'account.created',
        accountId: 'account',
        actorId: null,
        address: null,
        userAgent: 'test',
        detail: {},
      },
    });
  }
  const account = await metadata.queries.findAccount('documents');
  if (account === undefined) throw new Error('There is no account');
  return databases.open(account, OPERATOR);
}

/** What a page has, read. */
export function readItems(items: string): Document[] {
  return (JSON.parse(items) as unknown[]).map((item) => readStored(JSON.stringify(item)));
}
