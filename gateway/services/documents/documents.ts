import { collectionsOf } from './aggregate/collections-of.ts';
import type { CollectionRight } from './collection-access.ts';
import type { CollectionAsked, Collections } from './collections.ts';
import type { Collection } from './databases.ts';
import { type IndexHint, indexNameOf } from './index-hint.ts';
import type {
  AggregateOptions,
  CountOptions,
  DistinctOptions,
  DocumentQueries,
  FindOptions,
  QueryPage,
} from './query/document-queries.ts';
import type { Explanation } from './query/run-explain.ts';
import type { DocumentWriter } from './write/document-writer.ts';
import type {
  BulkWrite,
  DeleteMany,
  DeleteOne,
  FindOneAndDelete,
  FindOneAndReplace,
  FindOneAndUpdate,
  InsertMany,
  InsertOne,
  ReplaceOne,
  UpdateMany,
  UpdateOne,
  WriteOperation,
  WritePlace,
} from './write/write-requests.ts';
import type {
  BulkWriteResult,
  DeleteResult,
  FindAndModifyResult,
  InsertManyResult,
  InsertOneResult,
  UpdateResult,
} from './write/write-results.ts';

export interface DocumentsParts {
  readonly collections: Collections;
  readonly queries: DocumentQueries;
  readonly writer: DocumentWriter;
}

/** An index is named by its name, or by what it is of. */
type Asked<Options> = Omit<Options, 'hint' | 'accountId'> & { readonly hint?: IndexHint | undefined };

/** One of the writes of a call. */
export type AskedOperation =
  | { readonly insertOne: InsertOne }
  | { readonly updateOne: Asked<UpdateOne> }
  | { readonly updateMany: Asked<UpdateMany> }
  | { readonly replaceOne: Asked<ReplaceOne> }
  | { readonly deleteOne: Asked<DeleteOne> }
  | { readonly deleteMany: Asked<DeleteMany> };

export interface AskedBulkWrite extends Omit<BulkWrite, 'operations'> {
  readonly operations: readonly AskedOperation[];
}

/**
 * What accounts ask of documents: whether they may is decided here, for every surface. All methods throw Failure
 * `NoSuchCollection`, `AccessDenied`, `InvalidQuery`, `NoSuchIndex` for a hint that is none, `TimeExceeded`, and what
 * `DocumentQueries` and `DocumentWriter` throw. A collection that is not there is made by what may insert, and by nothing
 * else.
 */
export class Documents {
  readonly #parts: DocumentsParts;

  constructor(parts: DocumentsParts) {
    this.#parts = parts;
  }

  async find(asked: CollectionAsked, options: Asked<FindOptions>): Promise<QueryPage> {
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.find(collection, told);
  }

  /** Its JSON; undefined where there is none. */
  async findOne(asked: CollectionAsked, options: Asked<FindOptions>): Promise<string | undefined> {
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.findOne(collection, told);
  }

  async count(asked: CollectionAsked, options: Asked<CountOptions>): Promise<number> {
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.count(collection, told);
  }

  async distinct(asked: CollectionAsked, options: Asked<DistinctOptions>): Promise<QueryPage> {
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.distinct(collection, told);
  }

  async aggregate(asked: CollectionAsked, options: Asked<AggregateOptions>): Promise<QueryPage> {
    // What it looks up elsewhere it reads.
    for (const name of collectionsOf(options.pipeline))
      await this.#parts.collections.require({ ...asked, name }, 'read');
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.aggregate(collection, told);
  }

  async explain(asked: CollectionAsked, options: Asked<FindOptions>): Promise<Explanation> {
    const { collection, told } = await this.#reading(asked, options);
    return this.#parts.queries.explain(collection, told);
  }

  async insertOne(asked: CollectionAsked, request: InsertOne): Promise<InsertOneResult> {
    await this.#parts.collections.require(asked, 'write');
    return this.#parts.writer.insertOne(placeOf(asked), request);
  }

  async insertMany(asked: CollectionAsked, request: InsertMany): Promise<InsertManyResult> {
    await this.#parts.collections.require(asked, 'write');
    return this.#parts.writer.insertMany(placeOf(asked), request);
  }

  async updateOne(asked: CollectionAsked, request: Asked<UpdateOne>): Promise<UpdateResult> {
    return this.#parts.writer.updateOne(placeOf(asked), await this.#writing(asked, request, ['write']));
  }

