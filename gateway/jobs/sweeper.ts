import type { Metadata } from '../../metadata/index.ts';
import type { Backend } from '../backends/index.ts';
import { idFloor } from '../ids.ts';
import type { StorageClasses } from '../services/storage-classes.ts';

export interface SweeperOptions {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  /** How long bytes stay after their last reference, or without any: longer than any read or upload takes. */
  readonly graceMs: number;
  /** How long events are kept. */
  readonly eventRetentionMs: number;
  /** Ends the pass before its time; the next one goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What one pass removed. */
export interface SweepResult {
  readonly releasedBlobs: number;
  readonly orphanedBlobs: number;
  readonly trimmedEvents: number;
  readonly forgottenTokens: number;
}

const BATCH = 500;
/** For how long a request that comes again, by its client token, does nothing. */
const TOKEN_LIFE_MS = 24 * 3_600_000;
const ORPHANS_JOB = 'orphans';

/**
 * Removes what nobody needs any more: blobs whose last reference is gone, blobs that a crash left without one, old
 * events, and old client tokens. Works in batches, so that requests go on in between. Safe to stop anywhere. Rejects,
 * after it has done what it could, when bytes could not be removed; the next pass tries again.
 */
export async function sweep(options: SweeperOptions): Promise<SweepResult> {
  const failures: unknown[] = [];
  const result = {
    releasedBlobs: await removeReleased(options, failures),
    orphanedBlobs: await removeOrphans(options, failures),
    trimmedEvents: await trimEvents(options),
    forgottenTokens: await forgetTokens(options),
  };
  if (failures.length > 0) throw new AggregateError(failures, 'Blobs could not be removed.');
  return result;
}

/** The bytes go first: a crash in between leaves a row that the next pass finishes, never bytes that no row knows. */
async function removeReleased(
  { metadata, stores, graceMs, signal }: SweeperOptions,
  failures: unknown[],
): Promise<number> {
  const beforeMs = Date.now() - graceMs;
  let removed = 0;
  let batch = await metadata.queries.listReleasedBlobs({ beforeMs, limit: BATCH });
  while (batch.length > 0 && !signal?.aborted) {
    const blobIds: number[] = [];
    for (const { id, location, store } of batch) {
      if (signal?.aborted) break;
      if (await discard({ backend: stores.backendOf(store), location, failures })) blobIds.push(id);
    }
    await metadata.mutations.forgetBlobs({ blobIds });
    removed += blobIds.length;
    batch = await metadata.queries.listReleasedBlobs({ beforeMs, after: batch.at(-1), limit: BATCH });
  }
  return removed;
}

async function removeOrphans(options: SweeperOptions, failures: unknown[]): Promise<number> {
  const { stores } = options;
  let removed = await removeOrphansOf({ backend: stores.standard, job: ORPHANS_JOB }, { options, failures });
  for (const name of stores.names) {
    const place = { backend: stores.backendOf(name), job: `${ORPHANS_JOB} ${name}` };
    removed += await removeOrphansOf(place, { options, failures });
  }
  return removed;
}

/**
 * Looks at every blob once in its life, when it is older than the grace. One without a row was left by a crash, for a
 * row follows as soon as the bytes are staged. The next pass begins at the first blob that this one could not judge, or
 * else where it ended.
 */
async function removeOrphansOf(
  { backend, job }: { readonly backend: Backend; readonly job: string },
  { options, failures }: { readonly options: SweeperOptions; readonly failures: unknown[] },
): Promise<number> {
  const { metadata, graceMs, signal } = options;
  const saved = (await metadata.queries.findJobProgress(job)) ?? '';
  const to = idFloor(Date.now() - graceMs);
  // A position in the future was saved by a clock that has been set back since: it tells nothing.
  const from = saved <= to ? saved : '';
  let undecided: string | undefined;
  let removed = 0;
  for await (const blobs of backend.list({ from, to })) {
    for (const { location, modifiedAt, isSettled } of blobs) {
      if (signal?.aborted) {
        undecided ??= location;
        break;
      }
      const isYoung = !isSettled || Date.now() - modifiedAt < graceMs;
      if (!isYoung && (await metadata.queries.isBlobKnown(location))) continue;
      if (!isYoung && (await discard({ backend, location, failures }))) removed += 1;
      else undecided ??= location;
    }
    if (undecided !== undefined && signal?.aborted) break;
  }
  const position = undecided ?? to;
  if (position !== saved) await metadata.mutations.saveJobProgress({ job, position });
  return removed;
}

interface Discard {
  readonly backend: Backend;
  readonly location: string;
  readonly failures: unknown[];
}

async function discard({ backend, location, failures }: Discard): Promise<boolean> {
  try {
    await backend.discard(location);
    return true;
  } catch (error) {
    failures.push(error);
    return false;
  }
}

function trimEvents({ metadata, eventRetentionMs, signal }: SweeperOptions): Promise<number> {
  const before = new Date(Date.now() - eventRetentionMs).toISOString();
  return inBatches((limit) => metadata.mutations.trimEvents({ before, limit }), signal);
}

function forgetTokens({ metadata, signal }: SweeperOptions): Promise<number> {
  const before = new Date(Date.now() - TOKEN_LIFE_MS).toISOString();
  return inBatches((limit) => metadata.mutations.forgetClientTokens({ before, limit }), signal);
}

/** Removes a batch after the other, until there is less than one left; resolves to how many went. */
async function inBatches(remove: (limit: number) => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let removed = 0;
  for (;;) {
    const count = await remove(BATCH);
    removed += count;
    if (count < BATCH || signal?.aborted) return removed;
  }
}
