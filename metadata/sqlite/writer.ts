import { Worker } from 'node:worker_threads';
import type { ConnectionOptions } from './connection.ts';
import { type MutationCall, type MutationOutcome, unwrapOutcome } from './group.ts';

/** More would lengthen the wait of those in the group more than it shortens the queue. */
const MAX_GROUP = 128;

interface Pending {
  readonly call: MutationCall;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Group commit. Calls that arrive while a group is being committed wait and form the next; when nothing is under way a
 * call goes at once, so that a single writer never waits for company.
 */
export class GroupWriter {
  readonly #worker: Worker;
  readonly #onCommit: () => void;
  readonly #exited: Promise<void>;
  #queue: Pending[] = [];
  #group: Pending[] | undefined;
  #scheduled = false;
  #closing = false;
  #idle: (() => void) | undefined;
  #broken: Error | undefined;

  /** `onCommit` is called before anybody is told of a commit. */
  constructor(options: ConnectionOptions, onCommit: () => void) {
    this.#onCommit = onCommit;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./writer-thread.${extension}`, import.meta.url), { workerData: options });
    this.#worker.on('message', (outcomes: MutationOutcome[]) => this.#settle(outcomes));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.once('exit', () => this.#fail(new Error('The metadata writer has stopped.')));
    this.#worker.unref();
  }

  /** Resolves when the call's transaction is durable; rejects with its `Failure`, or an `Error` when it broke. */
  submit(call: MutationCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined || this.#closing) {
        reject(this.#broken ?? new Error('The metadata is closed.'));
        return;
      }
      this.#queue.push({ call, resolve, reject });
      this.#schedule();
    });
  }

  /** Waits for what was submitted, then ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    // The thread alone must keep the process alive until it has closed the database.
    this.#worker.ref();
    if (this.#group !== undefined || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#broken === undefined) this.#worker.postMessage('close');
    await this.#exited;
  }

  /** Calls made in the same turn of the event loop go together: fewer messages, fewer syncs. */
  #schedule(): void {
    if (this.#scheduled || this.#group !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#group !== undefined || this.#queue.length === 0) return;
    this.#group = this.#queue.length > MAX_GROUP ? this.#queue.splice(0, MAX_GROUP) : this.#queue;
    if (this.#group === this.#queue) this.#queue = [];
    this.#worker.ref();
    this.#worker.postMessage(this.#group.map((pending) => pending.call));
  }

  #settle(outcomes: readonly MutationOutcome[]): void {
    const group = this.#group ?? [];
    this.#group = undefined;
    this.#onCommit();
    this.#flush();
    for (const [index, pending] of group.entries()) {
      try {
        pending.resolve(unwrapOutcome(outcomes[index] as MutationOutcome)); // one outcome a call
      } catch (error) {
        pending.reject(error);
      }
    }
    if (this.#group === undefined) {
      if (!this.#closing) this.#worker.unref();
      this.#idle?.();
    }
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    const lost = [...(this.#group ?? []), ...this.#queue];
    this.#group = undefined;
    this.#queue = [];
    for (const pending of lost) pending.reject(this.#broken);
    this.#idle?.();
  }
}
