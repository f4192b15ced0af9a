import type { CompiledFilter } from '../filter/compile-filter.ts';
import { compileFilter } from '../filter/compile-filter.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import type { Slice } from './projection-entry.ts';

/** What becomes of the fields that are kept; `document` is all that there was. It changes nothing but `result`. */
export type Finish = (result: Document, document: Document) => void;

/** `{ comments: { $slice: -5 } }` */
export function finishSlice(path: readonly string[], slice: Slice): Finish {
  return (result) => changeArray(result, path, (items) => sliced(items, slice));
}

function sliced(items: readonly DocumentValue[], { skip, limit }: Slice): readonly DocumentValue[] {
  const from = skip < 0 ? Math.max(items.length + skip, 0) : skip;
  return items.slice(from, from + limit);
}

/** "The `$elemMatch` operator limits the contents of an <array> field [...] to contain only the first element matching". */
export function finishElementMatch(name: string, criteria: Document): Finish {
  const filter = compileFilter({ [name]: { $elemMatch: criteria } });
  return (result, document) => {
    const items = document[name];
    const at = Object.hasOwn(document, name) ? filter.matchedIndex({ [name]: items ?? null }) : undefined;
    if (at !== undefined && Array.isArray(items)) result[name] = [items[at]];
  };
}

/** "The positional $ operator limits the contents of an <array> to return the first element that matches the query". */
export function finishPositional(path: readonly string[], filter: CompiledFilter | undefined): Finish {
  return (result, document) => {
    const at = filter?.matchedIndex(document);
    if (at === undefined) {
      throw invalidQuery("positional operator '.$' couldn't find a matching element in the array", '$');
    }
    changeArray(result, path, (items) => {
      if (at >= items.length) throw invalidQuery("positional operator '.$' element mismatch", '$');
      return [items[at] ?? null];
    });
  };
}

type Change = (items: readonly DocumentValue[]) => readonly DocumentValue[];

/** Changes the arrays at a path, without changing what the document has of them. */
function changeArray(result: Document, [name = '', ...rest]: readonly string[], change: Change): void {
  if (!Object.hasOwn(result, name)) return;
  const value = result[name] ?? null;
  result[name] = rest.length === 0 ? changed(value, change) : changedWithin(value, rest, change);
}

function changed(value: DocumentValue, change: Change): DocumentValue {
  return Array.isArray(value) ? change(value) : value;
}

function changedWithin(value: DocumentValue, path: readonly string[], change: Change): DocumentValue {
  if (Array.isArray(value)) return value.map((item: DocumentValue) => changedWithin(item, path, change));
  if (!isDocument(value)) return value;
  const copy = { ...value };
  changeArray(copy, path, change);
  return copy;
}
