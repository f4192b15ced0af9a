import type { Backend, BlobChunk, BlobReader, ByteRange } from '../backends/index.ts';

/** Bytes of an object that are on their way to a client: at hand, or to be read piece by piece. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly sizeBytes: number; readonly reader: BlobReader };

/** A stretch of an object that one blob holds. */
export interface Segment {
  readonly location: string;
  readonly sizeBytes: number;
}

/** Reads a range that may span many blobs, as if they were one. */
export class SegmentReader implements BlobReader {
  readonly #backend: Backend;
  readonly #pending: { readonly location: string; readonly range: ByteRange }[];
  #current: BlobReader | undefined;

  constructor({ backend, segments, range }: { backend: Backend; segments: readonly Segment[]; range: ByteRange }) {
    this.#backend = backend;
    this.#pending = cut(segments, range);
  }

  async next(): Promise<BlobChunk | undefined> {
    for (;;) {
      if (this.#current === undefined) {
        const segment = this.#pending.shift();
        if (segment === undefined) return undefined;
        this.#current = await this.#backend.read(segment.location, segment.range);
      }
      const chunk = await this.#current.next();
      if (chunk !== undefined) return chunk;
      await this.close();
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.close();
  }
}

/** The segments that a range touches, each with its share of it. */
function cut(segments: readonly Segment[], { start, end }: ByteRange): { location: string; range: ByteRange }[] {
  const shares: { location: string; range: ByteRange }[] = [];
  let offset = 0;
  for (const { location, sizeBytes } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, sizeBytes - 1);
    if (from <= to) shares.push({ location, range: { start: from, end: to } });
    offset += sizeBytes;
    if (offset > end) break;
  }
  return shares;
}
