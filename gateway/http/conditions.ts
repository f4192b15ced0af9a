import { matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tags.ts';
import { parseHttpDate } from './http-date.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/** What preconditions are held against. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  /** ISO 8601, as stored; compared by whole seconds, as HTTP dates have no finer unit. */
  readonly lastModified: string;
}

/** What a read may do: answer, answer 304, or answer 412. */
export type ReadDecision = 'proceed' | 'not-modified' | 'precondition-failed';

/** The values of the headers that have been sent. */
export interface Preconditions {
  readonly match: string | undefined;
  readonly noneMatch: string | undefined;
  readonly modifiedSince: string | undefined;
  readonly unmodifiedSince: string | undefined;
}

/**
 * Decides the preconditions of GetObject, HeadObject and the like in the order of RFC 9110 section 13.2.2: `If-Match`
 * hides `If-Unmodified-Since`, `If-None-Match` hides `If-Modified-Since`. Dates that are no HTTP date are ignored.
 */
export function checkReadConditions(headers: RequestHeaders, current: Validators): ReadDecision {
  return decide(
    {
      match: headerOf(headers, 'if-match'),
      noneMatch: headerOf(headers, 'if-none-match'),
      modifiedSince: headerOf(headers, 'if-modified-since'),
      unmodifiedSince: headerOf(headers, 'if-unmodified-since'),
    },
    current,
  );
}

/**
 * Whether a range is still of the object that the client has begun to read: `If-Range` with its entity tag or exactly its
 * date (RFC 9110 section 13.1.5). If not, the whole is to be given.
 */
export function mayTakeRange(headers: RequestHeaders, { etag, lastModified }: Validators): boolean {
  const validator = headerOf(headers, 'if-range');
  if (validator === undefined) return true;
  const date = parseHttpDate(validator);
  if (date === undefined) return matchesStrongly(parseEntityTags(validator), etag);
  return Math.floor(Date.parse(lastModified) / 1000) === Math.floor(date / 1000);
}

/** Decides in the order of RFC 9110 section 13.2.2. */
export function decide(conditions: Preconditions, { etag, lastModified }: Validators): ReadDecision {
  const { match, noneMatch, modifiedSince, unmodifiedSince } = conditions;
  if (match !== undefined) {
    if (!matchesStrongly(parseEntityTags(match), etag)) return 'precondition-failed';
  } else if (unmodifiedSince !== undefined && isAfter(lastModified, unmodifiedSince) === true) {
    return 'precondition-failed';
  }
  if (noneMatch !== undefined) return matchesWeakly(parseEntityTags(noneMatch), etag) ? 'not-modified' : 'proceed';
  if (modifiedSince !== undefined && isAfter(lastModified, modifiedSince) === false) return 'not-modified';
  return 'proceed';
}

/** Whether a stored instant is past a header's date; nothing when that is no date. */
function isAfter(lastModified: string, header: string): boolean | undefined {
  const date = parseHttpDate(header);
  return date === undefined ? undefined : Math.floor(Date.parse(lastModified) / 1000) > Math.floor(date / 1000);
}
