import type { ListPosition } from '../../metadata/index.ts';
import { foreignCursor, readPage } from './paging.ts';

/** The longest there is: it holds a key of 1,024 bytes. */
export const MAX_FILE_CURSOR = 2048;

/** Where a page of files begins, as a client is told it: null behind the last one. */
export function renderPosition(next: ListPosition | undefined): string | null {
  if (next === undefined) return null;
  return Buffer.from(`${next.isPrefix ? 'p' : 'k'}${next.after}`).toString('base64url');
}

/** @throws Problem `invalid-request` for a cursor that we did not make */
export function readFilePage(request: { readonly limit?: number; readonly cursor?: string }): {
  readonly limit: number;
  readonly position: ListPosition | undefined;
} {
  const { limit, position } = readPage(request);
  if (position === undefined) return { limit, position };
  const [kind, after] = [position[0], position.slice(1)];
  if ((kind !== 'p' && kind !== 'k') || after === '') throw foreignCursor();
  return { limit, position: { after, isPrefix: kind === 'p' } };
}
