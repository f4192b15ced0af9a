import {
  type AccountRow,
  type BucketRow,
  type CollectionRow,
  type DocumentTuple,
  Failure,
  type Metadata,
} from '../../../metadata/index.ts';
import type { Asker } from '../drive/asker.ts';
import type { CollectionAccess, CollectionPlace, CollectionRight } from './collection-access.ts';
import type { Collection, CollectionOptions, Databases } from './databases.ts';
import { prefixOf, requireCollectionName } from './document-key.ts';
import { type DocumentStore, toStored } from './document-store.ts';
import { compileValidator } from './validate/compile-validator.ts';

export interface CollectionsParts {
  readonly metadata: Metadata;
  readonly databases: Databases;
  readonly store: DocumentStore;
  readonly access: CollectionAccess;
}

/** Who asks, and in whose database. */
export interface DatabaseAsked {
  readonly asker: Asker;
  readonly bucket: BucketRow;
}

/** A collection that somebody asks for by its name. */
export interface CollectionAsked extends DatabaseAsked {
  readonly name: string;
  /** Of the one document that it is about. */
  readonly key?: string | undefined;
}

/** What is changed of a collection's options: what is left out stays, null goes. */
export interface CollectionChanges {
  readonly validator?: object | null | undefined;
  readonly validationAction?: 'error' | 'warn' | undefined;
}

/** Documents that are deleted in one transaction. */
const DROP_BATCH = 500;
/** Of such as are longer than this there are fewer: each may have 16 MiB. */
const LONG_BYTES = 64 * 1024;
const LONG_BATCH = 16;
/** How often a collection is emptied anew while others write to it. */
const MAX_DROPS = 10;

/** The collections of databases: making, describing and dropping them, for who may. */
export class Collections {
  readonly #parts: CollectionsParts;

  constructor(parts: CollectionsParts) {
    this.#parts = parts;
  }

  /** The database that is named by its account; of one's own, made where there is none. @throws Failure `NoSuchCollection` */
  async database(
    asker: Asker,
    { account, name }: { account: AccountRow; name: string | undefined },
  ): Promise<DatabaseAsked> {
    const { databases, metadata } = this.#parts;
    if (name === undefined || name === account.name)
      return { asker, bucket: await databases.open(account, asker.actor) };
    const owner = await metadata.queries.findAccount(name);
    const bucket = owner === undefined ? undefined : await metadata.queries.findDatabase(owner.id);
    if (bucket === undefined) throw new Failure('NoSuchCollection', 'There is no such collection.');
    return { asker, bucket };
  }

  /** @throws Failure `AccessDenied`, `NoSuchCollection`, `InvalidQuery` for what is no name of one */
  async get(asked: CollectionAsked, ...rights: readonly CollectionRight[]): Promise<Collection> {
    const place = placeOf(asked);
    await this.#parts.access.require(asked.asker, place, ...rights);
    return this.#parts.databases.get(asked.bucket, asked.name);
  }

  /** As `get`; undefined where it is not there. */
  async find(asked: CollectionAsked, ...rights: readonly CollectionRight[]): Promise<Collection | undefined> {
    await this.require(asked, ...rights);
    return this.#parts.databases.find(asked.bucket, asked.name);
  }

  /** Whether it is there or not. @throws Failure `AccessDenied`, `NoSuchCollection`, `InvalidQuery` */
  async require(asked: CollectionAsked, ...rights: readonly CollectionRight[]): Promise<void> {
    await this.#parts.access.require(asked.asker, placeOf(asked), ...rights);
  }

  /** @throws Failure `CollectionExists`, `AccessDenied`, `InvalidQuery` */
  async create(asked: CollectionAsked, options: CollectionOptions): Promise<Collection> {
    const place = placeOf(asked);
    const { access, metadata, databases } = this.#parts;
    await access.require(asked.asker, place, 'administer');
    if (options.validator !== undefined) compileValidator(options.validator);
    const input = { bucketId: asked.bucket.id, name: asked.name, options: JSON.stringify(options) };
    await metadata.mutations.createCollection({ ...input, at: new Date().toISOString() });
    return databases.get(asked.bucket, asked.name);
  }

