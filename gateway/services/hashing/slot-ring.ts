const SLOT_BYTES = 256 * 1024;
const SLOTS = 4;
const MAX_KEPT = 16;

const kept: SlotRing[] = [];

/** Memory that two threads share: slots filled by the one, read by the other, in turn. */
export class SlotRing {
  readonly memory = new SharedArrayBuffer(SLOT_BYTES * SLOTS);
  readonly #bytes = new Uint8Array(this.memory);
  #slot = 0;
  #filled = 0;
  #sealed = 0;

  /** A ring that nobody uses. */
  static take(): SlotRing {
    return kept.pop() ?? new SlotRing();
  }

  /** Gives the ring back, once the other side has read all. */
  give(): void {
    this.#filled = 0;
    if (kept.length < MAX_KEPT) kept.push(this);
  }

  /** Whether every slot waits to be read. */
  get isFull(): boolean {
    return this.#sealed === SLOTS;
  }

  get isSlotFull(): boolean {
    return this.#filled === SLOT_BYTES;
  }

  /** Copies what fits into the current slot and returns how much that was. There must be a free slot. */
  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.byteLength, SLOT_BYTES - this.#filled);
    this.#bytes.set(bytes.subarray(0, count), this.#slot * SLOT_BYTES + this.#filled);
    this.#filled += count;
    return count;
  }

  /** Closes the current slot for the other side to read; undefined when there is nothing in it. */
  seal(): { readonly offset: number; readonly length: number } | undefined {
    if (this.#filled === 0) return undefined;
    const sealed = { offset: this.#slot * SLOT_BYTES, length: this.#filled };
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#filled = 0;
    this.#sealed += 1;
    return sealed;
  }

  /** The oldest sealed slot has been read. */
  free(): void {
    this.#sealed -= 1;
  }
}
