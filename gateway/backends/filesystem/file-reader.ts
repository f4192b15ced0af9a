import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { type BlobChunk, BlobMissing, type BlobReader, type ByteRange } from '../backend.ts';
import { BufferPool } from '../buffer-pool.ts';

const openAsync = promisify(open);
const closeAsync = promisify(close);

const LARGE = new BufferPool({ sizeBytes: 1 << 20, maxKept: 64 });
const SMALL = new BufferPool({ sizeBytes: 1 << 16, maxKept: 256 });

/** While one piece goes out to the client, the next is being read. */
const READS_IN_FLIGHT = 2;

/** Reads a range of a file in pooled buffers, two reads ahead of its consumer. */
export class FileReader implements BlobReader {
  readonly #descriptor: number;
  readonly #pool: BufferPool;
  readonly #end: number;
  readonly #ahead: Promise<BlobChunk>[] = [];
  #position: number;

  /** Rejects with `BlobMissing` when there is no such file. */
  static async open(path: string, location: string, range: ByteRange): Promise<FileReader> {
    try {
      return new FileReader(await openAsync(path, 'r'), range);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new BlobMissing(location, { cause: error });
      }
      throw error;
    }
  }

  private constructor(descriptor: number, range: ByteRange) {
    this.#descriptor = descriptor;
    this.#position = range.start;
    this.#end = range.end + 1;
    this.#pool = this.#end - range.start > SMALL.sizeBytes ? LARGE : SMALL;
  }

  async next(): Promise<BlobChunk | undefined> {
    while (this.#ahead.length < READS_IN_FLIGHT && this.#position < this.#end) {
      const length = Math.min(this.#pool.sizeBytes, this.#end - this.#position);
      const reading = this.#readChunk(this.#position, length);
      // Its failure is seen when its turn comes; until then it must not count as unhandled.
      reading.catch(() => undefined);
      this.#ahead.push(reading);
      this.#position += length;
    }
    return this.#ahead.shift();
  }

  async close(): Promise<void> {
    const pending = await Promise.allSettled(this.#ahead);
    for (const chunk of pending) if (chunk.status === 'fulfilled') chunk.value.release();
    await closeAsync(this.#descriptor);
  }

  async #readChunk(position: number, length: number): Promise<BlobChunk> {
    const buffer = this.#pool.take();
    try {
      await readFully({ descriptor: this.#descriptor, buffer, position, length });
    } catch (error) {
      this.#pool.give(buffer);
      throw error;
    }
    return { bytes: buffer.subarray(0, length), release: () => this.#pool.give(buffer) };
  }
}

interface Read {
  readonly descriptor: number;
  readonly buffer: Buffer;
  readonly position: number;
  readonly length: number;
}

function readFully({ descriptor, buffer, position, length }: Read): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = 0;
    const step = () => {
      read(descriptor, buffer, done, length - done, position + done, (error, count) => {
        if (error !== null) return reject(error);
        if (count === 0) return reject(new Error(`A blob ends at byte ${position + done}, before its recorded size.`));
        done += count;
        return done === length ? resolve() : step();
      });
    };
    step();
  });
}
