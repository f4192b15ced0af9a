/** One tag of a precondition, without its quotes. */
export interface EntityTag {
  readonly value: string;
  readonly isWeak: boolean;
}

/** The tags of `If-Match` or `If-None-Match`, or `*` for any. */
export type EntityTags = '*' | readonly EntityTag[];

const EACH_TAG = /(W\/)?(?:"([^"]*)"|([^\s,"]+))/g;

/** Reads a list of entity tags (RFC 9110 section 8.8.3). As with S3 the quotes may be missing. */
export function parseEntityTags(header: string): EntityTags {
  if (header.trim() === '*') return '*';
  return Array.from(header.matchAll(EACH_TAG), ([, weak, quoted, bare]) => ({
    value: quoted ?? bare ?? '',
    isWeak: weak !== undefined,
  }));
}

/** Strong comparison (RFC 9110 section 8.8.3.2): weak tags match nothing. The gateway's own tags are all strong. */
export function matchesStrongly(tags: EntityTags, etag: string): boolean {
  return tags === '*' || tags.some(({ value, isWeak }) => !isWeak && value === etag);
}

/** Weak comparison: weak and strong tags match alike. */
export function matchesWeakly(tags: EntityTags, etag: string): boolean {
  return tags === '*' || tags.some(({ value }) => value === etag);
}
