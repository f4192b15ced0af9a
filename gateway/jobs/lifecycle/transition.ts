import { Failure, type VersionBlobRow } from '../../../metadata/index.ts';
import type { Backend, StagedBlob } from '../../backends/index.ts';
import { type Content, contentChunks, SegmentReader } from '../../services/object-reader.ts';
import type { LifecycleJob } from './job.ts';

/** A version that is to be moved, as it was when that fell due. */
export interface VersionMove {
  readonly bucketId: number;
  readonly key: string;
  readonly seq: number;
  /** JSON. */
  readonly tags: string | null;
  /** Where to; it has a backend of its own. */
  readonly storageClass: string;
}

/** A blob, and its bytes in the other backend. */
interface Copy {
  readonly blob: VersionBlobRow;
  readonly staged: StagedBlob;
}

/**
 * Copies the bytes of a version to the backend of another storage class and lets the version refer to them there: as
 * they are stored, so that those of an encrypted one need no key. Whoever shares the old ones, or is reading them, keeps
 * them. Resolves to whether it was done: nothing is where the version has changed meanwhile.
 * @throws Failure `InsufficientStorage`; what the backends throw
 */
export async function moveVersion(job: LifecycleJob, move: VersionMove): Promise<boolean> {
  const { metadata, stores, reserveSpace } = job;
  const { storageClass } = move;
  const blobs = await metadata.queries.listVersionBlobs(move);
  const elsewhere = blobs.filter(({ store }) => store !== storageClass);
  reserveSpace(
    elsewhere.reduce((sum, blob) => sum + blob.size_bytes, 0),
    storageClass,
  );
  return withCopies(job, { blobs: elsewhere, backend: stores.backendOf(storageClass) }, (copies) => {
    const moves = copies.map(({ blob, staged }) => ({
      partNumber: blob.part_number,
      blobId: blob.blob_id,
      location: staged.location,
      sizeBytes: staged.sizeBytes,
    }));
    return metadata.mutations.transitionVersion({ ...move, moves, at: new Date().toISOString() });
  });
}

interface Copying {
  readonly blobs: readonly VersionBlobRow[];
  readonly backend: Backend;
}

/** Copies blobs, and removes the copies again unless they are put to use. */
async function withCopies(
  job: LifecycleJob,
  { blobs, backend }: Copying,
  use: (copies: readonly Copy[]) => Promise<boolean>,
): Promise<boolean> {
  const copies: Copy[] = [];
  let isUnused = true;
  try {
    for (const blob of blobs) copies.push({ blob, staged: await copyBlob(job, { blob, backend }) });
    // A commit that breaks may have happened: then the sweeper finds out what the copies are.
    isUnused = false;
    isUnused = !(await use(copies));
    return !isUnused;
  } catch (error) {
    isUnused ||= error instanceof Failure;
    throw error;
  } finally {
    for (const { staged } of copies) {
      if (isUnused) await backend.discard(staged.location).catch(() => undefined);
      staged.settle();
    }
  }
}

async function copyBlob(
  job: LifecycleJob,
  { blob, backend }: { readonly blob: VersionBlobRow; readonly backend: Backend },
): Promise<StagedBlob> {
  const staged = await backend.stage(ownChunks(await contentOf(job, blob), job.signal));
  if (staged.sizeBytes === blob.size_bytes) return staged;
  await backend.discard(staged.location).catch(() => undefined);
  staged.settle();
  throw new Error(`A blob has ${staged.sizeBytes} bytes and should have ${blob.size_bytes}.`);
}

/** Nothing is open before its bytes are asked for: a backend that has no room may never do so. */
async function contentOf({ metadata, stores }: LifecycleJob, blob: VersionBlobRow): Promise<Content> {
  const { location, store, size_bytes: sizeBytes } = blob;
  if (location === null) {
    const inline = await metadata.queries.findInlineBlob(blob.blob_id);
    // They go with the last version that they are of.
    if (inline === undefined) throw new Failure('NoSuchKey');
    return { kind: 'bytes', bytes: inline.data };
  }
  const range = { start: 0, end: sizeBytes - 1 };
  const segments = [{ location, store, sizeBytes }];
  return { kind: 'stream', sizeBytes, reader: new SegmentReader({ stores, segments, range, dataKey: undefined }) };
}

/** The reader takes its buffers back when it is asked for the next, and a backend may still be writing the one before. */
async function* ownChunks(content: Content, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for await (const piece of contentChunks(content)) {
    signal?.throwIfAborted();
    yield Buffer.from(piece);
  }
}
