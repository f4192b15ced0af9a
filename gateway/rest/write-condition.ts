import type { WriteCondition } from '../../metadata/index.ts';
import { parseEntityTags } from '../http/entity-tags.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { Problem } from './problem.ts';

/**
 * The condition of a write, for the transaction to decide: `If-Match` or `If-None-Match`, of `*` or one entity tag (RFC
 * 9110 section 13.1).
 * @throws Problem `invalid-request` for several, and for dates: to ignore them would be to do what the client forbade
 */
export function writeCondition(headers: RequestHeaders): WriteCondition | undefined {
  const match = headerOf(headers, 'if-match');
  const noneMatch = headerOf(headers, 'if-none-match');
  if (headers['if-unmodified-since'] !== undefined) {
    throw unsupported('If-Unmodified-Since', 'is not taken of a write: send If-Match');
  }
  if (match !== undefined && noneMatch !== undefined) throw unsupported('If-None-Match', 'cannot be beside If-Match');
  if (match !== undefined) return matching(match);
  return noneMatch === undefined ? undefined : differing(noneMatch);
}

function matching(header: string): WriteCondition {
  const tag = soleTag('If-Match', header);
  if (tag === '*') return { kind: 'exists' };
  // Weak tags match nothing (RFC 9110 section 8.8.3.2): ours are all strong.
  return { kind: 'match', etag: tag.isWeak ? `W/${tag.value}` : tag.value };
}

function differing(header: string): WriteCondition {
  const tag = soleTag('If-None-Match', header);
  return tag === '*' ? { kind: 'absent' } : { kind: 'differs', etag: tag.value };
}

function soleTag(name: string, header: string) {
  const tags = parseEntityTags(header);
  if (tags === '*') return tags;
  const [tag, ...others] = tags;
  if (tag === undefined || others.length > 0) throw unsupported(name, 'must be * or one entity tag');
  return tag;
}

function unsupported(name: string, message: string): Problem {
  return new Problem('invalid-request', { errors: [{ field: name.toLowerCase(), message }] });
}
