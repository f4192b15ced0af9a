import { Failure } from '../../../metadata/index.ts';
import type { Collection } from './databases.ts';
import { ID_INDEX } from './document-index.ts';
import type { Document } from './values/value.ts';

/** An index by its name, or by what it is of: `{ a: 1, b: -1 }`; `{ $natural: 1 }` for none. */
export type IndexHint = string | Document;

/** The name of the index that is meant. @throws Failure `NoSuchIndex` */
export function indexNameOf(collection: Collection | undefined, hint: IndexHint | undefined): string | undefined {
  if (hint === undefined || typeof hint === 'string') return hint;
  const wanted = JSON.stringify(Object.entries(hint));
  if (wanted === '[["_id",1]]') return ID_INDEX;
  if (Object.keys(hint)[0] === '$natural') return '$natural';
  const found = collection?.indexes.find(({ fields }) => {
    return JSON.stringify(fields.map(({ path, isDescending }) => [path, isDescending ? -1 : 1])) === wanted;
  });
  if (found !== undefined) return found.name;
  throw new Failure('NoSuchIndex', 'There is no index of the fields of the hint.');
}
