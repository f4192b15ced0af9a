import type { RetentionPeriod, VersionProperties } from '../../metadata/index.ts';

/** What a bucket that can lock versions does with those whose writers ask for nothing. */
export interface ObjectLockConfiguration {
  readonly defaultRetention?: RetentionPeriod;
}

/** Whether a version is to be locked in a way of its own. */
export function asksForLock({ retention, legalHold }: Pick<VersionProperties, 'retention' | 'legalHold'>): boolean {
  return retention !== undefined || legalHold !== undefined;
}
