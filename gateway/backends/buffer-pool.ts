/** Buffers of one size, kept for reuse: allocating and clearing a mebibyte costs more than reading it. */
export class BufferPool {
  readonly sizeBytes: number;
  readonly #maxKept: number;
  readonly #kept: Buffer[] = [];

  constructor({ sizeBytes, maxKept }: { sizeBytes: number; maxKept: number }) {
    this.sizeBytes = sizeBytes;
    this.#maxKept = maxKept;
  }

  take(): Buffer {
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(this.sizeBytes);
  }

  /** The caller must not touch the buffer any more. */
  give(buffer: Buffer): void {
    if (this.#kept.length < this.#maxKept) this.#kept.push(buffer);
  }
}
