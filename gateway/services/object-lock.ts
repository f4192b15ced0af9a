import type { StoredRetention } from '../../metadata/index.ts';

/** What a bucket that can lock versions does with those whose writers ask for nothing. */
export interface ObjectLockConfiguration {
  readonly defaultRetention?: DefaultRetention;
}

/** For how long from its creation a version is retained. */
export interface DefaultRetention {
  readonly mode: StoredRetention['mode'];
  readonly unit: 'days' | 'years';
  readonly count: number;
}

/** Until when (ISO time) a version that is created now is retained. A year is a calendar year. */
export function retentionFrom({ mode, unit, count }: DefaultRetention, now: Date): StoredRetention {
  const until = new Date(now);
  if (unit === 'days') until.setUTCDate(until.getUTCDate() + count);
  else until.setUTCFullYear(until.getUTCFullYear() + count);
  return { mode, until: until.toISOString() };
}
