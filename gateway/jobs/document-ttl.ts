import { type EntryRange, Failure, type Metadata, type PlacedIndexRow } from '../../metadata/index.ts';
import type { Collection, Databases } from '../services/documents/databases.ts';
import { type DocumentIndex, toIndex } from '../services/documents/document-index.ts';
import { type DocumentStore, type StoredDocument, toStored } from '../services/documents/document-store.ts';
import { valuesAt } from '../services/documents/field-path.ts';
import { compared, rangeOf } from '../services/documents/plan/interval.ts';

export interface DocumentTtlOptions {
  readonly metadata: Metadata;
  readonly databases: Databases;
  readonly store: DocumentStore;
  /** Told of a collection in which documents could not be deleted; the others go on. */
  readonly onFailure: (error: unknown, what: { readonly collection: string; readonly index: string }) => void;
  /** Ends the pass before its time; the next one goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Each batch is a transaction, and others wait for it. */
const BATCH = 200;

/**
 * Deletes documents whose time is over by an index with `expireAfterSeconds`: where the field is a date, or an array with
 * dates, by the least of them. Resolves to how many went. Safe to stop anywhere, and to run in several gateways at once.
 */
export async function expireDocuments(options: DocumentTtlOptions): Promise<number> {
  let total = 0;
  for (const row of await options.metadata.queries.listExpiringIndexes()) {
    if (options.signal?.aborted === true) break;
    try {
      total += await expireByIndex(row, options);
    } catch (error) {
      options.onFailure(error, { collection: row.collection, index: row.name });
    }
  }
  return total;
}

async function expireByIndex(row: PlacedIndexRow, options: DocumentTtlOptions): Promise<number> {
  const index = toIndex(row);
  const until = new Date(Date.now() - (index.expireAfterSeconds ?? Number.POSITIVE_INFINITY) * 1000);
  const range = rangeUntil(index, until);
  if (range === undefined) return 0;
  let total = 0;
  for (let went = 1; went > 0 && options.signal?.aborted !== true; total += went) {
    went = await expireBatch(row, { range, until, index }, options);
  }
  return total;
}

interface Expiry {
  readonly index: DocumentIndex;
  readonly range: EntryRange;
  readonly until: Date;
}

function rangeUntil({ fields: [field], expireAfterSeconds }: DocumentIndex, until: Date): EntryRange | undefined {
  const interval = Number.isNaN(until.getTime()) ? undefined : compared('$lte', until);
  if (field === undefined || expireAfterSeconds === undefined || interval === undefined) return undefined;
  return rangeOf(Buffer.alloc(0), interval, field);
}

/** Resolves to how many went: 0 where others were first, too. */
async function expireBatch(row: PlacedIndexRow, expiry: Expiry, options: DocumentTtlOptions): Promise<number> {
  const { metadata, store } = options;
  const collection = await findCollection(row, options);
  if (collection === undefined) return 0;
  const { index, range } = expiry;
  const bucketId = collection.bucket.id;
  const rows = await metadata.queries.scanIndex({ bucketId, indexId: index.id, range, isReverse: false, limit: BATCH });
  const due = new Map<string, StoredDocument>();
  for (const [, key, seq, text] of rows) {
    const stored = toStored([key, seq, text]);
    if (isDue(stored, expiry)) due.set(key, stored);
  }
  if (due.size === 0) return 0;
  try {
    const changes = [...due.values()].map((before) => ({ before }));
    await store.apply(collection, { changes, accountId: collection.bucket.account_id });
    return due.size;
  } catch (error) {
    if (error instanceof Failure && error.code === 'ConditionalRequestConflict') return 0;
    throw error;
  }
}

async function findCollection(
  { bucket: name, collection }: PlacedIndexRow,
  { metadata, databases }: DocumentTtlOptions,
): Promise<Collection | undefined> {
  const bucket = await metadata.queries.findBucket(name);
  return bucket === undefined ? undefined : databases.find(bucket, collection);
}

/** The entry is as old as the document that was read with it: still, what goes for good is looked at twice. */
function isDue({ document }: StoredDocument, { index, until }: Expiry): boolean {
  const path = index.fields[0]?.path.split('.') ?? [];
  const values = valuesAt(document, path).flatMap((value) => (Array.isArray(value) ? [...value] : [value]));
  return values.some((value) => value instanceof Date && value <= until);
}
