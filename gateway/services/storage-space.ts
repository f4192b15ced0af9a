import { Failure } from '../../metadata/index.ts';
import type { Backend } from '../backends/index.ts';

const LOOK_INTERVAL_MS = 1000;

/**
 * Keeps some of the disk free: below the reserve new bytes are refused, so that the database can still record deletes
 * and the gateway keeps answering. Looks once a second while there are writes.
 */
export class StorageSpace {
  readonly #backend: Backend;
  readonly #reserveBytes: number;
  #freeBytes: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  private constructor(backend: Backend, reserveBytes: number) {
    this.#backend = backend;
    this.#reserveBytes = reserveBytes;
  }

  /** Resolves after the first look. */
  static async watch(backend: Backend, reserveBytes: number): Promise<StorageSpace> {
    const space = new StorageSpace(backend, reserveBytes);
    await space.#look();
    return space;
  }

  /** @throws Failure `InsufficientStorage` */
  require(): void {
    if (performance.now() - this.#lookedAt > LOOK_INTERVAL_MS) void this.#look();
    if (this.#freeBytes === undefined || this.#freeBytes >= this.#reserveBytes) return;
    throw new Failure('InsufficientStorage');
  }

  /** A look that fails says nothing: the write itself will tell. */
  async #look(): Promise<void> {
    this.#lookedAt = performance.now();
    this.#freeBytes = await this.#backend.freeBytes().catch(() => undefined);
  }
}
