import { Failure, type Metadata, type TrashRow, type WriteCondition } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { accountIdOf } from './asker.ts';
import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';
import type { DriveAsked } from './files.ts';
import { type DrivePath, TRASH_FOLDER } from './paths.ts';
import { requireThroughout } from './tree-access.ts';

export interface TrashParts {
  readonly metadata: Metadata;
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
  /** What a day of `trash_days` is. */
  readonly dayMs: number;
}

/** A file or folder in the trash. */
export interface TrashedItem {
  readonly id: string;
  /** Where it was. */
  readonly path: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** The name of who did it; null where there is no such account any more. */
  readonly deletedBy: string | null;
  /** ISO time, as is the next. */
  readonly deletedAt: string;
  /** Null: never. */
  readonly expiresAt: string | null;
  /** Whether older versions are kept of it: then it is not deleted for good without being confirmed. */
  readonly keepsVersions: boolean;
}

export interface TrashAsked extends DriveAsked {
  readonly id: string;
}

export interface RestoreItem {
  /** Left out: where it was. */
  readonly to?: DrivePath | undefined;
  /** Replace what is there. */
  readonly overwrite: boolean;
}

/** Each batch is a transaction, and others wait for it. */
const PURGED_AT_ONCE = 500;
const PAGE = 500;

/** The trash of drives, for who may. Every method throws what `DriveAccess.require` does. */
export class Trash {
  readonly #parts: TrashParts;

  constructor(parts: TrashParts) {
    this.#parts = parts;
  }

