import type { WriteCondition } from '../../metadata/index.ts';
import { matchesStrongly, matchesWeakly, parseEntityTags } from './entity-tags.ts';
import { S3Error } from './errors.ts';
import { parseHttpDate } from './http-date.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

export type { WriteCondition };

/** What preconditions are held against. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  /** ISO 8601, as stored; compared by whole seconds, as HTTP dates have no finer unit. */
  readonly lastModified: string;
}

/** What a read may do: answer, answer 304, or answer 412. */
export type ReadDecision = 'proceed' | 'not-modified' | 'precondition-failed';

interface Preconditions {
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

/**
 * Decides `x-amz-copy-source-if-*` in the same order. Whatever does not hold is 412: "If both [...] evaluate as follows,
 * Amazon S3 returns the 412 Precondition Failed response code" (CopyObject).
 */
export function checkCopySourceConditions(
  headers: RequestHeaders,
  source: Validators,
): Exclude<ReadDecision, 'not-modified'> {
  const decision = decide(
    {
      match: headerOf(headers, 'x-amz-copy-source-if-match'),
      noneMatch: headerOf(headers, 'x-amz-copy-source-if-none-match'),
      modifiedSince: headerOf(headers, 'x-amz-copy-source-if-modified-since'),
      unmodifiedSince: headerOf(headers, 'x-amz-copy-source-if-unmodified-since'),
    },
    source,
  );
  return decision === 'proceed' ? 'proceed' : 'precondition-failed';
}

/**
 * The condition of a write, for the transaction to decide ("How to prevent object overwrites with conditional writes"):
 * `If-None-Match: *`, or `If-Match` with one entity tag or `*`.
 * @throws S3Error `NotImplemented`, as S3 answers, for any other value, for both headers together, and for
 * `If-Unmodified-Since`: to ignore it would be to do what the client forbade.
 */
export function parseWriteCondition(headers: RequestHeaders): WriteCondition | undefined {
  if (headers['if-unmodified-since'] !== undefined) throw notImplemented('If-Unmodified-Since');
  const match = headerOf(headers, 'if-match');
  const noneMatch = headerOf(headers, 'if-none-match');
  if (match === undefined && noneMatch === undefined) return undefined;
  if (match !== undefined && noneMatch !== undefined) throw notImplemented('If-Match,If-None-Match');
  return match === undefined ? parseIfNoneMatch(noneMatch ?? '') : parseIfMatch(match);
}

/**
 * The condition of a delete: `If-Match` alone ("How to perform conditional deletes").
 * @throws S3Error `NotImplemented` as `parseWriteCondition`, and for `If-None-Match`
 */
export function parseDeleteCondition(headers: RequestHeaders): WriteCondition | undefined {
  if (headers['if-none-match'] !== undefined) throw notImplemented('If-None-Match');
  return parseWriteCondition(headers);
}

function parseIfNoneMatch(header: string): WriteCondition {
  if (parseEntityTags(header) !== '*') throw notImplemented('If-None-Match');
  return { kind: 'absent' };
}

function parseIfMatch(header: string): WriteCondition {
  const tags = parseEntityTags(header);
  if (tags === '*') return { kind: 'exists' };
  const [tag, ...others] = tags;
  if (tag === undefined || tag.isWeak || others.length > 0) throw notImplemented('If-Match');
  return { kind: 'match', etag: tag.value };
}

function decide(conditions: Preconditions, { etag, lastModified }: Validators): ReadDecision {
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

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { detail: { Header: header } });
}
