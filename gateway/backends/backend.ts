/** Bytes of a blob, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A piece of a blob. `release` gives the buffer back: call it once, when the bytes have been passed on. */
export interface BlobChunk {
  readonly bytes: Buffer;
  release(): void;
}

/** Reads a blob's bytes in order. */
export interface BlobReader {
  /** The next piece, or undefined after the last. Not called again before it has resolved. */
  next(): Promise<BlobChunk | undefined>;
  /** Ends reading early or late; called exactly once, also after a failed `next`. */
  close(): Promise<void>;
}

export interface StagedBlob {
  /** The backend's name for the bytes: opaque, unique for ever. */
  readonly location: string;
  readonly sizeBytes: number;
  /** To be called once the blob's fate is decided: a row refers to it, or nothing ever will. */
  settle(): void;
}

/** What `list` tells of a blob. */
export interface ListedBlob {
  readonly location: string;
  /** Milliseconds since the epoch: the last time that anything was written to it. */
  readonly modifiedAt: number;
  /** False while this process is staging it, or has not decided its fate. */
  readonly isSettled: boolean;
}

/** Locations in order: `from` included, `to` not. Without ends, all. */
export interface LocationRange {
  readonly from?: string;
  readonly to?: string;
}

/**
 * A store of immutable bytes. It knows neither buckets nor keys, never overwrites, and never decides what may be
 * removed.
 */
export interface Backend {
  /**
   * Called once, before anything else: makes sure that these bytes belong to this database, and marks an empty store as
   * its own. Rejects with {@link ForeignStore} otherwise: what a foreign database does not know, it would sweep away.
   */
  claim(owner: StoreOwner): Promise<void>;
  /**
   * Stores what the source yields. Resolves when the bytes are durable under a location that nobody has used before.
   * A chunk is not touched by the source after it was yielded. Rejects, having removed what it wrote, when the source
   * throws or with {@link BackendFull}. A crash leaves at worst bytes that `list` shows and nobody refers to.
   */
  stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob>;
  /** Opens a blob. Rejects with {@link BlobMissing} when there is none; a range must lie within the blob. */
  read(location: string, range: ByteRange): Promise<BlobReader>;
  /** Removes a blob. Removing what is not there succeeds. */
  discard(location: string): Promise<void>;
  /**
   * The blobs of a range, those being staged included, in batches and in the order of their locations. Locations are ids
   * (`gateway/ids.ts`): their order is that of time. What lies outside the range costs nothing.
   */
  list(range: LocationRange): AsyncIterable<readonly ListedBlob[]>;
  /** Bytes free for new blobs; undefined where the backend cannot tell. */
  freeBytes(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** The database that a store belongs to. */
export interface StoreOwner {
  readonly storeId: string;
  /** Whether the database refers to bytes: then an empty store is the wrong one. */
  readonly hasBlobs: boolean;
}

/** The bytes belong to another database, or the database to other bytes. */
export class ForeignStore extends Error {
  constructor(reason: string) {
    super(`The metadata and the blobs do not belong together: ${reason}`);
    this.name = 'ForeignStore';
  }
}

/** There is no room for the bytes. */
export class BackendFull extends Error {
  constructor(options?: { cause: unknown }) {
    super('The backend is full.', options);
    this.name = 'BackendFull';
  }
}

/** A blob that should be there is not. */
export class BlobMissing extends Error {
  constructor(location: string, options?: { cause: unknown }) {
    super(`The backend has no blob ${location}.`, options);
    this.name = 'BlobMissing';
  }
}
