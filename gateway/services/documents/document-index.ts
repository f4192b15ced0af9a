import { type DocumentIndexRow, Failure } from '../../../metadata/index.ts';
import { indexedValues, MISSING, valuesAt } from './field-path.ts';
import { encodeEntry } from './values/entry.ts';
import type { Document, DocumentValue } from './values/value.ts';

/** What an index is of, as it is stored. */
export interface IndexDefinition {
  readonly fields: readonly IndexField[];
  readonly isUnique: boolean;
  /** Documents that have none of the fields have no entry. */
  readonly isSparse: boolean;
  /** Of a TTL index: documents go so long after the date in its one field. */
  readonly expireAfterSeconds?: number | undefined;
}

export interface IndexField {
  readonly path: string;
  readonly isDescending: boolean;
}

/** An index of a collection. */
export interface DocumentIndex extends IndexDefinition {
  readonly id: number;
  readonly name: string;
  /** Some document has several entries: a value of it may be in an array. */
  readonly isMultikey: boolean;
  /** Whether it has the entries of all documents, and may be read. */
  readonly isReady: boolean;
}

/** "Compound multikey indexes": an index has so many entries of one document at most. */
const MAX_ENTRIES = 10_000;
/** The index of all ids, which are in the keys. */
export const ID_INDEX = '_id_';

export function toIndex(row: DocumentIndexRow): DocumentIndex {
  const definition = JSON.parse(row.definition) as IndexDefinition; // written by `createIndex` alone
  const { id, name, is_multikey, is_ready } = row;
  return { ...definition, id, name, isMultikey: is_multikey === 1, isReady: is_ready === 1 };
}

/**
 * The entries of a document, each once.
 * @throws Failure `InvalidDocument` where several of the fields are arrays ("cannot index parallel arrays"), or for too many
 */
export function entriesOf({ fields, isSparse }: IndexDefinition, document: Document): Buffer[] {
  const paths = fields.map(({ path }) => path.split('.'));
  if (isSparse && paths.every((path) => valuesAt(document, path).every((found) => found === MISSING))) return [];
  const values = paths.map((path) => indexedValues(document, path));
  if (values.filter((found) => found.length > 1).length > 1) {
    throw new Failure('InvalidDocument', 'An index cannot have several fields that are arrays in one document.');
  }
  const descending = fields.map(({ isDescending }) => isDescending);
  const entries = new Map<string, Buffer>();
  for (const combination of combine(values)) {
    const entry = encodeEntry(combination, descending);
    entries.set(entry.toString('latin1'), entry);
    if (entries.size > MAX_ENTRIES)
      throw new Failure('InvalidDocument', 'An array has too many elements for an index.');
  }
  return [...entries.values()];
}

function combine(values: readonly (readonly DocumentValue[])[]): DocumentValue[][] {
  const [first, ...others] = values;
  if (first === undefined) return [[]];
  const rest = combine(others);
  return first.flatMap((value) => rest.map((behind) => [value, ...behind]));
}
