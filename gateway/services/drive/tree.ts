import type { Readable } from 'node:stream';
import { Failure, isVersionId, type Metadata, type MovedTree, versioningOf } from '../../../metadata/index.ts';
import type { Body } from '../body.ts';
import type { Objects } from '../objects.ts';
import { type Asker, accountIdOf } from './asker.ts';
import type { DriveAccess, DriveAction, DrivePlace } from './drive-access.ts';
import { bareFolder, type DriveFile, toDriveFile } from './drive-file.ts';
import { type DrivePath, isFolder, nameOf, parentOf, parsePath } from './paths.ts';
import { requireThroughout } from './tree-access.ts';
import { zipFolder } from './zip-folder.ts';

export interface TreeParts {
  readonly metadata: Metadata;
  readonly objects: Objects;
  readonly driveAccess: DriveAccess;
}

/** A file or folder of a drive, and who asks for it. */
export interface TreeAsked extends DrivePlace {
  readonly asker: Asker;
  readonly path: DrivePath;
}

/** Two ends of a move or a copy; they may be in drives of several accounts. */
export interface TreeTransfer {
  readonly from: TreeAsked;
  /** A file that goes to a folder keeps its name; a folder is then called so. */
  readonly to: TreeAsked;
  /** Replace what is there. */
  readonly overwrite: boolean;
}

/** Where something is now, and what went there. */
export interface ArrivedTree {
  readonly file: DriveFile;
  readonly fileCount: number;
}

/** A batch is a transaction, and others wait for it. */
const DELETED_AT_ONCE = 500;
const FOLDER_TYPE = 'application/x-directory';
const NOTHING: Body = {
  sizeBytes: 0,
  bytes: async () => Buffer.alloc(0),
  async *chunks() {},
};

/** Files and whole folders of drives, for who may. Every method throws what `DriveAccess.require` does. */
export class Tree {
  readonly #parts: TreeParts;

  constructor(parts: TreeParts) {
    this.#parts = parts;
  }

