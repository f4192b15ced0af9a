import { type TSchema, Type } from 'typebox';
import { Problem } from './problem.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
const MAX_CURSOR = 1024;

/** The query of every list. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
  cursor: Type.Optional(Type.String({ maxLength: MAX_CURSOR, description: 'The `next` of the page before.' })),
};

export const PageQuery = Type.Object(pageQuery, { additionalProperties: false });

/** A page of a list: `next` is the cursor of the page behind it, null on the last. */
export function pageOf(item: TSchema) {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });
}

export interface Page {
  readonly limit: number;
  /** Where the page before ended. */
  readonly position: string | undefined;
}

export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

/** @throws Problem `invalid-request` for a cursor that we did not make */
export function readPage({ limit = DEFAULT_LIMIT, cursor }: PageRequest): Page {
  if (cursor === undefined) return { limit, position: undefined };
  const position = Buffer.from(cursor, 'base64url').toString();
  if (position === '' || Buffer.from(position).toString('base64url') !== cursor) throw foreignCursor();
  return { limit, position };
}

/** Of a list that is ordered by number, the greatest first. @throws Problem `invalid-request` as `readPage` does */
export function readNumberedPage(request: PageRequest): {
  readonly limit: number;
  readonly before: number | undefined;
} {
  const { limit, position } = readPage(request);
  if (position === undefined) return { limit, before: undefined };
  if (!/^[1-9]\d{0,14}$/.test(position)) throw foreignCursor();
  return { limit, before: Number(position) };
}

/** Refuses a cursor that we did not make. */
export function foreignCursor(): Problem {
  return new Problem('invalid-request', { errors: [{ field: 'cursor', message: 'is not the `next` of a page' }] });
}

/**
 * Makes a page of `limit + 1` rows: that there is one more says that there is a next page.
 * @param positionOf where a page that ends with this row ends
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  { limit, positionOf, render }: { limit: number; positionOf: (row: Row) => string; render: (row: Row) => Item },
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isLast = rows.length <= limit || last === undefined;
  return { items: shown.map(render), next: isLast ? null : Buffer.from(positionOf(last)).toString('base64url') };
}
