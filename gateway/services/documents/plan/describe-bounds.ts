import type { IndexField } from '../document-index.ts';
import type { Document } from '../values/value.ts';
import { boundsOf } from './bounds.ts';
import type { Interval } from './interval.ts';

/** What a filter asks of each field of an index, as MongoDB's explain tells it: `["[1, 5)"]`. */
export function describeBounds(
  filter: Document,
  { fields, isMultikey }: { readonly fields: readonly IndexField[]; readonly isMultikey: boolean },
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    fields.map(({ path }) => [
      path,
      boundsOf(filter, path, isMultikey)?.intervals.map(describe) ?? ['[MinKey, MaxKey]'],
    ]),
  );
}

function describe({ from, to }: Interval): string {
  return `${from.isPast ? '(' : '['}${from.label}, ${to.label}${to.isPast ? ']' : ')'}`;
}