  /**
   * Moves a file or folder, all of it or nothing. What it is shared by follows within a drive.
   * @throws Failure `NoSuchKey`, `FileExists`, `InvalidRequest`, `InvalidPath`, `FolderTooLarge`, `QuotaExceeded`
   */
  async move(transfer: TreeTransfer): Promise<ArrivedTree> {
    const { from, to, overwrite } = placed(transfer);
    await this.#requireSource(from);
    const leaving = leavingActions({ from, to });
    for (const action of leaving) await this.#require(action, from);
    await this.#require('s3:PutObject', to);
    await requireThroughout(this.#parts, from.asker, { from, to, actions: ['s3:GetObject', ...leaving] });
    const moved = await this.#parts.metadata.mutations.moveTree({
      ...endsOf({ from, to }),
      overwrite,
      leads: from.bucket.id === to.bucket.id ? 'move' : 'forget',
    });
    return this.#arrived(to, moved);
  }

  /** Gives a file or folder another name where it is. @throws Failure as `move` */
  rename(place: TreeAsked, name: string): Promise<ArrivedTree> {
    const isName = name !== '' && !name.includes('/');
    if (!isName) throw new Failure('InvalidPath', "A name is not empty and has no '/'.", { Field: '/name' });
    const path = parsePath(`${parentOf(place.path)}${name}${isFolder(place.path) ? '/' : ''}`);
    return this.move({ from: place, to: { ...place, path }, overwrite: false });
  }

  /** Copies a file or folder, all of it or nothing, without moving bytes. @throws Failure as `move` */
  async copy(transfer: TreeTransfer): Promise<ArrivedTree> {
    const { from, to, overwrite } = placed(transfer);
    await this.#requireSource(from);
    await this.#require('s3:PutObject', to);
    await requireThroughout(this.#parts, from.asker, { from, to, actions: ['s3:GetObject'] });
    const copied = await this.#parts.metadata.mutations.copyTree({ ...endsOf({ from, to }), overwrite });
    return this.#arrived(to, copied);
  }

  /** Makes an empty folder. @throws Failure `FileExists`, `InvalidPath` */
  async createFolder(place: TreeAsked): Promise<DriveFile> {
    const { asker, bucket, path } = place;
    if (!isFolder(path)) throw new Failure('InvalidPath', "The path of a folder ends with '/'.", { Field: '/path' });
    await this.#require('s3:PutObject', place);
    if (await this.#isThere(place)) throw new Failure('FileExists', `There is a folder '${path}' already.`);
    await this.#parts.objects.put({
      ...{ bucket, key: path, accountId: accountIdOf(asker), body: NOTHING },
      attributes: { contentType: FOLDER_TYPE, userMetadata: {} },
      expected: {},
    });
    return (await this.#arrived(place, { fileCount: 0, sizeBytes: 0 })).file;
  }

  /**
   * Deletes a file or folder for good, with all older versions. Of a folder that is by and by: what is refused in between
   * leaves the rest where it is.
   * @throws Failure `NoSuchKey`; `ConfirmationRequired` where versions are kept and it was not confirmed; `AccessDenied`
   * for what is locked
   */
  async delete(place: TreeAsked, { isConfirmed }: { readonly isConfirmed: boolean }): Promise<void> {
    const { asker, bucket, path } = place;
    await this.#require('s3:DeleteObject', place);
    await this.#require('s3:DeleteObjectVersion', place);
    await requireThroughout(this.#parts, asker, {
      from: place,
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    });
    if (!(await this.#isThere(place))) throw new Failure('NoSuchKey', 'There is no such file or folder.');
    if (versioningOf(bucket, path) !== null && !isConfirmed) {
      throw new Failure('ConfirmationRequired', 'It would be gone for good, with all its versions.');
    }
    const purge = { bucketId: bucket.id, path, accountId: accountIdOf(asker), limit: DELETED_AT_ONCE };
    let count = DELETED_AT_ONCE;
    while (count === DELETED_AT_ONCE) {
      count = await this.#parts.metadata.mutations.purgeTree({ ...purge, at: new Date().toISOString() });
    }
  }

  /**
   * Makes an older version the current one, as a copy of it that shares its bytes.
   * @throws Failure `NoSuchVersion`, `QuotaExceeded`
   */
  async restoreVersion(place: TreeAsked, versionId: string): Promise<DriveFile> {
    const { asker, bucket, path: key } = place;
    const { driveAccess, objects } = this.#parts;
    await driveAccess.require(asker, 's3:GetObjectVersion', { bucket, path: key, versionId });
    await this.#require('s3:PutObject', place);
    const info = isVersionId(versionId) ? await objects.stat({ bucket, key, versionId }) : undefined;
    if (info === undefined) throw new Failure('NoSuchVersion', 'There is no such version.');
    await objects.copy({ bucket, key, accountId: accountIdOf(asker), source: { bucket, key, info } });
    return (await this.#arrived(place, { fileCount: 1, sizeBytes: info.sizeBytes })).file;
  }

  /** All that may be read of a folder as a zip; '' is the whole drive. @throws Failure `NoSuchKey` */
  async archive(place: Omit<TreeAsked, 'path'> & { readonly path: string }): Promise<Readable> {
    const { asker, bucket, path } = place;
    await this.#require('s3:ListBucket', place);
    if (path !== '' && !(await this.#isThere(place))) {
      throw new Failure('NoSuchKey', 'There is no such file or folder.');
    }
    const mayRead = (key: string) => this.#parts.driveAccess.may(asker, 's3:GetObject', { bucket, path: key });
    return zipFolder(this.#parts.objects, { bucket, folder: path, mayRead });
  }

  async #requireSource(from: TreeAsked): Promise<void> {
    if (isFolder(from.path)) await this.#require('s3:ListBucket', from);
    await this.#require('s3:GetObject', from);
  }

  #require(action: DriveAction, { asker, bucket, path }: DrivePlace & { asker: Asker }) {
    return this.#parts.driveAccess.require(asker, action, { bucket, path });
  }

  async #isThere({ bucket, path }: DrivePlace): Promise<boolean> {
    const { objects } = this.#parts;
    if (!isFolder(path)) return (await objects.stat({ bucket, key: path })) !== undefined;
    return (await objects.list({ bucket, prefix: path, delimiter: '', limit: 1 })).rows.length > 0;
  }

  async #arrived({ bucket, path }: TreeAsked, { fileCount, sizeBytes }: MovedTree): Promise<ArrivedTree> {
    const { metadata, objects } = this.#parts;
    const owner = (await metadata.queries.findAccountById(bucket.account_id))?.name ?? '';
    const info = await objects.stat({ bucket, key: path });
    const file = info === undefined ? bareFolder(path, owner) : toDriveFile(info, { path, owner });
    return { file: isFolder(path) ? { ...file, sizeBytes } : file, fileCount };
  }
}

/** A file that goes to a folder is in it; a folder's path ends with '/', also where that was left out. */
function placed({ from, to, overwrite }: TreeTransfer): TreeTransfer {
  if (isFolder(from.path) === isFolder(to.path)) return { from, to, overwrite };
  const text = isFolder(from.path) ? `${to.path}/` : `${to.path}${nameOf(from.path)}`;
  return { from, to: { ...to, path: parsePath(text) }, overwrite };
}

/** In another's drive it is out of its owner's hands, older versions and all: as if it were deleted for good. */
function leavingActions({ from, to }: Pick<TreeTransfer, 'from' | 'to'>): DriveAction[] {
  const isKept = from.bucket.account_id === to.bucket.account_id;
  return isKept ? ['s3:DeleteObject'] : ['s3:DeleteObject', 's3:DeleteObjectVersion'];
}

function endsOf({ from, to }: Pick<TreeTransfer, 'from' | 'to'>) {
  return {
    from: { bucketId: from.bucket.id, path: from.path },
    to: { bucketId: to.bucket.id, path: to.path },
    accountId: accountIdOf(from.asker),
    at: new Date().toISOString(),
  };
}
