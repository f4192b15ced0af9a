import { Failure } from '../../../../metadata/index.ts';
import { keyOf, parseKey, prefixOf, requireCollectionName } from '../document-key.ts';
import { documentFromText } from '../values/document-text.ts';
import { MAX_DOCUMENT_BYTES } from '../values/limits.ts';
import type { Document } from '../values/value.ts';

/** What a key of a database's bucket is: a document's, or the mark that tools leave in the place of a folder. */
export type DatabaseKey = { readonly kind: 'document'; readonly collection: string } | { readonly kind: 'marker' };

/** Undefined for a key that nothing in a database has. */
export function databaseKey(key: string): DatabaseKey | undefined {
  const place = parseKey(key);
  if (place !== undefined) return { kind: 'document', collection: place.collection };
  return isMarker(key) ? { kind: 'marker' } : undefined;
}

function isMarker(key: string): boolean {
  if (!key.endsWith('/')) return false;
  const name = key.slice(0, -1);
  try {
    return prefixOf(requireCollectionName(name)) === key;
  } catch {
    return false;
  }
}

/** @throws Failure `InvalidRequest` for a key that nothing in a database has */
export function requireDatabaseKey(key: string): DatabaseKey {
  const found = databaseKey(key);
  if (found !== undefined) return found;
  throw new Failure(
    'InvalidRequest',
    'This bucket holds documents: JSON objects under the key <collection>/<_id>.json. Other objects belong in another bucket.',
  );
}

/**
 * The document that a body is under a key: with the `_id` that it says, or else that of the key.
 * @throws Failure `InvalidDocument` for what is none, and for an `_id` that belongs under another key
 */
export function documentUnder(key: string, body: Buffer): Document {
  const document = documentFromText(body);
  const place = parseKey(key);
  if (place === undefined) throw new Failure('InvalidDocument', 'A document is stored under <collection>/<_id>.json.');
  const { collection, id } = place;
  const isTold = Object.hasOwn(document, '_id');
  const whole = isTold || id === undefined ? document : { _id: id, ...document };
  if (whole._id === undefined)
    throw new Failure('InvalidDocument', 'The _id of this document does not follow from its key.');
  const own = keyOf(collection, whole._id);
  if (own === key) return whole;
  throw new Failure('InvalidDocument', `The document has an _id that is stored under another key: ${own}`);
}

/** @throws Failure `DocumentTooLarge` */
export function requireBodySize(sizeBytes: number): void {
  if (sizeBytes <= MAX_DOCUMENT_BYTES) return;
  throw new Failure('DocumentTooLarge', `A document has at most ${MAX_DOCUMENT_BYTES} bytes.`);
}
