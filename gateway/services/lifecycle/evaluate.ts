import {
  type CompiledLifecycle,
  dueTime,
  isInScope,
  type Move,
  type NoncurrentAction,
  type ScopedObject,
  type TimedAction,
} from './compile.ts';
import { expirationOf } from './due.ts';
import { isColder, isPreferred } from './waterfall.ts';

/** What has to be known of a version, or of a delete marker, to tell what is due for it. */
export interface VersionFacts extends ScopedObject {
  /** ISO time. */
  readonly lastModified: string;
  readonly isLatest: boolean;
  /** It has no bytes and no tags. */
  readonly isDeleteMarker: boolean;
  /** Nothing else of the key is left, neither a version nor another delete marker. */
  readonly isOnlyVersion: boolean;
  /** When the next newer version or delete marker was made (ISO time); for all but the latest. */
  readonly noncurrentSince?: string | undefined;
  /** How many versions of the key are newer and not current, delete markers not counted. */
  readonly newerNoncurrentCount: number;
  /** `STANDARD` where none is stored. */
  readonly storageClass: string;
  /** Expiring it leaves nothing of it: the bucket keeps no versions, or has them suspended and this is the null version. */
  readonly expiresForGood: boolean;
}

/** What is the same for every version that a pass looks at. */
export interface Circumstances {
  /** Since 1970. */
  readonly nowMs: number;
  /** How long a day is. */
  readonly dayMs: number;
  /** Where objects can be moved to. A move to another class waits until that is configured again. */
  readonly storageClasses: readonly string[];
}

/**
 * What is to be done with a version, and the rule that says so:
 * `expire` deletes the current version as DeleteObject without a version does, `delete` a noncurrent version or delete
 * marker for good, `remove-marker` a delete marker below which nothing is left; `transition` moves its bytes.
 */
export type LifecycleAction =
  | { readonly kind: 'expire' | 'remove-marker'; readonly ruleId: string }
  | {
      readonly kind: 'delete';
      readonly ruleId: string;
      /** The rule keeps so many: without that many newer noncurrent versions this one is not to be deleted. */
      readonly newerVersions: number;
    }
  | { readonly kind: 'transition'; readonly ruleId: string; readonly storageClass: string };

/**
 * What is due for a version now. There is one action at a time: "Permanent deletion takes precedence over transition.
 * Transition takes precedence over creation of delete markers", which then is due when the version has been moved.
 */
export function dueAction(
  lifecycle: CompiledLifecycle,
  version: VersionFacts,
  circumstances: Circumstances,
): LifecycleAction | undefined {
  if (!version.isLatest) return noncurrentAction(lifecycle, version, circumstances);
  return version.isDeleteMarker
    ? markerAction(lifecycle, version, circumstances)
    : currentAction(lifecycle, version, circumstances);
}

function currentAction(lifecycle: CompiledLifecycle, version: VersionFacts, circumstances: Circumstances) {
  const expiration = expirationOf(lifecycle, version, circumstances.dayMs);
  const expires = expiration !== undefined && expiration.dueMs <= circumstances.nowMs;
  if (expires && version.expiresForGood) return { kind: 'expire', ruleId: expiration.ruleId } as const;
  const due = lifecycle.transitions.filter(
    (action) => isInScope(action, version) && isDue(action, version.lastModified, circumstances),
  );
  const move = preferredMove(due, version, circumstances);
  return move ?? (expires ? ({ kind: 'expire', ruleId: expiration.ruleId } as const) : undefined);
}

/**
 * "When you specify the Days tag, Amazon S3 automatically performs ExpiredObjectDeleteMarker cleanup when the delete
 * markers are old enough to satisfy the age criteria." One with versions below it stays.
 */
function markerAction(lifecycle: CompiledLifecycle, version: VersionFacts, circumstances: Circumstances) {
  if (!version.isOnlyVersion) return undefined;
  const removal = lifecycle.markerRemovals.find((action) => isInScope(action, version));
  if (removal !== undefined) return { kind: 'remove-marker', ruleId: removal.ruleId } as const;
  const expiration = expirationOf(lifecycle, version, circumstances.dayMs);
  if (expiration === undefined || expiration.dueMs > circumstances.nowMs) return undefined;
  return { kind: 'remove-marker', ruleId: expiration.ruleId } as const;
}

function noncurrentAction(lifecycle: CompiledLifecycle, version: VersionFacts, circumstances: Circumstances) {
  const { noncurrentSince, newerNoncurrentCount } = version;
  if (noncurrentSince === undefined) return undefined;
  // "Amazon S3 will permanently delete any additional noncurrent versions beyond the specified number to retain."
  const isDueNow = (action: NoncurrentAction) =>
    newerNoncurrentCount >= action.newerVersions &&
    isInScope(action, version) &&
    isDue(action, noncurrentSince, circumstances);
  const deletion = lifecycle.noncurrentExpirations.find(isDueNow);
  if (deletion !== undefined) {
    return { kind: 'delete', ruleId: deletion.ruleId, newerVersions: deletion.newerVersions } as const;
  }
  if (version.isDeleteMarker) return undefined;
  return preferredMove(lifecycle.noncurrentTransitions.filter(isDueNow), version, circumstances);
}

/** Of the moves that are due the one to the cheapest class; none to where the object is, or to a dearer one. */
function preferredMove(
  due: readonly (TimedAction & Move)[],
  version: VersionFacts,
  { storageClasses }: Circumstances,
): LifecycleAction | undefined {
  let best: (TimedAction & Move) | undefined;
  for (const action of due) {
    const { storageClass } = action;
    if (!storageClasses.includes(storageClass) || !isColder(storageClass, version.storageClass)) continue;
    if (best === undefined || isPreferred(storageClass, best.storageClass)) best = action;
  }
  return best && { kind: 'transition', ruleId: best.ruleId, storageClass: best.storageClass };
}

function isDue(action: TimedAction, from: string, { nowMs, dayMs }: Circumstances): boolean {
  return dueTime(action, from, dayMs) <= nowMs;
}
