import type { RetentionPeriod } from '../../metadata/index.ts';

/** What a bucket that can lock versions does with those whose writers ask for nothing. */
export interface ObjectLockConfiguration {
  readonly defaultRetention?: RetentionPeriod;
}
