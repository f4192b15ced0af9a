import { close, constants, fdatasync, open, writev } from 'node:fs';
import { promisify } from 'node:util';

const openAsync = promisify(open);
const closeAsync = promisify(close);
const fdatasyncAsync = promisify(fdatasync);

/** Large enough that system calls do not matter, small enough to stay in memory twice an upload. */
const BATCH_BYTES = 1 << 20;
/** Of the smallest chunks; what one write takes at most (IOV_MAX). */
const BATCH_CHUNKS = 1024;
const CREATE_NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** Writes a new file from chunks, gathering them into large writes; one write runs while the next is gathered. */
export class FileWriter {
  readonly #descriptor: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  sizeBytes = 0;

  /** Fails when the file exists: nothing is ever overwritten. */
  static async create(path: string): Promise<FileWriter> {
    return new FileWriter(await openAsync(path, CREATE_NEW, 0o600));
  }

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Resolves when another chunk may come: backpressure. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.byteLength;
    if (this.#gatheredBytes >= BATCH_BYTES || this.#gathered.length >= BATCH_CHUNKS) await this.#flush();
  }

  /** Resolves when all is in the file and, where asked for, on the disk. */
  async finish({ sync }: { sync: boolean }): Promise<void> {
    await this.#flush();
    await this.#writing;
    if (sync) await fdatasyncAsync(this.#descriptor);
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await closeAsync(this.#descriptor);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#gathered.length === 0) return;
    const batch = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#writing = this.#writeBatch(batch);
    // Its failure is met by the next flush, or by finish.
    this.#writing.catch(() => undefined);
  }

  async #writeBatch(batch: readonly Uint8Array[]): Promise<void> {
    let rest = batch;
    while (rest.length > 0) {
      const written = await writeSome(this.#descriptor, { chunks: rest, position: this.sizeBytes });
      this.sizeBytes += written;
      rest = dropBytes(rest, written);
    }
  }
}

function writeSome(
  descriptor: number,
  { chunks, position }: { chunks: readonly Uint8Array[]; position: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(descriptor, chunks, position, (error, written) => (error === null ? resolve(written) : reject(error)));
  });
}

/** What a short write left. */
function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (skip >= chunk.byteLength) skip -= chunk.byteLength;
    else {
      rest.push(skip === 0 ? chunk : chunk.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
