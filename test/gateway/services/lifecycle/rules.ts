import {
  type Circumstances,
  compileLifecycle,
  DAY_MS,
  dueAction,
  type LifecycleAction,
  type LifecycleConfiguration,
  type LifecycleRule,
  type VersionFacts,
} from '../../../../gateway/services/lifecycle/index.ts';

/** An enabled rule for all objects. */
export function rule(actions: Partial<LifecycleRule>): LifecycleRule {
  return { id: 'rule', isEnabled: true, scope: { form: 'filter' }, ...actions };
}

export function configuration(...rules: LifecycleRule[]): LifecycleConfiguration {
  return { rules, minimumTransitionSize: 'all_storage_classes_128K' };
}

export const CREATED = '2026-03-10T10:30:00.000Z';

/** The only version of an object of a bucket that keeps none, large enough for every transition. */
export function version(facts: Partial<VersionFacts> = {}): VersionFacts {
  return {
    key: 'logs/day',
    sizeBytes: 1_000_000,
    tags: [],
    lastModified: CREATED,
    isLatest: true,
    isDeleteMarker: false,
    isOnlyVersion: true,
    newerNoncurrentCount: 0,
    storageClass: 'STANDARD',
    expiresForGood: true,
    ...facts,
  };
}

/** The current version of an object of a bucket that keeps versions. */
export function current(facts: Partial<VersionFacts> = {}): VersionFacts {
  return version({ isOnlyVersion: false, expiresForGood: false, ...facts });
}

export function noncurrent(facts: Partial<VersionFacts> = {}): VersionFacts {
  return current({ isLatest: false, noncurrentSince: CREATED, ...facts });
}

export function marker(facts: Partial<VersionFacts> = {}): VersionFacts {
  return current({ isDeleteMarker: true, isOnlyVersion: true, sizeBytes: 0, ...facts });
}

const CLASSES = ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];

/** What is due for a version under some rules. */
export function actionAt(
  now: string,
  facts: VersionFacts,
  rules: readonly LifecycleRule[] | LifecycleConfiguration,
): LifecycleAction | undefined {
  const written = 'rules' in rules ? rules : configuration(...rules);
  return dueAction(compileLifecycle(written), facts, at(now));
}

/** An instant (ISO time) where every class of S3 is configured, and a day is a day. */
export function at(now: string): Circumstances {
  return { nowMs: Date.parse(now), dayMs: DAY_MS, storageClasses: CLASSES };
}
