import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Metadata } from '../metadata/index.ts';
import { type Backend, FilesystemBackend, MemoryBackend } from './backends/index.ts';
import { type BlobStore, type Config, ConfigError } from './config.ts';
import { newId } from './ids.ts';
import { StorageClasses } from './services/storage-classes.ts';
import { StorageSpace, StorageSpaces } from './services/storage-space.ts';
import { settings } from './settings/settings.ts';

/**
 * Opens the backend of every storage class, and makes sure that they and the database belong together: bytes and rows
 * must, before either is touched. `opened` gets each as soon as it is open.
 * @throws ConfigError for a class that objects are in and that is configured no more, and for a folder that two share;
 * ForeignStore
 */
export async function openStores(
  { storage }: Config,
  { metadata, opened }: { metadata: Metadata; opened: { close(): Promise<unknown> }[] },
): Promise<StorageClasses> {
  requireOwnFolders(storage);
  const used = await metadata.queries.listStores();
  const lost = used.find((name) => name !== null && !storage.classes.has(name));
  if (lost) throw new ConfigError(settings.storageClasses.name, `lacks ${lost}, which holds objects.`);

  const storeId = await metadata.mutations.ensureStoreId({ candidate: newId() });
  const open = async (name: string | null, store: BlobStore) => {
    const backend = await openBackend(store, storage.durability === 'full');
    opened.push(backend);
    // The classes are told apart: the bytes of one are not found in the folder of another.
    await backend.claim({ storeId: name === null ? storeId : `${storeId} ${name}`, hasBlobs: used.includes(name) });
    return backend;
  };
  const standard = await open(null, storage.backend);
  const others = new Map<string, Backend>();
  for (const [name, store] of storage.classes) others.set(name, await open(name, store));
  return new StorageClasses(standard, others);
}

/** Each would take the other's blobs for orphans. */
function requireOwnFolders({ backend, classes }: Config['storage']): void {
  const folders = [backend, ...classes.values()].flatMap((store) => (store.kind === 'file' ? [store.folder] : []));
  const shared = folders.find((folder, index) => folders.indexOf(folder) !== index);
  if (shared !== undefined)
    throw new ConfigError(settings.storageClasses.name, `names ${shared}, which is in use already.`);
}

async function openBackend(store: BlobStore, sync: boolean): Promise<Backend> {
  if (store.kind === 'memory') return new MemoryBackend();
  return FilesystemBackend.open({ root: store.folder, sync });
}

/** Watches the room of each class. The blobs and the metadata may be on different disks. */
export async function watchSpaces(stores: StorageClasses, { metadata, storage }: Config): Promise<StorageSpaces> {
  const { inlineLimitBytes, minFreeBytes } = storage;
  const ofMetadata = async () => {
    const { bavail, bsize } = await statfs(dirname(metadata.path));
    return bavail * bsize;
  };
  const blobs = new Map<string | undefined, StorageSpace>();
  for (const name of [undefined, ...stores.names]) {
    const ofBlobs = () => stores.backendOf(name).freeBytes();
    blobs.set(name, await StorageSpace.watch([ofBlobs], minFreeBytes));
  }
  return new StorageSpaces({ metadata: await StorageSpace.watch([ofMetadata], minFreeBytes), inlineLimitBytes, blobs });
}
