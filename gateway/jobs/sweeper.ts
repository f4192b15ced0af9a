import type { Metadata } from '../../metadata/index.ts';
import type { Backend } from '../backends/index.ts';

export interface SweeperOptions {
  readonly metadata: Metadata;
  readonly backend: Backend;
  /** How long bytes stay after their last reference, or without any: longer than any read or upload takes. */
  readonly graceMs: number;
  /** How long events are kept. */
  readonly eventRetentionMs: number;
}

/** What one pass removed. */
export interface SweepResult {
  readonly releasedBlobs: number;
  readonly orphanedBlobs: number;
  readonly trimmedEvents: number;
}

const BATCH = 500;

/**
 * Removes what nobody needs any more: blobs whose last reference is gone, blobs that a crash left without one, and old
 * events. Works in batches, so that requests go on in between. Safe to stop anywhere.
 */
export async function sweep(options: SweeperOptions): Promise<SweepResult> {
  return {
    releasedBlobs: await removeReleased(options),
    orphanedBlobs: await removeOrphans(options),
    trimmedEvents: await trimEvents(options),
  };
}

async function removeReleased({ metadata, backend, graceMs }: SweeperOptions): Promise<number> {
  let removed = 0;
  for (;;) {
    const beforeMs = Date.now() - graceMs;
    const locations = await metadata.mutations.forgetReleasedBlobs({ beforeMs, limit: BATCH });
    for (const location of locations) await backend.discard(location);
    removed += locations.length;
    if (locations.length < BATCH) return removed;
  }
}

/** A staged blob is young until its row is committed; one that is old and unknown was left by a crash. */
async function removeOrphans({ metadata, backend, graceMs }: SweeperOptions): Promise<number> {
  let removed = 0;
  for await (const blobs of backend.list()) {
    for (const { location, modifiedAt } of blobs) {
      if (Date.now() - modifiedAt < graceMs || (await metadata.queries.isBlobKnown(location))) continue;
      await backend.discard(location);
      removed += 1;
    }
  }
  return removed;
}

async function trimEvents({ metadata, eventRetentionMs }: SweeperOptions): Promise<number> {
  const before = new Date(Date.now() - eventRetentionMs).toISOString();
  let trimmed = 0;
  for (;;) {
    const count = await metadata.mutations.trimEvents({ before, limit: BATCH });
    trimmed += count;
    if (count < BATCH) return trimmed;
  }
}
