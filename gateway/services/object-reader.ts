import type { BlobChunk, BlobReader, ByteRange } from '../backends/index.ts';
import { openEncrypted } from './encryption/index.ts';
import type { StorageClasses } from './storage-classes.ts';

/** Bytes of an object that are on their way to a client: at hand, or to be read piece by piece. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly sizeBytes: number; readonly reader: BlobReader };

export interface SegmentReaderOptions {
  readonly stores: StorageClasses;
  readonly segments: readonly Segment[];
  readonly range: ByteRange;
  /** Of an object that is encrypted. */
  readonly dataKey: Buffer | undefined;
}

/** A stretch of an object that one blob holds; of an encrypted one, the size is that of the plaintext. */
export interface Segment {
  readonly location: string;
  /** The storage class whose backend has the blob; null: the default one. */
  readonly store: string | null;
  readonly sizeBytes: number;
}

/** Reads a range that may span many blobs, as if they were one. */
export class SegmentReader implements BlobReader {
  readonly #stores: StorageClasses;
  readonly #dataKey: Buffer | undefined;
  readonly #pending: Share[];
  #current: BlobReader | undefined;

  constructor({ stores, segments, range, dataKey }: SegmentReaderOptions) {
    this.#stores = stores;
    this.#dataKey = dataKey;
    this.#pending = cut(segments, range);
  }

  async next(): Promise<BlobChunk | undefined> {
    for (;;) {
      if (this.#current === undefined) {
        const share = this.#pending.shift();
        if (share === undefined) return undefined;
        this.#current = await this.#open(share);
      }
      const chunk = await this.#current.next();
      if (chunk !== undefined) return chunk;
      await this.close();
    }
  }

  #open({ segment: { location, store, sizeBytes }, range }: Share): Promise<BlobReader> {
    const backend = this.#stores.backendOf(store);
    const dataKey = this.#dataKey;
    if (dataKey === undefined) return backend.read(location, range);
    return openEncrypted({ dataKey, sizeBytes, read: (stored) => backend.read(location, stored) }, range);
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.close();
  }
}

/** A segment, and the part of it that is wanted. */
interface Share {
  readonly segment: Segment;
  readonly range: ByteRange;
}

/** The segments that a range touches, each with its share of it. */
function cut(segments: readonly Segment[], { start, end }: ByteRange): Share[] {
  const shares: Share[] = [];
  let offset = 0;
  for (const segment of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, segment.sizeBytes - 1);
    if (from <= to) shares.push({ segment, range: { start: from, end: to } });
    offset += segment.sizeBytes;
    if (offset > end) break;
  }
  return shares;
}

/** The bytes of a content in order. Each piece is good until the next is asked for. */
export async function* contentChunks(content: Content): AsyncGenerator<Buffer> {
  if (content.kind === 'bytes') {
    yield content.bytes;
    return;
  }
  try {
    for (;;) {
      const chunk = await content.reader.next();
      if (chunk === undefined) return;
      yield chunk.bytes;
      chunk.release();
    }
  } finally {
    await content.reader.close();
  }
}
