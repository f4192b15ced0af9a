import { hash } from 'node:crypto';
import { Failure, type Metadata, type WriteCondition } from '../../../metadata/index.ts';
import type { CollectionAsked, Collections } from './collections.ts';
import { keyOf } from './document-key.ts';
import { storedDocument } from './document-store.ts';
import { equalValues } from './values/compare.ts';
import type { Document, DocumentValue } from './values/value.ts';
import { documentText } from './values/write.ts';
import type { DocumentWriter } from './write/document-writer.ts';
import type { WritePlace } from './write/write-requests.ts';

export interface DocumentItemsParts {
  readonly collections: Collections;
  readonly metadata: Metadata;
  readonly writer: DocumentWriter;
}

/** A document, and the entity tag that the object has which it is. */
export interface DocumentItem {
  readonly document: Document;
  /** Without quotes. */
  readonly etag: string;
}

export interface PutDocument {
  readonly id: DocumentValue;
  /** Its `_id` may be left out. */
  readonly document: Document;
  readonly condition: WriteCondition | undefined;
}

/** How often a write is tried that was to be held against what is there, and that changed. */
const MAX_TRIES = 10;

/** Single documents by their ids, with entity tags: the one evaluator is asked for the key of each. */
export class DocumentItems {
  readonly #parts: DocumentItemsParts;

  constructor(parts: DocumentItemsParts) {
    this.#parts = parts;
  }

  /** @throws Failure `NoSuchDocument`, `NoSuchCollection`, `AccessDenied`, `InvalidDocument` for what is no id */
  async get(asked: CollectionAsked, id: DocumentValue): Promise<DocumentItem> {
    await this.#parts.collections.get(withKey(asked, id), 'read');
    const text = await this.#find(asked, id);
    if (text === undefined) throw noSuchDocument();
    return { document: storedDocument(keyOf(asked.name, id), text.toString()), etag: hash('md5', text, 'hex') };
  }

  /**
   * Stores a document in the place of what has its id. Resolves to its entity tag.
   * @throws Failure `PreconditionFailed`; `InvalidDocument` where its `_id` is another; as writes do
   */
  async put(
    asked: CollectionAsked,
    { id, document, condition }: PutDocument,
  ): Promise<{ readonly etag: string; readonly isNew: boolean }> {
    await this.#parts.collections.require(withKey(asked, id), 'write');
    if (document._id !== undefined && !equalValues(document._id, id)) {
      throw new Failure('InvalidDocument', 'The _id of the document is not the one that is asked for.');
    }
    const whole = { _id: id, ...document };
    if (condition?.kind === 'absent') return this.#insert(asked, whole);
    if (condition?.kind === 'differs') return this.#putUnlike(asked, { whole, etag: condition.etag });
    return this.#replace(asked, whole, {
      ifMatch: condition?.kind === 'match' ? condition.etag : undefined,
      upsert: condition === undefined,
    });
  }

  /** @throws Failure `NoSuchDocument`, `PreconditionFailed`; as writes do */
  async remove(asked: CollectionAsked, id: DocumentValue, condition: WriteCondition | undefined): Promise<void> {
    await this.#parts.collections.get(withKey(asked, id), 'delete');
    const ifMatch = condition?.kind === 'match' ? condition.etag : undefined;
    const { deletedCount } = await this.#parts.writer.deleteOne(placeOf(asked), {
      filter: { _id: { $eq: id } },
      ifMatch,
    });
    if (deletedCount === 0) throw condition === undefined ? noSuchDocument() : preconditionFailed();
  }

  async #insert(asked: CollectionAsked, document: Document) {
    try {
      const { etag } = await this.#parts.writer.insertOne(placeOf(asked), { document });
      return { etag, isNew: true };
    } catch (error) {
      const isDuplicate = error instanceof Failure && error.code === 'DuplicateKey';
      const isThere = isDuplicate && (await this.#find(asked, document._id ?? null)) !== undefined;
      throw isThere ? preconditionFailed() : error;
    }
  }

  /** Its JSON. */
  async #find({ bucket, name }: CollectionAsked, id: DocumentValue): Promise<Buffer | undefined> {
    const found = await this.#parts.metadata.queries.findDocument({ bucketId: bucket.id, key: keyOf(name, id) });
    return found && Buffer.from(found[2].buffer, found[2].byteOffset, found[2].byteLength);
  }

  async #replace(
    asked: CollectionAsked,
    whole: Document,
    { ifMatch, upsert }: { readonly ifMatch: string | undefined; readonly upsert: boolean },
  ) {
    const filter = { _id: { $eq: whole._id ?? null } };
    const result = await this.#parts.writer.replaceOne(placeOf(asked), { filter, replacement: whole, ifMatch, upsert });
    if (result.matchedCount + result.upsertedCount === 0) throw preconditionFailed();
    // What was the same before is not written again.
    const etag = result.etag ?? hash('md5', documentText(whole), 'hex');
    return { etag, isNew: result.upsertedCount > 0 };
  }

  /** In the place of anything but what has that entity tag. */
  async #putUnlike(asked: CollectionAsked, { whole, etag }: { readonly whole: Document; readonly etag: string }) {
    for (let tries = 1; ; tries += 1) {
      const found = await this.#find(asked, whole._id ?? null);
      const current = found && hash('md5', found, 'hex');
      if (current === etag) throw preconditionFailed();
      try {
        if (current === undefined) return await this.#insert(asked, whole);
        return await this.#replace(asked, whole, { ifMatch: current, upsert: false });
      } catch (error) {
        const isLost = error instanceof Failure && error.code === 'PreconditionFailed';
        if (!isLost || tries === MAX_TRIES) throw error;
      }
    }
  }
}

function withKey(asked: CollectionAsked, id: DocumentValue): CollectionAsked {
  return { ...asked, key: keyOf(asked.name, id) };
}

function placeOf({ asker, bucket, name }: CollectionAsked): WritePlace {
  return { bucket, collection: name, accountId: asker.actor.accountId ?? bucket.account_id };
}

function noSuchDocument(): Failure {
  return new Failure('NoSuchDocument', 'There is no document of that _id.');
}

function preconditionFailed(): Failure {
  return new Failure('PreconditionFailed');
}
