import { hash } from 'node:crypto';
import { type DocumentWrite, Failure, type Metadata, packWrites } from '../../../metadata/index.ts';
import type { Collection } from './databases.ts';
import { keyOf, parseKey } from './document-key.ts';
import { entryChanges } from './entry-changes.ts';
import { Turns } from './turns.ts';
import { MAX_WRITE_BYTES, requireDocumentSize } from './values/limits.ts';
import { readStored } from './values/read.ts';
import type { Document, DocumentValue } from './values/value.ts';
import { documentText } from './values/write.ts';

/** A document as it was read. */
export interface StoredDocument {
  readonly key: string;
  /** The event that wrote it. */
  readonly seq: number;
  readonly document: Document;
}

/** What is to become of a document; neither: nothing. */
export interface DocumentChange {
  /** Undefined: there is none yet. */
  readonly before?: StoredDocument | undefined;
  /** Undefined: it is deleted. It has an `_id`, the same as before. */
  readonly after?: Document | undefined;
  /** The JSON of `after`, where that is to be kept as it came. */
  readonly text?: Uint8Array | undefined;
  /** What watchers are told of a document that was there and stays; left out: it is updated. */
  readonly change?: 'update' | 'replace' | undefined;
}

/** Writes documents, with the entries that their collection's indexes have of them. */
export class DocumentStore {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /**
   * Changes documents in one transaction, all or none; no two of the same id. Resolves to the ETags of what was written, by
   * their keys.
   * @throws Failure `ConditionalRequestConflict` where one is not as it was read, or the collection's indexes are others;
   * `DuplicateKey`, `QuotaExceeded`, `NoSuchCollection`, `DocumentTooLarge`, `InvalidDocument`
   */
  async apply(
    collection: Collection,
    { changes, accountId }: { readonly changes: readonly DocumentChange[]; readonly accountId: string },
  ): Promise<ReadonlyMap<string, string>> {
    const { bucket, row } = collection;
    const writes = await toWrites(collection, changes);
    await this.#metadata.mutations.applyDocuments({
      bucketId: bucket.id,
      collectionId: row.id,
      version: row.version,
      accountId,
      at: new Date().toISOString(),
      writes: packWrites(writes),
    });
    return new Map(writes.flatMap(({ key, after }) => (after === null ? [] : [[key, after.etag]])));
  }

  /** One document by its id. @throws Failure `InvalidDocument` for what cannot be an id */
  async find({ bucket, name }: Collection, id: DocumentValue): Promise<StoredDocument | undefined> {
    const row = await this.#metadata.queries.findDocument({ bucketId: bucket.id, key: keyOf(name, id) });
    return row === undefined ? undefined : toStored(row);
  }
}

/** A document out of its row. */
export function toStored([key, seq, text]: readonly [string, number, Uint8Array]): StoredDocument {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return { key, seq, document: storedDocument(key, bytes.toString()) };
}

/** A document out of its text. One that came over S3 without an `_id` has that of its key. */
export function storedDocument(key: string, text: string): Document {
  const document = readStored(text);
  return Object.hasOwn(document, '_id') ? document : { _id: parseKey(key)?.id ?? null, ...document };
}

async function toWrites(collection: Collection, changes: readonly DocumentChange[]): Promise<DocumentWrite[]> {
  const writes: DocumentWrite[] = [];
  const turns = new Turns();
  let sizeBytes = 0;
  for (const change of changes) {
    const write = toWrite(collection, change);
    sizeBytes += sizeOf(write.after?.text ?? '');
    if (sizeBytes > MAX_WRITE_BYTES) {
      throw new Failure('DocumentTooLarge', `A call writes at most ${MAX_WRITE_BYTES} bytes.`);
    }
    writes.push(write);
    if (turns.isDue) await turns.give();
  }
  return writes;
}

function toWrite(collection: Collection, { before, after, text, change }: DocumentChange): DocumentWrite {
  const key = before?.key ?? keyOf(collection.name, after?._id ?? null);
  if (after === undefined) {
    const entries = entryChanges(collection, { before: before?.document, after });
    return { key, before: before?.seq ?? null, after: null, ...entries };
  }
  if (keyOf(collection.name, after._id ?? null) !== key) {
    throw new Failure('InvalidQuery', "Performing an update on the path '_id' would modify the immutable field '_id'.");
  }
  const written = text ?? documentText(after);
  requireDocumentSize(sizeOf(written));
  return {
    key,
    before: before?.seq ?? null,
    after: { text: written, etag: hash('md5', written, 'hex') },
    ...entryChanges(collection, { before: before?.document, after }),
    change,
  };
}

function sizeOf(text: string | Uint8Array): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength;
}
