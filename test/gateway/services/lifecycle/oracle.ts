import type {
  Circumstances,
  LifecycleAction,
  LifecycleConfiguration,
  LifecycleRule,
  LifecycleScope,
  LifecycleTime,
  VersionFacts,
} from '../../../../gateway/services/lifecycle/index.ts';

/** What a rule would do, and since when. */
interface Candidate {
  readonly action: LifecycleAction;
  readonly since: number;
}

const DOWNWARDS = [
  'STANDARD',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];
const BY_COST = ['STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE'];

/**
 * What is due, told the long way: every action of every rule is written down with the midnight since when it is to be
 * done; those of which that has come are put in the order in which S3 prefers them.
 */
export function oracle(
  configuration: LifecycleConfiguration,
  version: VersionFacts,
  circumstances: Circumstances,
): LifecycleAction | undefined {
  const candidates = configuration.rules
    .filter((rule) => rule.isEnabled && applies(rule.scope, version))
    .flatMap((rule) => candidatesOf({ rule, configuration, version, circumstances }))
    .filter(({ since }) => since <= circumstances.nowMs);
  const preferred = candidates
    .map((candidate, index) => ({ candidate, rank: [...rankOf(candidate, version), index] }))
    .sort((a, b) => compareRanks(a.rank, b.rank));
  return preferred[0]?.candidate.action;
}

function applies({ prefix, tags, sizeGreaterThan, sizeLessThan }: LifecycleScope, version: VersionFacts): boolean {
  const has = new Set(version.tags.map((tag) => JSON.stringify(tag)));
  return [
    prefix === undefined || version.key.slice(0, prefix.length) === prefix,
    (tags ?? []).every((tag) => has.has(JSON.stringify(tag))),
    sizeGreaterThan === undefined || version.sizeBytes > sizeGreaterThan,
    sizeLessThan === undefined || version.sizeBytes < sizeLessThan,
  ].every(Boolean);
}

interface Scene {
  readonly rule: LifecycleRule;
  readonly configuration: LifecycleConfiguration;
  readonly version: VersionFacts;
  readonly circumstances: Circumstances;
}

function candidatesOf(scene: Scene): Candidate[] {
  const { rule, version } = scene;
  if (!version.isLatest) return noncurrentCandidates(scene);
  const candidates: Candidate[] = [];
  const { expiration } = rule;
  if (version.isDeleteMarker) {
    if (!version.isOnlyVersion || expiration === undefined) return [];
    const action = { kind: 'remove-marker', ruleId: rule.id } as const;
    if (!('expiredObjectDeleteMarker' in expiration)) return [{ action, since: timeOf(expiration, scene) }];
    return expiration.expiredObjectDeleteMarker ? [{ action, since: Number.NEGATIVE_INFINITY }] : [];
  }
  if (expiration !== undefined && !('expiredObjectDeleteMarker' in expiration)) {
    candidates.push({ action: { kind: 'expire', ruleId: rule.id }, since: timeOf(expiration, scene) });
  }
  for (const transition of rule.transitions ?? []) {
    if (!mayMove(transition.storageClass, scene)) continue;
    const { storageClass } = transition;
    candidates.push({
      action: { kind: 'transition', ruleId: rule.id, storageClass },
      since: timeOf(transition, scene),
    });
  }
  return candidates;
}

function noncurrentCandidates(scene: Scene): Candidate[] {
  const { rule, version } = scene;
  const candidates: Candidate[] = [];
  const deletion = rule.noncurrentExpiration;
  if (deletion !== undefined && version.newerNoncurrentCount >= (deletion.newerVersions ?? 0)) {
    const { newerVersions = 0 } = deletion;
    candidates.push({ action: { kind: 'delete', ruleId: rule.id, newerVersions }, since: timeOf(deletion, scene) });
  }
  for (const { storageClass, days, newerVersions = 0 } of rule.noncurrentTransitions ?? []) {
    if (version.isDeleteMarker || version.newerNoncurrentCount < newerVersions) continue;
    if (!mayMove(storageClass, scene)) continue;
    candidates.push({ action: { kind: 'transition', ruleId: rule.id, storageClass }, since: timeOf({ days }, scene) });
  }
  return candidates;
}

function timeOf(time: LifecycleTime, { version, circumstances }: Scene): number {
  if (time.date !== undefined) return new Date(time.date).getTime();
  const from = new Date(version.isLatest ? version.lastModified : (version.noncurrentSince ?? '')).getTime();
  const exact = from + time.days * circumstances.dayMs;
  return exact - (exact % circumstances.dayMs) + circumstances.dayMs;
}

function mayMove(storageClass: string, { rule, configuration, version, circumstances }: Scene): boolean {
  const hasSize = rule.scope.sizeGreaterThan !== undefined || rule.scope.sizeLessThan !== undefined;
  const isArchive = storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
  const varies = configuration.minimumTransitionSize === 'varies_by_storage_class';
  return (
    circumstances.storageClasses.includes(storageClass) &&
    DOWNWARDS.indexOf(storageClass) > DOWNWARDS.indexOf(version.storageClass) &&
    (version.sizeBytes >= 128 * 1024 || hasSize || (varies && isArchive))
  );
}

/** The lowest is preferred; compared item by item. */
function rankOf({ action, since }: Candidate, version: VersionFacts): number[] {
  if (action.kind === 'transition') return [1, -BY_COST.indexOf(action.storageClass)];
  if (action.kind === 'delete') return [0];
  // Removing markers at once goes before removing them by age.
  if (action.kind === 'remove-marker') return [0, since];
  return [version.expiresForGood ? 0 : 2, since];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((item, index) => item !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
}
