import { mkdir, readdir, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { idFloor, newId } from '../../ids.ts';
import {
  type Backend,
  BackendFull,
  type BlobReader,
  type ByteRange,
  type ListedBlob,
  type LocationRange,
  type StagedBlob,
  type StoreOwner,
} from '../backend.ts';
import { DirectorySync } from './directory-sync.ts';
import { FileReader } from './file-reader.ts';
import { FileWriter } from './file-writer.ts';
import { claimFolder } from './store-mark.ts';

export interface FilesystemOptions {
  /** The folder that holds the blobs, and nothing else. */
  readonly root: string;
  /** Whether `stage` waits for the disk. */
  readonly sync: boolean;
}

/** The leading digits of an id, about 17 minutes of time: those who write together share a directory, and its sync. */
const DIRECTORY_DIGITS = 6;
const DIRECTORY_NAME = new RegExp(`^[0-9a-z]{${DIRECTORY_DIGITS}}$`);
const BLOB_NAME = /^[0-9a-z]{26}$/;
const EMPTY_DIRECTORY_AGE_MS = 3_600_000;
const LIST_BATCH = 100;
/** Above every id. */
const PAST_ALL = '~';

/**
 * Blobs as files: `<root>/<first digits of the id>/<id>`. A file is written once, under its final name; the name is
 * not known to anybody before the file and its directory entry are on the disk.
 */
export class FilesystemBackend implements Backend {
  readonly #root: string;
  readonly #sync: boolean;
  readonly #directories = new DirectorySync();
  readonly #known = new Map<string, Promise<void>>();
  readonly #unsettled = new Set<string>();

  static async open(options: FilesystemOptions): Promise<FilesystemBackend> {
    const root = resolve(options.root);
    const made = await mkdir(root, { recursive: true, mode: 0o700 });
    const backend = new FilesystemBackend({ ...options, root });
    if (options.sync) await backend.#syncAbove(root, made ?? root);
    return backend;
  }

  private constructor({ root, sync }: FilesystemOptions) {
    this.#root = root;
    this.#sync = sync;
  }

  async claim(owner: StoreOwner): Promise<void> {
    const isNew = await claimFolder(this.#root, owner);
    if (isNew && this.#sync) await this.#directories.sync(this.#root);
  }

  async stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const location = newId();
    this.#unsettled.add(location);
    try {
      const writer = await this.#create(location);
      const sizeBytes = await this.#fill(writer, source);
      if (this.#sync) await this.#directories.sync(this.#directoryOf(location));
      return { location, sizeBytes, settle: () => this.#unsettled.delete(location) };
    } catch (error) {
      // What cannot be removed now is left to the sweeper; why there is nothing to keep matters more.
      await this.discard(location).catch(() => undefined);
      this.#unsettled.delete(location);
      throw isFull(error) ? new BackendFull({ cause: error }) : error;
    }
  }

  read(location: string, range: ByteRange): Promise<BlobReader> {
    return FileReader.open(this.#pathOf(location), location, range);
  }

  async discard(location: string): Promise<void> {
    await unlink(this.#pathOf(location)).catch(ignoreMissing);
    await this.#removeIfEmpty(this.#directoryOf(location));
  }

  async *list({ from = '', to = PAST_ALL }: LocationRange): AsyncIterable<readonly ListedBlob[]> {
    const directories = await readdir(this.#root);
    for (const directory of directories.sort()) {
      // What is not named as ours is somebody else's: whoever lists us may go on to remove.
      if (!DIRECTORY_NAME.test(directory)) continue;
      if (directory < from.slice(0, DIRECTORY_DIGITS) || directory > to.slice(0, DIRECTORY_DIGITS)) continue;
      const path = join(this.#root, directory);
      const names = (await readdir(path).catch(ignoreMissing)) ?? [];
      const ours = names.filter(
        (name) => BLOB_NAME.test(name) && name.startsWith(directory) && name >= from && name < to,
      );
      ours.sort();
      for (let at = 0; at < ours.length; at += LIST_BATCH)
        yield await this.#look(path, ours.slice(at, at + LIST_BATCH));
    }
  }

  async #look(directory: string, names: readonly string[]): Promise<ListedBlob[]> {
    const blobs: ListedBlob[] = [];
    for (const location of names) {
      // Asked first: what is settled from here on was so when its file was looked at.
      const isSettled = !this.#unsettled.has(location);
      const status = await stat(join(directory, location)).catch(ignoreMissing);
      if (status !== undefined) blobs.push({ location, modifiedAt: status.mtimeMs, isSettled });
    }
    return blobs;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#root);
    return bavail * bsize;
  }

  async close(): Promise<void> {}

  async #create(location: string): Promise<FileWriter> {
    const directory = this.#directoryOf(location);
    await this.#ensureDirectory(directory);
    try {
      return await FileWriter.create(this.#pathOf(location));
    } catch (error) {
      // Somebody tidied the directory away since it was made.
      if (!isMissing(error)) throw error;
      this.#known.delete(directory);
      await this.#ensureDirectory(directory);
      return FileWriter.create(this.#pathOf(location));
    }
  }

  async #fill(writer: FileWriter, source: AsyncIterable<Uint8Array>): Promise<number> {
    try {
      for await (const chunk of source) await writer.write(chunk);
      await writer.finish({ sync: this.#sync });
      return writer.sizeBytes;
    } finally {
      await writer.close();
    }
  }

  /** Makes a directory once; its own entry is durable before any file in it is acknowledged. */
  #ensureDirectory(directory: string): Promise<void> {
    let known = this.#known.get(directory);
    if (known === undefined) {
      known = this.#makeDirectory(directory);
      this.#known.set(directory, known);
      known.catch(() => this.#known.delete(directory));
      this.#forgetOldDirectories();
    }
    return known;
  }

  /** A folder's own entry, and those of the folders that were made for it. One that may not be read cannot be synced. */
  async #syncAbove(folder: string, topmost: string): Promise<void> {
    await this.#directories.sync(dirname(folder)).catch(ignoreForbidden);
    if (folder !== topmost) await this.#syncAbove(dirname(folder), topmost);
  }

  async #makeDirectory(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (this.#sync) await this.#directories.sync(this.#root);
  }

  #forgetOldDirectories(): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size > 16 && !oldest.done) this.#known.delete(oldest.value);
  }

  /** A directory whose time is over goes with the last file in it; until then it is not empty, and stays. */
  async #removeIfEmpty(directory: string): Promise<void> {
    if (directory >= this.#directoryOf(idFloor(Date.now() - EMPTY_DIRECTORY_AGE_MS))) return;
    await rmdir(directory).catch(() => undefined);
  }

  #directoryOf(location: string): string {
    return join(this.#root, location.slice(0, DIRECTORY_DIGITS));
  }

  #pathOf(location: string): string {
    return join(this.#root, location.slice(0, DIRECTORY_DIGITS), location);
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function isFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT');
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

function ignoreForbidden(error: unknown): void {
  if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
