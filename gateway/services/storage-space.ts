import { Failure } from '../../metadata/index.ts';

const LOOK_INTERVAL_MS = 1000;

/** Tells how many bytes are free in one place; undefined where it cannot. */
export type FreeBytes = () => Promise<number | undefined>;

/**
 * Keeps some of the disk free: below the reserve new bytes are refused, so that the database can still record deletes
 * and the gateway keeps answering. Looks once a second while there are writes, and counts what it grants in between:
 * a fast disk is filled in less.
 */
export class StorageSpace {
  readonly #places: readonly FreeBytes[];
  readonly #reserveBytes: number;
  #freeBytes = Number.POSITIVE_INFINITY;
  #grantedBytes = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isLooking = false;

  private constructor(places: readonly FreeBytes[], reserveBytes: number) {
    this.#places = places;
    this.#reserveBytes = reserveBytes;
  }

  /** Resolves after the first look. Of several places the fullest counts. */
  static async watch(places: readonly FreeBytes[], reserveBytes: number): Promise<StorageSpace> {
    const space = new StorageSpace(places, reserveBytes);
    await space.#look();
    return space;
  }

  /**
   * Grants room for so many new bytes, or none.
   * @throws Failure `InsufficientStorage`
   */
  require(sizeBytes = 0): void {
    if (performance.now() - this.#lookedAt > LOOK_INTERVAL_MS) void this.#look();
    if (this.#reserveBytes === 0) return;
    if (this.#freeBytes - this.#grantedBytes - sizeBytes < this.#reserveBytes) throw new Failure('InsufficientStorage');
    this.#grantedBytes += sizeBytes;
  }

  /**
   * Makes sure that there is room for what may come later, and grants none of it.
   * @throws Failure `InsufficientStorage`
   */
  requireRoom(sizeBytes: number): void {
    this.require();
    if (this.#reserveBytes === 0) return;
    if (this.#freeBytes - this.#grantedBytes - sizeBytes < this.#reserveBytes) throw new Failure('InsufficientStorage');
  }

  /** A look that fails says nothing: the write itself will tell. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#lookedAt = performance.now();
    const grantedBefore = this.#grantedBytes;
    const free = await Promise.all(this.#places.map((look) => look().catch(() => undefined)));
    this.#freeBytes = Math.min(...free.map((bytes) => bytes ?? Number.POSITIVE_INFINITY));
    // What was granted during the look may not have been written when it was taken.
    this.#grantedBytes -= grantedBefore;
    this.#isLooking = false;
  }
}

export interface StorageSpacesOptions {
  /** The disk of the database, in which no more than `inlineLimitBytes` of a body are kept. */
  readonly metadata: StorageSpace;
  readonly inlineLimitBytes: number;
  /** Of the blobs of each storage class; the default one has no name. */
  readonly blobs: ReadonlyMap<string | undefined, StorageSpace>;
}

/** The room for bodies: what is large takes none of the disk of the database. */
export class StorageSpaces {
  readonly #options: StorageSpacesOptions;

  constructor(options: StorageSpacesOptions) {
    this.#options = options;
  }

  /** Grants room for so many new bytes of a storage class, or none. @throws Failure `InsufficientStorage` */
  require(sizeBytes: number, store: string | undefined): void {
    const { metadata, inlineLimitBytes, blobs } = this.#options;
    metadata.require(Math.min(sizeBytes, inlineLimitBytes));
    blobs.get(store)?.require(sizeBytes);
  }

  /** Makes sure that there is room for what may come later, and grants none of it. @throws Failure `InsufficientStorage` */
  requireRoom(sizeBytes: number, store: string | undefined): void {
    this.#options.metadata.require();
    this.#options.blobs.get(store)?.requireRoom(sizeBytes);
  }

  /** Makes sure that there is any room at all, in every place. @throws Failure `InsufficientStorage` */
  requireAny(): void {
    this.#options.metadata.require();
    for (const space of this.#options.blobs.values()) space.require();
  }
}
