import { Failure } from '../../../../metadata/index.ts';

/** "The maximum BSON document size is 16 mebibytes." */
export const MAX_DOCUMENT_BYTES = 16 * 1024 ** 2;
/** "MongoDB supports no more than 100 levels of nesting for BSON documents." */
export const MAX_DEPTH = 100;
/** A filter, an update, a pipeline: what is sent to be executed. */
export const MAX_REQUEST_BYTES = 48 * 1024 ** 2;
/** "maxMessageSizeBytes [...] 48000000", in the binary units that documents are counted in: what one call writes. */
export const MAX_WRITE_BYTES = 48 * 1024 ** 2;
/** What an update may make an array grow by. */
export const MAX_ARRAY_GROWTH = 1500;

/** Names that lead to the prototypes of what reads them. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** @throws Failure `InvalidDocument` for a name that no field may have */
export function requireFieldName(name: string): void {
  if (PROTOTYPE_NAMES.has(name)) throw new Failure('InvalidDocument', `A field must not be called '${name}'.`);
  if (name.includes('\0')) throw new Failure('InvalidDocument', 'The name of a field has no NUL.');
}

/** @throws Failure `InvalidDocument` */
export function requireDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new Failure('InvalidDocument', `A document has at most ${MAX_DEPTH} levels.`);
}

/** @throws Failure `DocumentTooLarge` */
export function requireDocumentSize(sizeBytes: number): void {
  if (sizeBytes > MAX_DOCUMENT_BYTES) {
    throw new Failure('DocumentTooLarge', `A document has at most ${MAX_DOCUMENT_BYTES} bytes.`);
  }
}
