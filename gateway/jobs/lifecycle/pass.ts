import { setImmediate as turn } from 'node:timers/promises';
import type { LifecycleJob, LifecycleResult } from './job.ts';
import { type Pass, type Place, savePass } from './position.ts';
import type { DuePage } from './stretch.ts';
import { Tally } from './tally.ts';
import type { Trail } from './trail.ts';
import { dueUploads } from './uploads.ts';
import { dueVersions } from './versions.ts';

/** A page takes about a millisecond of the thread that answers requests. */
const PAGE = 250;
/** Writes that share a commit; those of requests that come meanwhile are in the next one. */
const WRITES_AT_ONCE = 64;
/** Versions whose bytes are under way from one backend to another. */
const MOVES_AT_ONCE = 4;

/** Where a pass is in memory. */
interface Step {
  readonly place: Place;
  readonly trail?: Trail | undefined;
}

/**
 * Walks over all that lifecycle rules are about, from a place on, and does what is due: page by page, with requests in
 * between. The place is saved behind each page, when all that was due in it was done or has failed. Resolves when the
 * pass is over, or the signal ends it.
 */
export async function walkFrom(
  job: LifecycleJob,
  { midnightMs, place }: Pass & { readonly place: Place },
): Promise<LifecycleResult> {
  const tally = new Tally(job);
  let step: Step | undefined = { place };
  while (step !== undefined && !job.signal?.aborted) {
    const next: Step | undefined = await takeStep(job, { step, tally });
    // What is left of the page is found again.
    if (job.signal?.aborted) break;
    await savePass(job.metadata, { midnightMs, place: next?.place });
    await turn();
    step = next;
  }
  return tally.result;
}

/** Undefined after the last bucket. What a bucket is told counts from the next page on. */
async function takeStep(
  job: LifecycleJob,
  { step, tally }: { readonly step: Step; readonly tally: Tally },
): Promise<Step | undefined> {
  const { metadata, lifecycle } = job;
  const bucket = await metadata.queries.findLifecycleBucket({ fromId: step.place.bucketId });
  if (bucket === undefined) return undefined;
  const here: Step = bucket.id === step.place.bucketId ? step : { place: beginningOf(bucket.id) };
  const rules = await lifecycle.rulesOf(bucket);
  if (rules === undefined) return { place: beginningOf(bucket.id + 1) };

  const walk = here.place.walk === 'uploads' ? dueUploads : dueVersions;
  const page = await walk(job, { bucket, rules, limit: PAGE, place: here.place, trail: here.trail });
  await runAll(tally, page);
  if (page.place !== undefined) return { place: page.place, trail: page.trail };
  return {
    place: here.place.walk === 'uploads' ? { bucketId: bucket.id, walk: 'versions' } : beginningOf(bucket.id + 1),
  };
}

function beginningOf(bucketId: number): Place {
  return { bucketId, walk: 'uploads' };
}

async function runAll(tally: Tally, { tasks }: DuePage): Promise<void> {
  const isMove = ({ kind }: { kind: string }) => kind === 'transitioned';
  await tally.run(
    tasks.filter((task) => !isMove(task)),
    WRITES_AT_ONCE,
  );
  await tally.run(tasks.filter(isMove), MOVES_AT_ONCE);
}
