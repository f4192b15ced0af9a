import type { BlobChunk, BlobReader } from '../../backends/index.ts';
import { CorruptBlob } from './frames.ts';

const NOTHING = Buffer.alloc(0);

/** A reader's bytes in pieces of the sizes that are asked for, whatever pieces it reads in. */
export class StoredBytes {
  readonly #reader: BlobReader;
  #chunk: BlobChunk | undefined;
  #rest: Buffer = NOTHING;

  constructor(reader: BlobReader) {
    this.#reader = reader;
  }

  /** At least one byte and at most so many, good until more is taken. @throws CorruptBlob when there are none */
  async take(maxBytes: number): Promise<Buffer> {
    while (this.#rest.byteLength === 0) await this.#advance();
    const taken = this.#rest.subarray(0, maxBytes);
    this.#rest = this.#rest.subarray(taken.byteLength);
    return taken;
  }

  /** So many bytes, to keep. @throws CorruptBlob when there are fewer */
  async takeAll(sizeBytes: number): Promise<Buffer> {
    const all = Buffer.allocUnsafe(sizeBytes);
    for (let at = 0; at < sizeBytes; ) at += (await this.take(sizeBytes - at)).copy(all, at);
    return all;
  }

  async close(): Promise<void> {
    this.#release();
    await this.#reader.close();
  }

  async #advance(): Promise<void> {
    this.#release();
    this.#chunk = await this.#reader.next();
    if (this.#chunk === undefined) throw new CorruptBlob('it ends early');
    this.#rest = this.#chunk.bytes;
  }

  #release(): void {
    this.#chunk?.release();
    this.#chunk = undefined;
    this.#rest = NOTHING;
  }
}
