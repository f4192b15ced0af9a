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
import { type DriveFile, type FileFacts, toDriveFile } from './drive-file.ts';
import {
  beginningOf,
  type FilePage,
  type FileRange,
  type FileVersion,
  toFilePage,
  toFileVersion,
} from './file-listing.ts';
import type { DrivePath } from './paths.ts';
import { TRASH_FOLDER } from './paths.ts';

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
  readonly condition?: WriteCondition | undefined;
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

/** What the edges have to know before they read a file. */
export interface FileLimits {
  readonly maxFileBytes: number;
  /** Up to so many bytes a body of unknown length is held, for it may be a small one. */
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
    const stored = await this.#parts.objects.put({ bucket, key: path, accountId, ...file, attributes });
    return this.#stored({ ...stored, attributes }, place);
  }

  /** Stores the file of a form, whose path may be told behind it. @throws Failure as `put` */
  async putForm({ asker, bucket }: DriveAsked, { describe, ...file }: NewFormFile): Promise<StoredFile> {
    const accountId = accountIdOf(asker);
    let said: { path: DrivePath; attributes: ObjectInfo['attributes'] } | undefined;
    const stored = await this.#parts.objects.putDescribed({
      bucket,
      accountId,
      ...file,
      describe: async () => {
        const { path, about, condition } = describe();
        await this.#access.require(asker, 's3:PutObject', { bucket, path });
        said = { path, attributes: attributesOf(path, about) };
        return { key: path, condition, attributes: said.attributes };
      },
    });
    if (said === undefined) throw new Error('A form was stored without being described.');
    return this.#stored({ ...stored, attributes: said.attributes }, { asker, bucket, path: said.path });
  }

  async #stored(stored: FileFacts & Pick<PutResult, 'hasReplaced'>, place: FilePlace): Promise<StoredFile> {
    const file = toDriveFile(stored, { path: place.path, owner: await this.#ownerOf(place) });
    return { ...file, isNew: stored.hasReplaced !== true };
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
  async describe(place: FilePlace, changes: FileChanges & { etag?: string | undefined }): Promise<DriveFile> {
    const { asker, bucket, path: key } = place;
    await this.#access.require(asker, 's3:PutObject', place);
    const { objects, metadata } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const info = await objects.stat({ bucket, key });
      if (info === undefined) throw missing(undefined);
      if (changes.etag !== undefined && changes.etag !== info.etag) throw new Failure('PreconditionFailed');
      const attributes = changedAttributes(key, info.attributes, changes);
      try {
        await metadata.mutations.setAttributes({
          bucketId: bucket.id,
          key,
          accountId: accountIdOf(asker),
          at: new Date().toISOString(),
          attributes: encodeAttributes(attributes),
          before: { seq: info.seq, attributes: encodeAttributes(info.attributes) },
        });
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
    const { asker, bucket, path: key } = place;
    await this.#access.require(asker, 's3:DeleteObject', place);
    await this.#access.require(asker, 's3:DeleteObjectVersion', place);
    const at = new Date().toISOString();
    const accountId = accountIdOf(asker);
    return this.#parts.metadata.mutations.deleteKey({
      bucketId: bucket.id,
      key,
      accountId,
      at,
      condition,
      isConfirmed,
    });
  }

  /** Deletes one version for good. @throws Failure `NoSuchVersion`, `AccessDenied` for a locked one */
  async removeVersion(place: FilePlace, versionId: string): Promise<void> {
    const { asker, bucket, path: key } = place;
    await this.#access.require(asker, 's3:DeleteObjectVersion', { ...place, versionId });
    const accountId = accountIdOf(asker);
    const { existed } = await this.#parts.versions.delete({ bucket, key, versionId, accountId });
    if (!existed) throw missing(versionId);
  }

  async #ownerOf({ asker, bucket }: DriveAsked): Promise<string> {
    const { principal } = asker;
    if (principal.kind === 'account' && principal.account.id === bucket.account_id) return principal.account.name;
    return (await this.#parts.metadata.queries.findAccountById(bucket.account_id))?.name ?? '';
  }
}

function missing(versionId: string | undefined): Failure {
  return versionId === undefined
    ? new Failure('NoSuchKey', 'There is no such file or folder.')
    : new Failure('NoSuchVersion', 'There is no such version.');
}
