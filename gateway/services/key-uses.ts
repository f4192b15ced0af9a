import type { Metadata } from '../../metadata/index.ts';

const MINUTE_MS = 60_000;
/** Others wait for a transaction. */
const MAX_BATCH = 1000;

/** When keys were used last, to the minute: kept in memory, and written by a job and not by requests. */
export class KeyUses {
  readonly #metadata: Metadata;
  /** By access key: minutes since the epoch, small integers that cost a request nothing to keep. */
  #minutes = new Map<string, number>();

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** Only for who has proven to hold the secret. */
  note(accessKey: string, nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (this.#minutes.get(accessKey) !== minute) this.#minutes.set(accessKey, minute);
  }

  /** Writes what has been noted since. What could not be written is written the next time. */
  async flush(): Promise<void> {
    const uses = [...this.#minutes];
    this.#minutes = new Map();
    for (let written = 0; written < uses.length; written += MAX_BATCH) {
      try {
        await this.#write(uses.slice(written, written + MAX_BATCH));
      } catch (error) {
        for (const [accessKey, minute] of uses.slice(written)) this.#keep(accessKey, minute);
        throw error;
      }
    }
  }

  async #write(uses: readonly (readonly [string, number])[]): Promise<void> {
    await this.#metadata.mutations.recordKeyUses({
      uses: uses.map(([accessKey, minute]) => ({ accessKey, at: new Date(minute * MINUTE_MS).toISOString() })),
    });
  }

  #keep(accessKey: string, minute: number): void {
    if ((this.#minutes.get(accessKey) ?? 0) < minute) this.#minutes.set(accessKey, minute);
  }
}