  async updateMany(asked: CollectionAsked, request: Asked<UpdateMany>): Promise<UpdateResult> {
    return this.#parts.writer.updateMany(placeOf(asked), await this.#writing(asked, request, ['write']));
  }

  async replaceOne(asked: CollectionAsked, request: Asked<ReplaceOne>): Promise<UpdateResult> {
    return this.#parts.writer.replaceOne(placeOf(asked), await this.#writing(asked, request, ['write']));
  }

  async findOneAndUpdate(asked: CollectionAsked, request: Asked<FindOneAndUpdate>): Promise<FindAndModifyResult> {
    const told = await this.#writing(asked, request, ['read', 'write']);
    return this.#parts.writer.findOneAndUpdate(placeOf(asked), told);
  }

  async findOneAndReplace(asked: CollectionAsked, request: Asked<FindOneAndReplace>): Promise<FindAndModifyResult> {
    const told = await this.#writing(asked, request, ['read', 'write']);
    return this.#parts.writer.findOneAndReplace(placeOf(asked), told);
  }

  async findOneAndDelete(asked: CollectionAsked, request: Asked<FindOneAndDelete>): Promise<FindAndModifyResult> {
    const told = await this.#writing(asked, request, ['read', 'delete']);
    return this.#parts.writer.findOneAndDelete(placeOf(asked), told);
  }

  async deleteOne(asked: CollectionAsked, request: Asked<DeleteOne>): Promise<DeleteResult> {
    return this.#parts.writer.deleteOne(placeOf(asked), await this.#writing(asked, request, ['delete']));
  }

  async deleteMany(asked: CollectionAsked, request: Asked<DeleteMany>): Promise<DeleteResult> {
    return this.#parts.writer.deleteMany(placeOf(asked), await this.#writing(asked, request, ['delete']));
  }

  async bulkWrite(asked: CollectionAsked, request: AskedBulkWrite): Promise<BulkWriteResult> {
    const { operations } = request;
    const isMade = operations.some(mayInsert);
    const collection = await this.#require(asked, { rights: rightsOf(operations), mayInsert: isMade });
    const told = operations.map((operation) => withIndexName(operation, collection));
    return this.#parts.writer.bulkWrite(placeOf(asked), { ...request, operations: told });
  }

  async #reading<Options extends { readonly hint?: IndexHint | undefined }>(asked: CollectionAsked, options: Options) {
    const collection = await this.#parts.collections.get(asked, 'read');
    const accountId = asked.asker.actor.accountId ?? undefined;
    return { collection, told: { ...options, hint: indexNameOf(collection, options.hint), accountId } };
  }

  async #writing<Request extends { readonly hint?: IndexHint | undefined; readonly upsert?: boolean | undefined }>(
    asked: CollectionAsked,
    request: Request,
    rights: readonly CollectionRight[],
  ) {
    const collection = await this.#require(asked, { rights, mayInsert: request.upsert === true });
    return { ...request, hint: request.hint === undefined ? undefined : indexNameOf(collection, request.hint) };
  }

  /** Undefined for a collection that is made by writing to it. */
  async #require(
    asked: CollectionAsked,
    { rights, mayInsert: makesIt }: { readonly rights: readonly CollectionRight[]; readonly mayInsert: boolean },
  ): Promise<Collection | undefined> {
    const { collections } = this.#parts;
    return makesIt ? collections.find(asked, ...rights) : collections.get(asked, ...rights);
  }
}

function placeOf({ asker, bucket, name }: CollectionAsked): WritePlace {
  return { bucket, collection: name, accountId: asker.actor.accountId ?? bucket.account_id };
}

function withIndexName(operation: AskedOperation, collection: Collection | undefined): WriteOperation {
  const [[name, request] = []] = Object.entries(operation);
  if (name === undefined || request === undefined || !('hint' in request)) return operation as WriteOperation; // it has no hint
  return { [name]: { ...request, hint: indexNameOf(collection, request.hint) } } as unknown as WriteOperation; // of the same name
}

function rightsOf(operations: readonly AskedOperation[]): CollectionRight[] {
  const names = operations.flatMap((operation) => Object.keys(operation));
  const deletes = names.some((name) => name.startsWith('delete'));
  const writes = names.some((name) => !name.startsWith('delete'));
  return [...(writes ? (['write'] as const) : []), ...(deletes ? (['delete'] as const) : [])];
}

function mayInsert(operation: AskedOperation): boolean {
  return Object.values(operation).some(
    (request) => 'document' in request || ('upsert' in request && request.upsert === true),
  );
}
