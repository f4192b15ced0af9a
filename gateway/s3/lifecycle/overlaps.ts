import type { LifecycleRule } from '../../services/lifecycle/index.ts';
import { invalidRequest } from './refusals.ts';

/** What rules of the first version do, by the elements that tell it. */
const ACTIONS: readonly (readonly [name: string, has: (rule: LifecycleRule) => boolean])[] = [
  ['Expiration', ({ expiration }) => expiration !== undefined && !('expiredObjectDeleteMarker' in expiration)],
  [
    'ExpiredObjectDeleteMarker',
    ({ expiration }) => expiration !== undefined && 'expiredObjectDeleteMarker' in expiration,
  ],
  ['Transition', ({ transitions }) => (transitions ?? []).length > 0],
  ['NoncurrentVersionExpiration', ({ noncurrentExpiration }) => noncurrentExpiration !== undefined],
  ['NoncurrentVersionTransition', ({ noncurrentTransitions }) => (noncurrentTransitions ?? []).length > 0],
  ['AbortIncompleteMultipartUpload', ({ abortUploadsAfterDays }) => abortUploadsAfterDays !== undefined],
];

/**
 * Where rules have prefixes of their own, no two may do the same to one object; S3 settles such conflicts only between
 * filters. @throws S3Error `InvalidRequest`
 */
export function checkOverlaps(rules: readonly LifecycleRule[]): void {
  for (const [name, has] of ACTIONS) {
    const prefixes = rules.filter(has).map(({ scope }) => scope.prefix ?? '');
    const overlap = findOverlap(prefixes);
    if (overlap === undefined) continue;
    throw invalidRequest(`Found overlapping prefixes '${overlap.join("' and '")}' for same action type '${name}'`);
  }
}

/** In order, whatever begins with a prefix follows it at once. */
function findOverlap(prefixes: readonly string[]): [string, string] | undefined {
  let before: string | undefined;
  for (const prefix of [...prefixes].sort()) {
    if (before !== undefined && prefix.startsWith(before)) return [before, prefix];
    before = prefix;
  }
  return undefined;
}
