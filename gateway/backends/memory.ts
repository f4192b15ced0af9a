import { newId } from '../ids.ts';
import {
  type Backend,
  type BlobChunk,
  BlobMissing,
  type BlobReader,
  type ByteRange,
  type ListedBlob,
  type LocationRange,
  type StagedBlob,
} from './backend.ts';

const CHUNK_BYTES = 1 << 16;

/** Blobs in this process's memory: for tests and for gateways that are meant to forget. */
export class MemoryBackend implements Backend {
  readonly #blobs = new Map<string, { readonly bytes: Buffer; readonly modifiedAt: number }>();
  readonly #unsettled = new Set<string>();

  /** What was forgotten with the last process is nobody's. */
  async claim(): Promise<void> {}

  async stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const chunks: Buffer[] = [];
    for await (const chunk of source) chunks.push(Buffer.from(chunk));
    const location = newId();
    const bytes = Buffer.concat(chunks);
    this.#blobs.set(location, { bytes, modifiedAt: Date.now() });
    this.#unsettled.add(location);
    return { location, sizeBytes: bytes.byteLength, settle: () => this.#unsettled.delete(location) };
  }

  async read(location: string, range: ByteRange): Promise<BlobReader> {
    const blob = this.#blobs.get(location);
    if (blob === undefined) throw new BlobMissing(location);
    return new MemoryReader(blob.bytes.subarray(range.start, range.end + 1));
  }

  async discard(location: string): Promise<void> {
    this.#blobs.delete(location);
  }

  async *list({ from = '', to }: LocationRange): AsyncIterable<readonly ListedBlob[]> {
    // Ids are put in as time goes by; those of one millisecond need not be in order.
    const locations = [...this.#blobs.keys()].filter(
      (location) => location >= from && !(to !== undefined && location >= to),
    );
    yield locations.sort().map((location) => ({
      location,
      modifiedAt: this.#blobs.get(location)?.modifiedAt ?? 0,
      isSettled: !this.#unsettled.has(location),
    }));
  }

  async freeBytes(): Promise<undefined> {}

  async close(): Promise<void> {
    this.#blobs.clear();
  }
}

class MemoryReader implements BlobReader {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  async next(): Promise<BlobChunk | undefined> {
    if (this.#rest.byteLength === 0) return undefined;
    const bytes = this.#rest.subarray(0, CHUNK_BYTES);
    this.#rest = this.#rest.subarray(bytes.byteLength);
    return { bytes, release() {} };
  }

  async close(): Promise<void> {}
}
