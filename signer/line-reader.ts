const LINE_FEED = 0x0a;

/** Gathers one line after another from buffers that break anywhere. */
export class LineReader {
  readonly #limitBytes: number;
  readonly #tooLong: () => Error;
  #partial = '';

  /** `tooLong` makes the error for a line over `limitBytes`, whether its end has come or not. */
  constructor(limitBytes: number, tooLong: () => Error) {
    this.#limitBytes = limitBytes;
    this.#tooLong = tooLong;
  }

  /** What has come of a line that has not ended. */
  get partial(): string {
    return this.#partial;
  }

  /** Reads on from `offset`: the line without its line feed once that is there, and where the next one begins. */
  read(bytes: Buffer, offset: number): { readonly line: string | undefined; readonly next: number } {
    const feed = bytes.indexOf(LINE_FEED, offset);
    const end = feed < 0 ? bytes.length : feed;
    if (this.#partial.length + end - offset > this.#limitBytes) throw this.#tooLong();
    const text = this.#partial + bytes.toString('latin1', offset, end);
    this.#partial = feed < 0 ? text : '';
    return feed < 0 ? { line: undefined, next: end } : { line: text, next: feed + 1 };
  }
}
