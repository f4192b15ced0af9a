import type { WriteCondition } from '../../metadata/index.ts';
import { decide, type ReadDecision, type Validators } from '../http/conditions.ts';
import { parseEntityTags } from '../http/entity-tags.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { S3Error } from './errors.ts';

export type { WriteCondition };

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

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { detail: { Header: header } });
}
