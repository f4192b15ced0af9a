import type { LifecycleRule } from '../../services/lifecycle/index.ts';
import { checkOverlaps } from './overlaps.ts';
import { invalidArgument, invalidRequest, prefixBesideFilter } from './refusals.ts';
import { checkTransitions } from './transitions.ts';

/** "An S3 Lifecycle configuration can have up to 1,000 rules." */
export const MAX_RULES = 1000;
/** "ID length is limited to 255 characters". */
const MAX_ID = 255;
/** "You can specify up to 100 noncurrent versions to retain." */
const MAX_NEWER_VERSIONS = 100;
const MAX_SIZE = 1_099_511_627_776_000;

/**
 * Refuses what the schema of a configuration allows and S3 does not, in S3's words. `storageClasses` are those that
 * objects can move to. @throws S3Error `InvalidRequest`, `InvalidArgument`, `MalformedXML`
 */
export function checkLifecycleRules(rules: readonly LifecycleRule[], storageClasses: readonly string[]): void {
  if (rules.length === 0) throw invalidRequest('At least one lifecycle rule must be specified.');
  if (rules.length > MAX_RULES) {
    throw invalidRequest('The number of lifecycle rules must not exceed the allowed limit of 1000 rules.');
  }
  checkIds(rules);
  checkForms(rules);
  for (const rule of rules) {
    checkActions(rule);
    checkScope(rule);
    checkDays(rule);
    checkNewerVersions(rule);
    checkTransitions(rule, storageClasses);
  }
  if (rules[0]?.scope.form === 'rule-prefix') checkOverlaps(rules);
}

function checkIds(rules: readonly LifecycleRule[]): void {
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (id.length > MAX_ID) throw invalidArgument(`ID length should not exceed allowed limit of ${MAX_ID}`, 'ID', id);
    if (seen.has(id)) throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule', 'ID', id);
    seen.add(id);
  }
}

/** What the first rule names its objects by, a prefix or a filter, all of them have to. */
function checkForms([first, ...others]: readonly LifecycleRule[]): void {
  const isFirstVersion = first?.scope.form === 'rule-prefix';
  for (const { scope } of others) {
    if ((scope.form === 'rule-prefix') === isFirstVersion) continue;
    throw isFirstVersion ? invalidRequest('Filter element can only be used in Lifecycle V2.') : prefixBesideFilter();
  }
}

function checkActions({ expiration, transitions, ...rule }: LifecycleRule): void {
  const hasMoves = (transitions ?? []).length > 0 || (rule.noncurrentTransitions ?? []).length > 0;
  const others = [expiration, rule.noncurrentExpiration, rule.abortUploadsAfterDays];
  if (hasMoves || others.some((action) => action !== undefined)) return;
  throw invalidRequest('At least one action needs to be specified in a rule');
}

function checkScope({ scope, expiration, abortUploadsAfterDays }: LifecycleRule): void {
  const { tags = [], sizeGreaterThan, sizeLessThan } = scope;
  if (new Set(tags.map(([key]) => key)).size < tags.length) throw invalidRequest('Duplicate Tag Keys are not allowed.');
  requireSize('ObjectSizeGreaterThan', sizeGreaterThan, 0);
  requireSize('ObjectSizeLessThan', sizeLessThan, 1);
  if (sizeGreaterThan !== undefined && sizeLessThan !== undefined && sizeGreaterThan >= sizeLessThan) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
  const hasSize = sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  // Neither uploads nor delete markers have tags or a size.
  const actions: string[] = [];
  if (abortUploadsAfterDays !== undefined) actions.push('AbortIncompleteMultipartUpload');
  if (expiration !== undefined && 'expiredObjectDeleteMarker' in expiration) actions.push('ExpiredObjectDeleteMarker');
  for (const action of actions) {
    if (tags.length > 0) throw invalidRequest(`${action} cannot be specified with Tags.`);
    if (hasSize) throw invalidRequest(`${action} cannot be specified with Object Size.`);
  }
}

function requireSize(name: string, size: number | undefined, least: number): void {
  if (size === undefined || (size >= least && size <= MAX_SIZE)) return;
  throw invalidRequest(`'${name}' should be between ${least} and ${MAX_SIZE}.`);
}

function checkDays({ expiration, noncurrentExpiration, abortUploadsAfterDays }: LifecycleRule): void {
  requirePositive(expiration?.days, 'Days', 'Expiration');
  requirePositive(noncurrentExpiration?.days, 'NoncurrentDays', 'NoncurrentVersionExpiration');
  requirePositive(abortUploadsAfterDays, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload');
}

function checkNewerVersions({ scope, noncurrentExpiration, noncurrentTransitions = [] }: LifecycleRule): void {
  for (const action of [noncurrentExpiration, ...noncurrentTransitions]) {
    if (action?.newerVersions === undefined) continue;
    // "If you don't specify a Filter element, Amazon S3 will generate an InvalidRequest error".
    if (scope.form === 'rule-prefix') {
      throw invalidRequest('NewerNoncurrentVersions element can only be used in Lifecycle V2.');
    }
    const name = action === noncurrentExpiration ? 'NoncurrentVersionExpiration' : 'NoncurrentVersionTransition';
    requirePositive(action.newerVersions, 'NewerNoncurrentVersions', name);
    if (action.newerVersions <= MAX_NEWER_VERSIONS) continue;
    const message = `'NewerNoncurrentVersions' for ${name} action must not exceed ${MAX_NEWER_VERSIONS}`;
    throw invalidArgument(message, 'NewerNoncurrentVersions', action.newerVersions);
  }
}

function requirePositive(value: number | undefined, name: string, action: string): void {
  if (value === undefined || value > 0) return;
  throw invalidArgument(`'${name}' for ${action} action must be a positive integer`, name, value);
}
