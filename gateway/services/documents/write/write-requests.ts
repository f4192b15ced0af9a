import type { BucketRow } from '../../../../metadata/index.ts';
import type { Document } from '../values/value.ts';

/** Where documents are written, and who does it. */
export interface WritePlace {
  readonly bucket: BucketRow;
  readonly collection: string;
  readonly accountId: string;
}

interface Options {
  /** Write what the collection's validator would refuse. */
  readonly bypassDocumentValidation?: boolean | undefined;
}

/** Which documents are meant. */
interface Chosen extends Options {
  readonly filter: Document;
  /** The name of the index that must be used. */
  readonly hint?: string | undefined;
  /** How long looking for them may take. */
  readonly maxTimeMs?: number | undefined;
}

/** Which one document is meant: the first by the sort. */
interface ChosenOne extends Chosen {
  readonly sort?: Document | undefined;
  /** The ETag that it must have: otherwise `PreconditionFailed`, also where there is none. */
  readonly ifMatch?: string | undefined;
}

interface Updating {
  /** Update operators, or the stages of a pipeline. */
  readonly update: Document | readonly Document[];
  /** What `$[name]` in paths stands for. */
  readonly arrayFilters?: readonly Document[] | undefined;
  /** Insert where there is none. */
  readonly upsert?: boolean | undefined;
}

export interface InsertOne extends Options {
  readonly document: Document;
}

export interface InsertMany extends Options {
  readonly documents: readonly Document[];
}

export interface UpdateOne extends ChosenOne, Updating {}

export interface UpdateMany extends Chosen, Updating {}

export interface ReplaceOne extends ChosenOne {
  readonly replacement: Document;
  readonly upsert?: boolean | undefined;
}

export interface DeleteOne extends ChosenOne {}

export interface DeleteMany extends Chosen {}

interface Returning {
  /** Left out: as it was before. */
  readonly returnDocument?: 'before' | 'after' | undefined;
  readonly projection?: Document | undefined;
}

export interface FindOneAndUpdate extends UpdateOne, Returning {}

export interface FindOneAndReplace extends ReplaceOne, Returning {}

export interface FindOneAndDelete extends DeleteOne {
  readonly projection?: Document | undefined;
}

/** One of the writes of a call, as `bulkWrite` names them. */
export type WriteOperation =
  | { readonly insertOne: InsertOne }
  | { readonly updateOne: UpdateOne }
  | { readonly updateMany: UpdateMany }
  | { readonly replaceOne: ReplaceOne }
  | { readonly deleteOne: DeleteOne }
  | { readonly deleteMany: DeleteMany };

export interface BulkWrite extends Options {
  readonly operations: readonly WriteOperation[];
}
