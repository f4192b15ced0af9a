import { hash } from 'node:crypto';
import { type DocumentWrite, Failure, type IndexEntry, type Metadata } from '../../../metadata/index.ts';
import type { Collection } from './databases.ts';
import { entriesOf } from './document-index.ts';
import { keyOf } from './document-key.ts';
import { requireDocumentSize } from './values/limits.ts';
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
}

/** Writes documents, with the entries that their collection's indexes have of them. */
export class DocumentStore {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /**
   * Changes documents in one transaction, all or none; no two of the same id.
   * @throws Failure `ConditionalRequestConflict` where one is not as it was read, or the collection's indexes are others;
   * `DuplicateKey`, `QuotaExceeded`, `NoSuchCollection`, `DocumentTooLarge`, `InvalidDocument`
   */
  async apply(
    collection: Collection,
    { changes, accountId }: { readonly changes: readonly DocumentChange[]; readonly accountId: string },
  ): Promise<void> {
    const { bucket, row } = collection;
    await this.#metadata.mutations.applyDocuments({
      bucketId: bucket.id,
      collectionId: row.id,
      version: row.version,
      accountId,
      at: new Date().toISOString(),
      writes: changes.map((change) => toWrite(collection, change)),
    });
  }

  /** One document by its id. @throws Failure `InvalidDocument` for what cannot be an id */
  async find({ bucket, name }: Collection, id: DocumentValue): Promise<StoredDocument | undefined> {
    const row = await this.#metadata.queries.findDocument({ bucketId: bucket.id, key: keyOf(name, id) });
    return row === undefined ? undefined : toStored(row);
  }
}

/** A document out of its row. */
export function toStored([key, seq, text]: readonly [string, number, Uint8Array]): StoredDocument {
  return { key, seq, document: readStored(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString()) };
}

function toWrite(collection: Collection, { before, after, text }: DocumentChange): DocumentWrite {
  const key = before?.key ?? keyOf(collection.name, after?._id ?? null);
  const removed = before === undefined ? [] : allEntries(collection, before.document);
  if (after === undefined) return { key, before: before?.seq ?? null, after: null, removed, added: [] };
  if (keyOf(collection.name, after._id ?? null) !== key) {
    throw new Failure('InvalidQuery', "Performing an update on the path '_id' would modify the immutable field '_id'.");
  }
  const bytes = text ?? Buffer.from(documentText(after));
  requireDocumentSize(bytes.byteLength);
  const added = allEntries(collection, after);
  return {
    key,
    before: before?.seq ?? null,
    after: { text: bytes, etag: hash('md5', bytes, 'hex') },
    ...difference(removed, added),
  };
}

function allEntries({ indexes }: Collection, document: Document): IndexEntry[] {
  return indexes.flatMap((index) => entriesOf(index, document).map((entry): IndexEntry => [index.id, entry]));
}

/** Most changes leave most entries as they are. */
function difference(removed: readonly IndexEntry[], added: readonly IndexEntry[]) {
  const nameOf = ([id, entry]: IndexEntry) => `${id} ${Buffer.from(entry).toString('latin1')}`;
  const [old, fresh] = [new Set(removed.map(nameOf)), new Set(added.map(nameOf))];
  return {
    removed: removed.filter((entry) => !fresh.has(nameOf(entry))),
    added: added.filter((entry) => !old.has(nameOf(entry))),
  };
}
