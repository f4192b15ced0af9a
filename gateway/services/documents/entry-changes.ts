import type { IndexEntry } from '../../../metadata/index.ts';
import type { Collection } from './databases.ts';
import { entriesOf } from './document-index.ts';
import type { Document } from './values/value.ts';

/** A document before and after a write; undefined: there is none. */
export interface DocumentStates {
  readonly before: Document | undefined;
  readonly after: Document | undefined;
}

/** Entries of indexes that go, and that come. */
export interface EntryChanges {
  readonly removed: readonly IndexEntry[];
  readonly added: readonly IndexEntry[];
}

/**
 * What a write changes of a collection's indexes: most writes leave most entries as they are. Of an index that is being
 * built it adds all, for whoever builds it leaves out what was written meanwhile; and of the first document that has several
 * entries, for that is how an index comes to be known for it.
 * @throws Failure `InvalidDocument` where an index cannot have the document
 */
export function entryChanges({ indexes }: Collection, { before, after }: DocumentStates): EntryChanges {
  const removed: IndexEntry[] = [];
  const added: IndexEntry[] = [];
  for (const index of indexes) {
    const [old, fresh] = [byName(before && entriesOf(index, before)), byName(after && entriesOf(index, after))];
    for (const [name, entry] of old) if (!fresh.has(name)) removed.push([index.id, entry]);
    const addsAll = !index.isReady || (fresh.size > 1 && !index.isMultikey);
    for (const [name, entry] of fresh) if (addsAll || !old.has(name)) added.push([index.id, entry]);
  }
  return { removed, added };
}

function byName(entries: readonly Buffer[] = []): ReadonlyMap<string, Buffer> {
  return new Map(entries.map((entry) => [entry.toString('latin1'), entry]));
}
