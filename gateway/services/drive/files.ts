import {
  type BucketRow,
  type DeletedKey,
  Failure,
  isVersionId,
  type Metadata,
  type WriteCondition,
} from '../../../metadata/index.ts';
import type { Body } from '../body.ts';
import type { ExpectedDigests } from '../digests.ts';
import type { Lifecycle } from '../lifecycle/index.ts';
import { encodeAttributes, type ObjectInfo } from '../object-info.ts';
import type { FoundObject, Objects, PutResult } from '../objects.ts';
import type { Versions } from '../versions.ts';
import { type Asker, accountIdOf } from './asker.ts';
import { attributesOf, changedAttributes, type FileChanges, type FileDescription } from './describe-file.ts';
import type { DriveAccess } from './drive-access.ts';
import { bareFolder, type DriveFile, type FileFacts, toDriveFile } from './drive-file.ts';
import {
  beginningOf,
  type FilePage,
  type FileRange,
  type FileVersion,
  toFilePage,
  toFileVersion,
} from './file-listing.ts';
import type { DrivePath } from './paths.ts';
import { FIELDS, TRASH_FOLDER } from './paths.ts';

/** A drive, and who asks for something of it. */
export interface DriveAsked {
  readonly asker: Asker;
  readonly bucket: BucketRow;
}

/** A file of a drive, and who asks for it. */
export interface FilePlace extends DriveAsked {
  readonly path: DrivePath;
}

/** A file that is about to be stored: what is said of it, and the bytes. */
export interface NewFile {
  readonly body: Body;
  readonly expected: ExpectedDigests;
  readonly about: FileDescription;
  readonly condition?: WriteCondition | undefined;
}

/** What a form says of its file, in front of it or behind it. */
export interface FormDescription {
  readonly path: DrivePath;
  readonly about: FileDescription;
  /** Whether what is there gives way. */
  readonly overwrites: boolean;
}

export interface NewFormFile extends Pick<NewFile, 'body' | 'expected'> {
  /** Called once, when all bytes have come. What it throws must be a Failure. */
  readonly describe: () => FormDescription;
}

export interface StoredFile extends DriveFile {
  /** Whether the path named nothing before. */
  readonly isNew: boolean;
}

/** A file that was found, and a way to its bytes as they were at that moment. */
export interface FoundFile {
  readonly file: DriveFile;
  readonly found: FoundObject;
}

export interface RemoveFile {
  readonly condition?: WriteCondition | undefined;
  /** Where versions are kept: whether it is known that they go as well. */
  readonly isConfirmed: boolean;
}

export interface RemoveVersion {
  readonly versionId: string;
  /** Whether it is known that it is gone for good. */
  readonly isConfirmed: boolean;
}

export interface DescribeFile extends FileChanges {
  readonly condition?: WriteCondition | undefined;
}

/** What the edges have to know before they read a file. */
export interface FileLimits {
  readonly maxFileBytes: number;
  /** Up to so many bytes a body of unknown length is held in memory, for it may be a small one. */
  readonly heldBytes: number;
  /** Makes sure of room for so many bytes more. @throws Failure `InsufficientStorage` */
  readonly requireSpace: (sizeBytes: number) => void;
}

export interface FilesParts {
  readonly metadata: Metadata;
  readonly objects: Objects;
  readonly versions: Versions;
  readonly lifecycle: Lifecycle;
  readonly limits: FileLimits;
}

/** A change that meets others every time is not bad luck. */
const ATTEMPTS = 5;

/** The files of drives, for who may. Every method throws what `DriveAccess.require` does. */
export class Files {
  readonly limits: FileLimits;
  readonly #parts: FilesParts;
  readonly #access: DriveAccess;

  constructor(parts: FilesParts, access: DriveAccess) {
    this.#parts = parts;
    this.#access = access;
    this.limits = parts.limits;
  }

  /**
   * Stores a file under its path, in the place of what was there.
   * @throws Failure `PreconditionFailed`, `QuotaExceeded`, `InvalidArgument`, and what receiving its bytes throws
   */
  async put(place: FilePlace, { about, ...file }: NewFile): Promise<StoredFile> {
    const { asker, bucket, path } = place;
    await this.#access.require(asker, 's3:PutObject', place);
    const attributes = attributesOf(path, about);
    const accountId = accountIdOf(asker);
    const stored = await this.#parts.objects
      .put({ bucket, key: path, accountId, ...file, attributes })
      .catch((error: unknown) => {
        throw asUnmet(error);
      });
    return this.#stored({ ...stored, attributes }, place);
  }

