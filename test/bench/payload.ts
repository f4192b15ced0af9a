import { createHash, type Hash, randomBytes } from 'node:crypto';

const TAIL_BYTES = 16;

/** A body in the pieces that it is written in. */
export interface Body {
  readonly pieces: readonly Buffer[];
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** Bodies of one size, each different, so that no server stores two as one; hashing one more costs only its tail. */
export class PayloadSeries {
  readonly #sizeBytes: number;
  readonly #shared: Buffer;
  readonly #sharedHash: Hash;
  #count = 0n;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#shared = randomBytes(sizeBytes - TAIL_BYTES);
    this.#sharedHash = createHash('sha256').update(this.#shared);
  }

  next(): Body {
    const tail = randomBytes(TAIL_BYTES);
    tail.writeBigUInt64BE(this.#count++);
    const sha256 = this.#sharedHash.copy().update(tail).digest('hex');
    return { pieces: [this.#shared, tail], sizeBytes: this.#sizeBytes, sha256 };
  }
}
