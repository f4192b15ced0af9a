import type { Found } from '../field-path.ts';
import type { CompiledFilter } from '../filter/compile-filter.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import type { ElementConflicts } from './path-conflicts.ts';
import { shown } from './shown.ts';

/** What an update is applied to. */
export interface UpdateContext {
  readonly isInsert: boolean;
  readonly now: Date;
  /** The element that `$` stands for; undefined: the filter matched none. */
  readonly matchedIndex: number | undefined;
  readonly arrayFilters: ReadonlyMap<string, CompiledFilter>;
  /** Undefined where no path has elements in it that are found by what they are. */
  readonly conflicts: ElementConflicts | undefined;
  /** The document as it was before anything was changed: array filters are asked of that, and messages tell its `_id`. */
  readonly original: Document;
}

/** Where in the document an operator is at work. */
export interface Spot {
  readonly context: UpdateContext;
  /** The names that lead there. */
  readonly names: readonly string[];
}

/** What an operator makes of a value: the same one where nothing changes, `MISSING` where it goes. */
export type Change = (value: Found, spot: Spot) => Found;

/** What becomes of a field. */
export interface FieldChange {
  readonly change: Change;
  /** Whether it makes fields, and those on the way to them. */
  readonly creates: boolean;
  /** Whether a path that no document of this kind can have is no error. */
  readonly ignoresBlocked?: boolean | undefined;
  readonly onlyOnInsert?: boolean | undefined;
}

/** An operator, given what it is to do with a field. @throws Failure `InvalidQuery` */
export type UpdateOperator = (operand: DocumentValue, path: string) => FieldChange;

/** `{_id: 1}` */
export function shownId({ context }: Spot): string {
  return shown({ _id: context.original._id ?? null });
}

/** The name of the field itself. */
export function lastName({ names }: Spot): string {
  return names.at(-1) ?? '';
}