  /** Stores the file of a form, whose path may be told behind it. @throws Failure as `put` */
  async putForm({ asker, bucket }: DriveAsked, { describe, ...file }: NewFormFile): Promise<StoredFile> {
    const accountId = accountIdOf(asker);
    let said: { path: DrivePath; attributes: ObjectInfo['attributes'] } | undefined;
    const stored = await this.#parts.objects
      .putDescribed({
        bucket,
        accountId,
        ...file,
        describe: async () => {
          const { path, about, overwrites } = describe();
          await this.requirePlace({ asker, bucket, path }, { overwrites });
          said = { path, attributes: attributesOf(path, about) };
          return { key: path, condition: overwrites ? undefined : { kind: 'absent' }, attributes: said.attributes };
        },
      })
      .catch((error: unknown) => {
        throw isTaken(error) ? alreadyThere(said?.path ?? '', error) : error;
      });
    if (said === undefined) throw new Error('A form was stored without being described.');
    return this.#stored({ ...stored, attributes: said.attributes }, { asker, bucket, path: said.path });
  }

  async #stored(stored: FileFacts & Pick<PutResult, 'hasReplaced'>, place: FilePlace): Promise<StoredFile> {
    const file = toDriveFile(stored, { path: place.path, owner: await this.#ownerOf(place) });
    return { ...file, isNew: stored.hasReplaced !== true };
  }

  /** Whether a file may be put there, before its bytes are read. @throws Failure `FileExists` */
  async requirePlace({ asker, bucket, path }: FilePlace, { overwrites }: { overwrites: boolean }): Promise<void> {
    await this.#access.require(asker, 's3:PutObject', { bucket, path });
    if (overwrites || (await this.#parts.objects.stat({ bucket, key: path })) === undefined) return;
    throw alreadyThere(path);
  }

  /** @throws Failure `NoSuchKey`, `NoSuchVersion` */
  async find(place: FilePlace, versionId?: string): Promise<FoundFile> {
    const { bucket, path: key } = place;
    await this.#requireRead(place, versionId);
    const found = await this.#parts.objects.find({ bucket, key, versionId });
    if (found === undefined) throw missing(versionId);
    return { found, file: toDriveFile(found.info, { path: key, owner: await this.#ownerOf(place) }) };
  }

  /** As `find`, without its bytes. @throws Failure `NoSuchKey`, `NoSuchVersion` */
  async stat(place: FilePlace, versionId?: string): Promise<{ readonly file: DriveFile; readonly info: ObjectInfo }> {
    const { bucket, path: key } = place;
    await this.#requireRead(place, versionId);
    const info = await this.#parts.objects.stat({ bucket, key, versionId });
    if (info === undefined) throw missing(versionId);
    return { info, file: toDriveFile(info, { path: key, owner: await this.#ownerOf(place) }) };
  }

  /** A folder, which is there by what is in it; the top folders always are. @throws Failure `NoSuchKey` */
  async folder({ asker, bucket, path }: FilePlace): Promise<DriveFile> {
    await this.#access.require(asker, 's3:ListBucket', { bucket, path });
    const { listObjects } = this.#parts.metadata.queries;
    const { rows } = await listObjects({ bucketId: bucket.id, prefix: path, delimiter: '', limit: 1 });
    if (rows.length === 0 && !FIELDS.some((field) => field === path)) throw missing(undefined);
    return bareFolder(path, await this.#ownerOf({ asker, bucket }));
  }

  async #requireRead({ asker, bucket, path }: FilePlace, versionId: string | undefined): Promise<void> {
    if (versionId !== undefined && !isVersionId(versionId)) throw missing(versionId);
    const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
    await this.#access.require(asker, action, { bucket, path, versionId });
  }

  /** When the file expires (ISO time); undefined: never. */
  async expiryOf({ bucket, path: key }: FilePlace, info: ObjectInfo): Promise<string | undefined> {
    const due = await this.#parts.lifecycle.expirationOf(bucket, { ...info, key });
    return due && new Date(due.dueMs).toISOString();
  }

  /** A page of what is below a prefix. */
  async list({ asker, bucket }: DriveAsked, range: FileRange): Promise<FilePage> {
    await this.#access.require(asker, 's3:ListBucket', { bucket, path: range.prefix });
    const page = await this.#parts.metadata.queries.listFiles({
      ...range,
      bucketId: bucket.id,
      position: beginningOf(range),
      hidden: TRASH_FOLDER,
    });
    return toFilePage(page, range, await this.#ownerOf({ asker, bucket }));
  }

  /** What a path named and names, the newest first, behind the one of `before`. */
  async versions(place: FilePlace, page: { before: number; limit: number }): Promise<FileVersion[]> {
    const { asker, bucket, path } = place;
    await this.#access.require(asker, 's3:ListBucketVersions', place);
    const rows = await this.#parts.metadata.queries.listFileVersions({ bucketId: bucket.id, key: path, ...page });
    const owner = await this.#ownerOf({ asker, bucket });
    return rows.map((row) => toFileVersion(row, { path, owner }));
  }

  /**
   * Changes what is said of a file; its bytes, its ETag and its versions stay.
   * @throws Failure `NoSuchKey`, `PreconditionFailed`, `InvalidArgument`, `ConditionalRequestConflict`
   */
  async describe(place: FilePlace, { condition, ...changes }: DescribeFile): Promise<DriveFile> {
    const { asker, bucket, path: key } = place;
    await this.#access.require(asker, 's3:PutObject', place);
    const { objects, metadata } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const info = await objects.stat({ bucket, key });
      if (info === undefined) throw missing(undefined);
      requireCondition(condition, info);
      const attributes = changedAttributes(key, info.attributes, changes);
      const change = { ...this.#change(place), attributes: encodeAttributes(attributes) };
      const before = { seq: info.seq, attributes: encodeAttributes(info.attributes) };
      try {
        await metadata.mutations.setAttributes({ ...change, before });
        return toDriveFile({ ...info, attributes }, { path: key, owner: await this.#ownerOf(place) });
      } catch (error) {
        const isLate = error instanceof Failure && error.code === 'ConditionalRequestConflict';
        if (!isLate || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Deletes a file for good, with all its versions.
   * @throws Failure `NoSuchKey`, `PreconditionFailed`, `ConfirmationRequired`, `AccessDenied` for what is locked
   */
  async remove(place: FilePlace, { condition, isConfirmed }: RemoveFile): Promise<DeletedKey> {
    await this.#access.require(place.asker, 's3:DeleteObject', place);
    await this.#access.require(place.asker, 's3:DeleteObjectVersion', place);
    return this.#parts.metadata.mutations.deleteKey({ ...this.#change(place), condition, isConfirmed });
  }

  /**
   * Deletes one version for good.
   * @throws Failure `NoSuchVersion`, `ConfirmationRequired`, `AccessDenied` for a locked one
   */
  async removeVersion(place: FilePlace, { versionId, isConfirmed }: RemoveVersion): Promise<{ sizeBytes: number }> {
    const { asker, bucket, path: key } = place;
    await this.#access.require(asker, 's3:DeleteObjectVersion', { ...place, versionId });
    const { metadata, versions } = this.#parts;
    const row = await metadata.queries.findVersion({ bucketId: bucket.id, key, versionId });
    if (row === undefined) throw missing(versionId);
    if (!isConfirmed) {
      const message = `A version of ${row.size_bytes} bytes would be gone for good.`;
      throw new Failure('ConfirmationRequired', message, { VersionCount: '1', SizeBytes: String(row.size_bytes) });
    }
    await versions.delete({ bucket, key, versionId, accountId: accountIdOf(asker) });
    return { sizeBytes: row.size_bytes };
  }

  #change({ asker, bucket, path: key }: FilePlace) {
    return { bucketId: bucket.id, key, accountId: accountIdOf(asker), at: new Date().toISOString() };
  }

  async #ownerOf({ asker, bucket }: DriveAsked): Promise<string> {
    const { principal } = asker;
    if (principal.kind === 'account' && principal.account.id === bucket.account_id) return principal.account.name;
    return (await this.#parts.metadata.queries.findAccountById(bucket.account_id))?.name ?? '';
  }
}

/** What the transaction of a write decides, of what is there now. @throws Failure `PreconditionFailed` */
function requireCondition(condition: WriteCondition | undefined, { etag }: ObjectInfo): void {
  const isMet =
    condition === undefined ||
    condition.kind === 'exists' ||
    (condition.kind === 'match' && condition.etag === etag) ||
    (condition.kind === 'differs' && condition.etag !== etag);
  if (!isMet) throw new Failure('PreconditionFailed');
}

/** Nothing is there that a condition could hold of (RFC 9110 section 13.1.1). */
function asUnmet(error: unknown): unknown {
  const isMissing = error instanceof Failure && error.code === 'NoSuchKey';
  return isMissing ? new Failure('PreconditionFailed', undefined, {}, { cause: error }) : error;
}

/** The path was free when it was looked at, and is not any more. */
function isTaken(error: unknown): boolean {
  return error instanceof Failure && error.code === 'PreconditionFailed';
}

function alreadyThere(path: string, cause?: unknown): Failure {
  return new Failure('FileExists', `There is something called '${path}' already.`, {}, { cause });
}

function missing(versionId: string | undefined): Failure {
  return versionId === undefined
    ? new Failure('NoSuchKey', 'There is no such file or folder.')
    : new Failure('NoSuchVersion', 'There is no such version.');
}
