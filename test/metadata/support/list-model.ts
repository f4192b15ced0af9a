import type { ListPosition } from '../../../metadata/index.ts';
import { compareBytes } from './odd-keys.ts';

export interface ModelPage {
  readonly keys: string[];
  readonly commonPrefixes: string[];
  readonly next?: ListPosition;
}

export interface ModelRange {
  readonly prefix: string;
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  readonly limit: number;
}

/** A page the naive way: look at every key, in order, and roll up as "ListObjectsV2" describes. */
export function listModel(allKeys: Iterable<string>, { prefix, delimiter, position, limit }: ModelRange): ModelPage {
  const entries: ListPosition[] = [];
  for (const key of [...allKeys].sort(compareBytes)) {
    if (!key.startsWith(prefix)) continue;
    if (position !== undefined && compareBytes(key, position.after) <= 0) continue;
    if (position?.isPrefix && key.startsWith(position.after)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const entry =
      at < 0 ? { after: key, isPrefix: false } : { after: key.slice(0, at + delimiter.length), isPrefix: true };
    const last = entries.at(-1);
    if (!(entry.isPrefix && last?.isPrefix && last.after === entry.after)) entries.push(entry);
  }
  const page = entries.slice(0, limit);
  const next = page.at(-1);
  return {
    keys: page.filter(({ isPrefix }) => !isPrefix).map(({ after }) => after),
    commonPrefixes: page.filter(({ isPrefix }) => isPrefix).map(({ after }) => after),
    ...(entries.length > limit && next !== undefined ? { next } : {}),
  };
}
