import { setImmediate } from 'node:timers/promises';
import { type DocumentChangeRow, Failure, type Metadata } from '../../../../metadata/index.ts';

export interface ChangeLogOptions {
  readonly metadata: Metadata;
  /** How often other gateways' commits are looked for. */
  readonly pollMs?: number;
  /** How many rows are kept for those who follow: of some 200 bytes each. */
  readonly kept?: number;
}

/** Rows behind a place, in their order, and how far the log was read for them. */
export interface ChangePage {
  readonly rows: readonly DocumentChangeRow[];
  readonly upTo: number;
}

const POLL_MS = 1000;
/** Events that are looked at in one go. */
const WINDOW = 1000;
const KEPT = 10_000;
/** Rows of one answer. */
const PAGE = 500;

/**
 * The log of what happened to documents. One reader follows it for all who watch, woken by each commit of this process and
 * looking once a second for those of others; it keeps the last changes for whoever keeps up. Who does not reads the log
 * itself, at its own pace.
 */
export class ChangeLog {
  readonly #metadata: Metadata;
  readonly #pollMs: number;
  readonly #kept: number;
  /** The rows of all events behind `#from` and up to `#head`. */
  #rows: DocumentChangeRow[] = [];
  #from = 0;
  #head = 0;
  #watchers = 0;
  #stopListening: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #isBehind = false;
  #isClosed = false;
  /** Whether it is known where to begin. */
  #isPlaced = false;
  readonly #waiting = new Set<() => void>();

  constructor({ metadata, pollMs = POLL_MS, kept = KEPT }: ChangeLogOptions) {
    this.#metadata = metadata;
    this.#pollMs = pollMs;
    this.#kept = kept;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Begins to follow the log, until the function that it resolves to is called. Resolves to where the log ends, too. */
  async follow(): Promise<{ readonly head: number; stop(): void }> {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#start();
    await this.#advance();
    let isStopped = false;
    const stop = () => {
      if (isStopped) return;
      isStopped = true;
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#stop();
    };
    return { head: this.#head, stop };
  }

  /**
   * What is behind a place, as far as it is known by now, at most a page: for who follows.
   * @throws Failure `HistoryLost` where events behind it are forgotten
   */
  async read(after: number): Promise<ChangePage> {
    if (after < this.#from) return this.#readStored(after);
    const first = firstBehind(this.#rows, after);
    const rows = this.#rows.slice(first, first + PAGE);
    return { rows, upTo: first + PAGE < this.#rows.length ? (rows.at(-1)?.seq ?? after) : Math.max(after, this.#head) };
  }

  /** Resolves when the log goes on behind a place, after so long, or when it is closed or nobody wants to know any more. */
  async wait(after: number, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<void> {
    if (this.#head > after || this.#isClosed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiting.add(end);
      signal.addEventListener('abort', end);
    });
  }

  /** Ends all that follow it. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#tell();
  }

  async #readStored(after: number): Promise<ChangePage> {
    await setImmediate(); // others have their turn while it is read from far behind
    const { queries } = this.#metadata;
    const upTo = Math.min(after + WINDOW, this.#head);
    const rows = await queries.listDocumentChanges({ after, upTo });
    // Afterwards: what was forgotten meanwhile would be missing.
    const { first } = await queries.findEventRange();
    if (first > after + 1) throw historyLost();
    return { rows, upTo };
  }

  #start(): void {
    this.#rows = [];
    this.#isPlaced = false;
    // What cannot be read now is read with the next look.
    const look = () => void this.#advance().catch(() => undefined);
    const stopListening = this.#metadata.onCommit(look);
    const timer = setInterval(look, this.#pollMs);
    timer.unref();
    this.#stopListening = () => {
      stopListening();
      clearInterval(timer);
    };
  }

  #stop(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Reads what is new; where it is being read, once more afterwards. */
  #advance(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#isBehind = true;
      return this.#reading;
    }
    this.#reading = this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    do {
      await setImmediate(); // commits of the same turn are read together
      this.#isBehind = false;
      if (this.#stopListening === undefined) return;
      const { last } = await this.#metadata.queries.findEventRange();
      if (!this.#isPlaced) {
        this.#from = last;
        this.#head = last;
        this.#isPlaced = true;
      }
      while (this.#head < last) await this.#readWindow(last);
    } while (this.#isBehind);
  }

  async #readWindow(last: number): Promise<void> {
    const upTo = Math.min(this.#head + WINDOW, last);
    const rows = await this.#metadata.queries.listDocumentChanges({ after: this.#head, upTo });
    this.#rows.push(...rows);
    this.#head = upTo;
    if (this.#rows.length > this.#kept) {
      const gone = this.#rows.splice(0, this.#rows.length - this.#kept);
      this.#from = gone.at(-1)?.seq ?? this.#from;
    }
    this.#tell();
  }

  #tell(): void {
    for (const end of this.#waiting) end();
  }
}

function firstBehind(rows: readonly DocumentChangeRow[], after: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.seq ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function historyLost(): Failure {
  return new Failure(
    'HistoryLost',
    'The log of changes does not go back so far: read the collection, and watch from now on.',
  );
}
