import type { Tags } from '../tags.ts';

/** What a bucket does with its objects as they age, as its owner wrote it. It is stored as JSON. */
export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  readonly minimumTransitionSize: MinimumTransitionSize;
}

/**
 * Which small objects stay where they are, unless the filter of a rule names a size:
 * "`all_storage_classes_128K` - Objects smaller than 128 KB will not transition to any storage class by default",
 * "`varies_by_storage_class` - Objects smaller than 128 KB will transition to Glacier Flexible Retrieval or Glacier Deep
 * Archive storage classes. By default, all other storage classes will prevent transitions smaller than 128 KB."
 */
export type MinimumTransitionSize = 'all_storage_classes_128K' | 'varies_by_storage_class';

/** One rule: what is done with which objects. A rule has at least one action. */
export interface LifecycleRule {
  /** Unique in its configuration. */
  readonly id: string;
  /** "If a rule is disabled, Amazon S3 doesn't perform any of the actions defined in the rule." */
  readonly isEnabled: boolean;
  readonly scope: LifecycleScope;
  readonly expiration?: Expiration | undefined;
  readonly transitions?: readonly Transition[] | undefined;
  readonly noncurrentExpiration?: NoncurrentExpiration | undefined;
  readonly noncurrentTransitions?: readonly NoncurrentTransition[] | undefined;
  /** Days after its beginning when an upload in parts is aborted. */
  readonly abortUploadsAfterDays?: number | undefined;
}

/** Which objects a rule is about: those of which every term is true. None: all of them. */
export interface LifecycleScope {
  /**
   * How it was written, and is given back: as a prefix of the rule itself, as a filter of at most one term, or as a filter
   * whose terms are in an `And`.
   */
  readonly form: 'rule-prefix' | 'filter' | 'and';
  readonly prefix?: string | undefined;
  readonly tags?: Tags | undefined;
  /** Bytes, exclusive, as the other one. */
  readonly sizeGreaterThan?: number | undefined;
  readonly sizeLessThan?: number | undefined;
}

/** When something is done: days after an object came to be, or from a date on (ISO time, a midnight of UTC). */
export type LifecycleTime =
  | { readonly days: number; readonly date?: undefined }
  | { readonly date: string; readonly days?: undefined };

/** When the current version goes. The last form removes delete markers below which no version is left, or does nothing. */
export type Expiration =
  | LifecycleTime
  | { readonly expiredObjectDeleteMarker: boolean; readonly days?: undefined; readonly date?: undefined };

/** When the current version moves to another storage class. */
export type Transition = LifecycleTime & { readonly storageClass: string };

/** When a version is deleted that is no longer current. */
export interface NoncurrentExpiration {
  /** Since it ceased to be current. */
  readonly days: number;
  /** How many newer noncurrent versions are kept whatever their age. */
  readonly newerVersions?: number | undefined;
}

/** When a version that is no longer current moves to another storage class. */
export interface NoncurrentTransition extends NoncurrentExpiration {
  readonly storageClass: string;
}