  /** A page by name; of another's database those that one may read. */
  async list({ asker, bucket }: DatabaseAsked, page: { after: string; limit: number }): Promise<CollectionRow[]> {
    const { metadata, access } = this.#parts;
    const found: CollectionRow[] = [];
    for (let after = page.after; found.length < page.limit; ) {
      const rows = await metadata.queries.listCollections({ bucketId: bucket.id, after, limit: page.limit });
      for (const row of rows) if (await access.may(asker, { bucket, name: row.name }, 'read')) found.push(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < page.limit) break;
      after = last.name;
    }
    return found.slice(0, page.limit);
  }

  /** @throws Failure `NoSuchCollection`, `AccessDenied`, `InvalidQuery` */
  async change(asked: CollectionAsked, changes: CollectionChanges): Promise<Collection> {
    const { row, options } = await this.get(asked, 'administer');
    const { validator = options.validator, validationAction = options.validationAction } = changes;
    if (validator !== null && validator !== undefined) compileValidator(validator);
    const changed = { ...(validator === null ? {} : { validator }), validationAction };
    const { mutations } = this.#parts.metadata;
    await mutations.setCollectionOptions({ collectionId: row.id, options: JSON.stringify(changed) });
    return this.#parts.databases.get(asked.bucket, asked.name);
  }

  /**
   * Deletes all documents of a collection, a few at a time, and then itself with its indexes and grants. Resolves to how
   * many documents went. What writes to it meanwhile may be deleted with it; a crash leaves it with fewer documents.
   */
  async drop(asked: CollectionAsked): Promise<number> {
    const collection = await this.get(asked, 'drop');
    let deleted = 0;
    for (let tries = 1; ; tries += 1) {
      deleted += await this.#empty(asked);
      try {
        await this.#parts.metadata.mutations.dropCollection({ collectionId: collection.row.id });
        return deleted;
      } catch (error) {
        if (tries >= MAX_DROPS || !isConflict(error)) throw error;
      }
    }
  }

  /** As many as may be held at a time. */
  async #first({ bucket, name }: CollectionAsked): Promise<DocumentTuple[]> {
    const { scanDocuments } = this.#parts.metadata.queries;
    const scan = { bucketId: bucket.id, prefix: prefixOf(name), after: '' };
    const rows = await scanDocuments({ ...scan, limit: DROP_BATCH, maxTextBytes: LONG_BYTES });
    const hasLong = rows.some(([, , text]) => text.byteLength === 0);
    return hasLong ? scanDocuments({ ...scan, limit: LONG_BATCH }) : rows;
  }

  async #empty(asked: CollectionAsked): Promise<number> {
    const { asker, bucket, name } = asked;
    const { databases, store } = this.#parts;
    const accountId = asker.actor.accountId ?? bucket.account_id;
    let deleted = 0;
    for (let conflicts = 0; ; ) {
      const rows = await this.#first(asked);
      if (rows.length === 0) return deleted;
      // Anew each time: its indexes may be others.
      const collection = await databases.get(bucket, name);
      try {
        await store.apply(collection, { changes: rows.map((row) => ({ before: toStored(row) })), accountId });
        deleted += rows.length;
      } catch (error) {
        conflicts += 1;
        if (conflicts >= MAX_DROPS || !isConflict(error)) throw error;
      }
    }
  }
}

function placeOf({ bucket, name, key }: CollectionAsked): CollectionPlace {
  return { bucket, name: requireCollectionName(name), key };
}

function isConflict(error: unknown): boolean {
  return error instanceof Failure && error.code === 'ConditionalRequestConflict';
}