  /**
   * Puts a file or folder into the trash of its drive, from where it can be restored.
   * @throws Failure `NoSuchKey`, `FolderTooLarge`; `PreconditionFailed` where the condition of a file does not hold
   */
  async put(
    place: DriveAsked & { readonly path: DrivePath },
    { condition }: { readonly condition?: WriteCondition | undefined } = {},
  ): Promise<TrashedItem> {
    const { asker, bucket, path } = place;
    await this.#parts.driveAccess.require(asker, 's3:DeleteObject', { bucket, path });
    await requireThroughout(this.#parts, asker, { from: { bucket, path }, actions: ['s3:DeleteObject'] });
    const row = await this.#parts.metadata.mutations.putIntoTrash({
      ...{ id: newId(), bucketId: bucket.id, path, condition },
      ...doer(place),
    });
    const [item] = await this.#toItems(place, [row]);
    return item as TrashedItem; // one for each row
  }

  /** The newest first, those that were deleted before that of an id. */
  async list(place: DriveAsked, page: { readonly before?: string | undefined; readonly limit: number }) {
    await this.#requireList(place);
    const rows = await this.#parts.metadata.queries.listTrash({ bucketId: place.bucket.id, ...page });
    return this.#toItems(place, rows);
  }

  /**
   * Takes something out of the trash; resolves to its path.
   * @throws Failure `NoSuchTrash`, `FileExists`, `InvalidRequest`, `InvalidPath`
   */
  async restore(place: TrashAsked, { to, overwrite }: RestoreItem): Promise<{ readonly path: string }> {
    const { asker, bucket, id } = place;
    const row = await this.#find(place);
    await this.#parts.driveAccess.require(asker, 's3:PutObject', { bucket, path: to ?? row.path });
    const restore = { bucketId: bucket.id, id, to, overwrite, ...doer(place) };
    return this.#parts.metadata.mutations.restoreTrash(restore);
  }

  /** Deletes something for good. @throws Failure `NoSuchTrash`, `ConfirmationRequired`, `AccessDenied` for what is locked */
  async remove(place: TrashAsked, { isConfirmed }: { readonly isConfirmed: boolean }): Promise<void> {
    const row = await this.#find(place);
    await this.#requireDelete(place, row);
    requireConfirmed([row], isConfirmed);
    await this.#purge(place, row.id);
  }

  /** Deletes all for good that is there now; resolves to how many. @throws Failure as `remove` */
  async empty(place: DriveAsked, { isConfirmed }: { readonly isConfirmed: boolean }): Promise<number> {
    await this.#requireList(place);
    const rows = await this.#listAll(place);
    for (const row of rows) await this.#requireDelete(place, row);
    requireConfirmed(rows, isConfirmed);
    let count = 0;
    for (const row of rows) if (await this.#purgeLeft(place, row.id)) count += 1;
    return count;
  }

  async #listAll({ bucket }: DriveAsked): Promise<TrashRow[]> {
    const rows: TrashRow[] = [];
    let page: TrashRow[];
    do {
      const before = rows.at(-1)?.id;
      page = await this.#parts.metadata.queries.listTrash({ bucketId: bucket.id, before, limit: PAGE });
      rows.push(...page);
    } while (page.length === PAGE);
    return rows;
  }

  async #purge(place: DriveAsked, id: string): Promise<void> {
    const purge = { bucketId: place.bucket.id, id, limit: PURGED_AT_ONCE };
    let hasMore = true;
    while (hasMore) ({ hasMore } = await this.#parts.metadata.mutations.purgeTrash({ ...purge, ...doer(place) }));
  }

  /** Resolves to false for what is there no more: somebody else has restored or deleted it meanwhile. */
  async #purgeLeft(place: DriveAsked, id: string): Promise<boolean> {
    try {
      await this.#purge(place, id);
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === 'NoSuchTrash') return false;
      throw error;
    }
  }

  async #find({ asker, bucket, id }: TrashAsked): Promise<TrashRow> {
    await this.#requireList({ asker, bucket });
    const row = await this.#parts.metadata.queries.findTrash({ bucketId: bucket.id, id });
    if (row === undefined) throw new Failure('NoSuchTrash');
    return row;
  }

  #requireList({ asker, bucket }: DriveAsked): Promise<void> {
    return this.#parts.driveAccess.require(asker, 's3:ListBucket', { bucket, path: TRASH_FOLDER });
  }

  async #requireDelete({ asker, bucket }: DriveAsked, { place, path }: TrashRow): Promise<void> {
    const { driveAccess } = this.#parts;
    await driveAccess.require(asker, 's3:DeleteObject', { bucket, path: place ?? path });
    if (place === null) await driveAccess.require(asker, 's3:DeleteObjectVersion', { bucket, path });
  }

  async #toItems({ bucket }: DriveAsked, rows: readonly TrashRow[]): Promise<TrashedItem[]> {
    const drive = await this.#parts.drives.find(bucket.account_id);
    const names = await this.#namesOf(rows);
    return rows.map((row) => ({
      id: row.id,
      path: row.path,
      fileCount: row.file_count,
      sizeBytes: row.size_bytes,
      deletedBy: names.get(row.deleted_by) ?? null,
      deletedAt: row.deleted_at,
      expiresAt: this.#expiryOf(row, drive?.trash_days ?? null),
      keepsVersions: row.place === null,
    }));
  }

  #expiryOf({ deleted_at: deletedAt }: TrashRow, days: number | null): string | null {
    return days === null ? null : new Date(Date.parse(deletedAt) + days * this.#parts.dayMs).toISOString();
  }

  async #namesOf(rows: readonly TrashRow[]): Promise<Map<string, string | undefined>> {
    const names = new Map<string, string | undefined>();
    for (const { deleted_by: id } of rows) {
      if (!names.has(id)) names.set(id, (await this.#parts.metadata.queries.findAccountById(id))?.name);
    }
    return names;
  }
}

/** @throws Failure `ConfirmationRequired` */
function requireConfirmed(rows: readonly TrashRow[], isConfirmed: boolean): void {
  if (isConfirmed || rows.every(({ place }) => place !== null)) return;
  throw new Failure('ConfirmationRequired', 'It would be gone for good, with all its versions.');
}

function doer({ asker }: DriveAsked) {
  return { accountId: accountIdOf(asker), at: new Date().toISOString() };
}
