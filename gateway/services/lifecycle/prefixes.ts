import { type ListPosition, prefixEnd } from '../../../metadata/index.ts';

/** The fewest prefixes that have below them all that is below any of these, in the order of keys. */
export function coveringPrefixes(scopes: readonly { readonly prefix: string }[]): string[] {
  const covering: string[] = [];
  for (const prefix of scopes.map((scope) => scope.prefix).sort(compareKeys)) {
    // In order, whatever begins with a prefix follows it at once.
    const last = covering.at(-1);
    if (last === undefined || !prefix.startsWith(last)) covering.push(prefix);
  }
  return covering;
}

/** The first of such prefixes below which there can be anything behind a position; undefined where there is none. */
export function nextPrefix(covering: readonly string[], position: ListPosition | undefined): string | undefined {
  if (position === undefined) return covering[0];
  const start = position.isPrefix ? prefixEnd(position.after) : position.after;
  if (start === undefined) return undefined;
  return covering.find((prefix) => {
    const end = prefixEnd(prefix);
    return end === undefined || compareKeys(end, start) > 0;
  });
}

/** As the database orders them. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
