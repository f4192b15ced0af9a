import type { Document } from '../values/value.ts';

/** What an update is applied with. */
export interface UpdateOptions {
  /** The document is about to be inserted: it has what the filter says that it has. */
  readonly isInsert: boolean;
  readonly now: Date;
  /** The element that the filter matched, which `$` stands for. */
  readonly matchedIndex?: number | undefined;
}

/** What becomes of a document. */
export type Transform = (document: Document, options: UpdateOptions) => Document;
