import type { DocumentWrite } from './documents.ts';

/** Writes by their columns: that crosses threads in a fifth of the time that as many objects take. */
export interface PackedWrites {
  readonly keys: readonly string[];
  readonly befores: readonly (number | null)[];
  readonly texts: readonly (string | Uint8Array | null)[];
  readonly etags: readonly string[];
  /** Null where there are none. */
  readonly removed: readonly (DocumentWrite['removed'] | null)[];
  readonly added: readonly (DocumentWrite['added'] | null)[];
  readonly changes: readonly DocumentWrite['change'][];
}

export function packWrites(writes: readonly DocumentWrite[]): PackedWrites {
  return {
    keys: writes.map(({ key }) => key),
    befores: writes.map(({ before }) => before),
    texts: writes.map(({ after }) => after?.text ?? null),
    etags: writes.map(({ after }) => after?.etag ?? ''),
    removed: writes.map(({ removed }) => (removed.length === 0 ? null : removed)),
    added: writes.map(({ added }) => (added.length === 0 ? null : added)),
    changes: writes.map(({ change }) => change),
  };
}

export function unpackWrites(packed: PackedWrites): DocumentWrite[] {
  return packed.keys.map((key, at) => {
    const text = packed.texts[at] ?? null;
    return {
      key,
      before: packed.befores[at] ?? null,
      after: text === null ? null : { text, etag: packed.etags[at] ?? '' },
      removed: packed.removed[at] ?? [],
      added: packed.added[at] ?? [],
      change: packed.changes[at],
    };
  });
}
