import { Failure, type Metadata } from '../../metadata/index.ts';

export interface DriveKeeperOptions {
  readonly metadata: Metadata;
  /** What a day of `trash_days` is. */
  readonly dayMs: number;
  /** Told of what could not be deleted; the rest is all the same. */
  readonly onFailure: (error: unknown, what: { readonly trashId: string }) => void;
  /** Ends the pass before its time; the next one goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What one pass did. */
export interface DrivePass {
  /** Things in the trash that are gone for good. */
  readonly purged: number;
}

/** Each batch is a transaction, and others wait for it. */
const BATCH = 500;
/** Who empties the trash, in the log of events: no account. */
const KEEPER = 'drive-keeper';

/**
 * Deletes for good what has been in the trash of drives for as long as their owners keep it. Works in batches, so that
 * requests go on in between. Safe to stop anywhere; several gateways at once are in each other's way, and do no harm.
 */
export async function keepDrives(options: DriveKeeperOptions): Promise<DrivePass> {
  const { queries } = options.metadata;
  let purged = 0;
  let afterAccountId = '';
  for (;;) {
    const drives = await queries.listTrashedDrives({ afterAccountId, limit: BATCH });
    for (const { bucket_id: bucketId, trash_days: days } of drives) {
      const before = new Date(Date.now() - days * options.dayMs).toISOString();
      purged += await purgeDrive(options, { bucketId, before });
    }
    const last = drives.at(-1);
    if (last === undefined || drives.length < BATCH || options.signal?.aborted) return { purged };
    afterAccountId = last.account_id;
  }
}

interface OldTrash {
  readonly bucketId: number;
  /** ISO time. */
  readonly before: string;
}

async function purgeDrive(options: DriveKeeperOptions, { bucketId, before }: OldTrash): Promise<number> {
  const { metadata, onFailure, signal } = options;
  let purged = 0;
  let after = '';
  for (;;) {
    const items = await metadata.queries.listOldTrash({ bucketId, before, after, limit: BATCH });
    for (const { id } of items) {
      if (signal?.aborted) return purged;
      try {
        if (await purgeItem(options, { bucketId, id })) purged += 1;
      } catch (error) {
        // What is locked stays until it is not; what somebody else has deleted meanwhile is gone.
        if (!(error instanceof Failure && error.code === 'NoSuchTrash')) onFailure(error, { trashId: id });
      }
    }
    const last = items.at(-1);
    if (last === undefined || items.length < BATCH) return purged;
    after = last.id;
  }
}

/** Resolves to whether all of it is gone. */
async function purgeItem(
  { metadata, signal }: DriveKeeperOptions,
  item: { readonly bucketId: number; readonly id: string },
): Promise<boolean> {
  let hasMore = true;
  while (hasMore && !signal?.aborted) {
    const purge = { ...item, limit: BATCH, accountId: KEEPER, at: new Date().toISOString() };
    ({ hasMore } = await metadata.mutations.purgeTrash(purge));
  }
  return !hasMore;
}
