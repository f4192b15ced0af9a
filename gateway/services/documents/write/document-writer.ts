import { compileProjection } from '../project/compile-projection.ts';
import type { Document } from '../values/value.ts';
import { toBulkResult } from './bulk-result.ts';
import { prepareAll } from './prepare-all.ts';
import { prepareWrite, type WriteOutcome } from './prepared-write.ts';
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
} from './write-requests.ts';
import type {
  BulkWriteResult,
  DeleteResult,
  FindAndModifyResult,
  InsertManyResult,
  InsertOneResult,
  UpdateResult,
} from './write-results.ts';
import { type WriteOptions, type WriteParts, WriteRunner, type Written } from './write-runner.ts';

/**
 * Writes documents as MongoDB does, in one transaction a call: all of it or nothing. All throw Failure `InvalidQuery`,
 * `InvalidDocument`, `DocumentInvalid`, `DocumentTooLarge`, `DuplicateKey`, `QuotaExceeded`, `TimeExceeded`; those of several
 * writes tell by the detail `OperationIndex` which one it was.
 */
export class DocumentWriter {
  readonly #runner: WriteRunner;

  constructor(parts: WriteParts) {
    this.#runner = new WriteRunner(parts);
  }

  /** Makes the collection where there is none. */
  async insertOne(place: WritePlace, request: InsertOne): Promise<InsertOneResult> {
    const { outcome, etag } = await this.#one(place, { insertOne: request }, request);
    return { acknowledged: true, insertedId: outcome.inserted?.id ?? null, etag: etag ?? '' };
  }

  async insertMany(place: WritePlace, request: InsertMany): Promise<InsertManyResult> {
    const operations = request.documents.map((document) => ({ insertOne: { document } }));
    const { insertedCount, insertedIds } = await this.bulkWrite(place, { ...request, operations });
    return { acknowledged: true, insertedCount, insertedIds };
  }

  async updateOne(place: WritePlace, request: UpdateOne): Promise<UpdateResult> {
    return this.#update(place, { updateOne: request }, request);
  }

  async updateMany(place: WritePlace, request: UpdateMany): Promise<UpdateResult> {
    return this.#update(place, { updateMany: request }, request);
  }

  async replaceOne(place: WritePlace, request: ReplaceOne): Promise<UpdateResult> {
    return this.#update(place, { replaceOne: request }, request);
  }

  async deleteOne(place: WritePlace, request: DeleteOne): Promise<DeleteResult> {
    const { outcome } = await this.#one(place, { deleteOne: request }, request);
    return { acknowledged: true, deletedCount: outcome.deletedCount };
  }

  async deleteMany(place: WritePlace, request: DeleteMany): Promise<DeleteResult> {
    const { outcome } = await this.#one(place, { deleteMany: request }, request);
    return { acknowledged: true, deletedCount: outcome.deletedCount };
  }

  async findOneAndUpdate(place: WritePlace, request: FindOneAndUpdate): Promise<FindAndModifyResult> {
    const project = projection(request.projection);
    const { outcome, etag } = await this.#one(place, { updateOne: request }, request);
    return { value: project(request.returnDocument === 'after' ? outcome.after : outcome.before), etag };
  }

  async findOneAndReplace(place: WritePlace, request: FindOneAndReplace): Promise<FindAndModifyResult> {
    const project = projection(request.projection);
    const { outcome, etag } = await this.#one(place, { replaceOne: request }, request);
    return { value: project(request.returnDocument === 'after' ? outcome.after : outcome.before), etag };
  }

  async findOneAndDelete(place: WritePlace, request: FindOneAndDelete): Promise<FindAndModifyResult> {
    const project = projection(request.projection);
    const { outcome } = await this.#one(place, { deleteOne: request }, request);
    return { value: project(outcome.before) };
  }

  /** In their order; each sees what those before it wrote. */
  async bulkWrite(place: WritePlace, { operations, ...options }: BulkWrite): Promise<BulkWriteResult> {
    const writes = await prepareAll(operations);
    const { outcomes } = await this.#runner.run(place, writes, { ...options, isBatch: true });
    return toBulkResult(outcomes);
  }

  async #update(place: WritePlace, operation: WriteOperation, options: WriteOptions): Promise<UpdateResult> {
    const { outcome, etag } = await this.#one(place, operation, options);
    const { matchedCount, modifiedCount, upserted } = outcome;
    const upsertedId = upserted?.id ?? null;
    const upsertedCount = Number(upserted !== undefined);
    return { acknowledged: true, matchedCount, modifiedCount, upsertedId, upsertedCount, etag };
  }

  async #one(place: WritePlace, operation: WriteOperation, { bypassDocumentValidation }: WriteOptions) {
    const written = await this.#runner.run(place, [prepareWrite(operation)], { bypassDocumentValidation });
    return only(written);
  }
}

function only({ outcomes, etags }: Written): { readonly outcome: WriteOutcome; readonly etag: string | undefined } {
  const outcome = outcomes[0] as WriteOutcome; // one for the write
  return { outcome, etag: outcome.key === undefined ? undefined : etags.get(outcome.key) };
}

function projection(fields: Document | undefined): (document: Document | undefined) => Document | null {
  const project = fields === undefined ? undefined : compileProjection(fields);
  return (document) => (document === undefined || project === undefined ? (document ?? null) : project(document));
}
