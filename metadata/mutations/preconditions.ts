import { Failure } from '../failure.ts';

/** The entity tags of a precondition, without quotes; `*` stands for any. */
export type ExpectedTags = '*' | readonly string[];

/** What must hold of an object, in HTTP's terms (RFC 9110 section 13.1). Times are whole seconds since 1970. */
export interface Preconditions {
  readonly match?: ExpectedTags | undefined;
  readonly noneMatch?: ExpectedTags | undefined;
  readonly modifiedSinceSeconds?: number | undefined;
  readonly unmodifiedSinceSeconds?: number | undefined;
}

/** What preconditions are held against. */
export interface ValidatorRow {
  /** Without quotes. */
  readonly etag: string;
  readonly last_modified: string;
}

/**
 * Throws `PreconditionFailed`, naming the `Condition`, unless all that is asked of an object holds; undefined stands for
 * none. As in RFC 9110 section 13.2.2 `If-Match` hides `If-Unmodified-Since`, and `If-None-Match` hides
 * `If-Modified-Since`.
 */
export function requirePreconditions(conditions: Preconditions, current: ValidatorRow | undefined): void {
  const condition = firstUnmet(conditions, current);
  if (condition !== undefined) throw new Failure('PreconditionFailed', undefined, { Condition: condition });
}

function firstUnmet(conditions: Preconditions, current: ValidatorRow | undefined): string | undefined {
  const { match, noneMatch, modifiedSinceSeconds, unmodifiedSinceSeconds } = conditions;
  if (match !== undefined) {
    if (!matches(match, current)) return 'If-Match';
  } else if (unmodifiedSinceSeconds !== undefined && current !== undefined) {
    if (secondsOf(current) > unmodifiedSinceSeconds) return 'If-Unmodified-Since';
  }
  if (noneMatch !== undefined) return matches(noneMatch, current) ? 'If-None-Match' : undefined;
  if (modifiedSinceSeconds === undefined) return undefined;
  // "Renames the object if the destination exists and if it has been modified since the specified time."
  const isModified = current !== undefined && secondsOf(current) > modifiedSinceSeconds;
  return isModified ? undefined : 'If-Modified-Since';
}

function matches(tags: ExpectedTags, current: ValidatorRow | undefined): boolean {
  return current !== undefined && (tags === '*' || tags.includes(current.etag));
}

function secondsOf(current: ValidatorRow): number {
  return Math.floor(Date.parse(current.last_modified) / 1000);
}
