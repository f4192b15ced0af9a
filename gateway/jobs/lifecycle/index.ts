import type { LifecycleJob, LifecycleResult } from './job.ts';
import { walkFrom } from './pass.ts';
import { BEGINNING, loadPass } from './position.ts';

export type { LifecycleJob, LifecycleResult } from './job.ts';

/** When to look for the first time: what was not done while the gateway was down is done soon, but not first. */
export const LIFECYCLE_START_MS = 100;

const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 60_000;

/** How often to look whether a pass is due: soon after a midnight, however long a day is. */
export function lifecycleIntervalMs(dayMs: number): number {
  return Math.min(Math.max(dayMs / 50, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
}

/**
 * Does what lifecycle rules ask for, once between two midnights: goes on with the pass that is not over, or begins one
 * where the last was not of this day. Undefined where there is nothing to do yet. Safe to stop anywhere.
 */
export async function keepLifecycle(job: LifecycleJob): Promise<LifecycleResult | undefined> {
  // A gateway that has no such rules writes nothing about them.
  if ((await job.metadata.queries.findLifecycleBucket({ fromId: 0 })) === undefined) return undefined;
  const { nowMs, dayMs } = job.lifecycle.circumstances();
  const midnightMs = lastMidnight(nowMs, dayMs);
  const last = await loadPass(job.metadata);
  // However long passes take: each comes to its end, for the next one begins at the first bucket again.
  if (last?.place !== undefined) return walkFrom(job, { ...last, place: last.place });
  return last?.midnightMs === midnightMs ? undefined : walkFrom(job, { midnightMs, place: BEGINNING });
}

/** Does what lifecycle rules ask for by now, whatever was done before. */
export function enforceLifecycle(job: LifecycleJob): Promise<LifecycleResult> {
  const { nowMs, dayMs } = job.lifecycle.circumstances();
  return walkFrom(job, { midnightMs: lastMidnight(nowMs, dayMs), place: BEGINNING });
}

function lastMidnight(nowMs: number, dayMs: number): number {
  return Math.floor(nowMs / dayMs) * dayMs;
}
