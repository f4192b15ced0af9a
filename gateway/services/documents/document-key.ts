import { ObjectId } from 'bson';
import { Failure } from '../../../metadata/index.ts';
import { encodeValue } from './values/entry.ts';
import { type DocumentValue, typeOf } from './values/value.ts';

const SUFFIX = '.json';
/** What an id that is no plain text or ObjectId begins with: the bytes of its index entry follow, in hex. */
const ENCODED = '~';
const OBJECT_ID = /^[0-9a-f]{24}$/;
const MAX_KEY_BYTES = 1024;
/** "database or collection names cannot [...] contain the $ character [...] begin with the system. prefix". */
const COLLECTION = /^(?!system\.)[A-Za-z_][A-Za-z0-9_.-]{0,119}$/;

/** @throws Failure `InvalidQuery` for what no collection may be called */
export function requireCollectionName(name: string): string {
  if (COLLECTION.test(name)) return name;
  throw new Failure(
    'InvalidQuery',
    'A collection is called by 1 to 120 letters, digits and _ . - and begins with a letter or _.',
    { Field: 'collection' },
  );
}

/** What the keys of a collection's documents begin with. */
export function prefixOf(collection: string): string {
  return `${collection}/`;
}

/**
 * The key of a document: `workers/507f1f77bcf86cd799439011.json` of an ObjectId, `workers/cary.json` of a text, its index
 * entry in hex of anything else and of texts that would be taken for something else.
 * @throws Failure `InvalidDocument` for an id that cannot be one, or that makes too long a key
 */
export function keyOf(collection: string, id: DocumentValue): string {
  const type = typeOf(id);
  if (type === 'array' || type === 'regex') {
    throw new Failure(
      'InvalidDocument',
      `The _id of a document cannot be ${type === 'array' ? 'an array' : 'a regex'}.`,
    );
  }
  const key = `${prefixOf(collection)}${nameOf(id)}${SUFFIX}`;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new Failure('InvalidDocument', 'The _id of the document is too long.');
  return key;
}

function nameOf(id: DocumentValue): string {
  if (id instanceof ObjectId) return id.toHexString();
  const isPlain = typeof id === 'string' && /^[^/\p{Cc}]+$/u.test(id) && !isTakenForOther(id);
  return isPlain ? id : ENCODED + encodeValue(id).toString('hex');
}

function isTakenForOther(text: string): boolean {
  return OBJECT_ID.test(text) || text.startsWith(ENCODED) || text === '.' || text === '..' || !isWellFormed(text);
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** The collection that a key is in, and the id that it gives to a document which has none; undefined for other keys. */
export function parseKey(
  key: string,
): { readonly collection: string; readonly id: DocumentValue | undefined } | undefined {
  const slash = key.indexOf('/');
  const collection = key.slice(0, Math.max(slash, 0));
  const name = key.slice(slash + 1);
  if (!COLLECTION.test(collection) || !name.endsWith(SUFFIX) || name.includes('/')) return undefined;
  const bare = name.slice(0, -SUFFIX.length);
  if (bare === '') return undefined;
  if (OBJECT_ID.test(bare)) return { collection, id: new ObjectId(bare) };
  return { collection, id: bare.startsWith(ENCODED) ? undefined : bare };
}
