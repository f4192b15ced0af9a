import { Worker } from 'node:worker_threads';
import type { Deferred } from '../hashing/deferred.ts';
import type { PasswordAnswer, PasswordTask } from './messages.ts';

/** A task that somebody waits for. */
export interface PasswordJob {
  readonly task: PasswordTask;
  readonly answer: Deferred<string | boolean>;
}

export interface PasswordWorkerOptions {
  readonly file: URL;
  /** Called after each job, when it is free for the next one. */
  readonly onFree: (tookMs: number) => void;
  /** Called once it does nothing any more; its job has been rejected. */
  readonly onLost: () => void;
}

/** A thread as the main thread sees it: it has one job or none. */
export class PasswordWorker {
  readonly #worker: Worker;
  readonly #options: PasswordWorkerOptions;
  #job: PasswordJob | undefined;
  #startedAt = 0;
  #cause: unknown;

  constructor(options: PasswordWorkerOptions) {
    this.#options = options;
    this.#worker = new Worker(options.file);
    this.#worker.unref();
    this.#worker.on('message', (answer: PasswordAnswer) => this.#end(answer));
    this.#worker.once('error', (error) => {
      this.#cause = error;
    });
    this.#worker.once('exit', () => this.#lose());
  }

  get isFree(): boolean {
    return this.#job === undefined;
  }

  /** Must be free. The process does not end before this one has. */
  begin(job: PasswordJob): void {
    this.#job = job;
    this.#startedAt = performance.now();
    this.#worker.ref();
    this.#worker.postMessage(job.task);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(answer: PasswordAnswer): void {
    const job = this.#job;
    this.#job = undefined;
    this.#worker.unref();
    if ('value' in answer) job?.answer.resolve(answer.value);
    else job?.answer.reject(new Error(`A password could not be hashed or compared: ${answer.error}`));
    this.#options.onFree(performance.now() - this.#startedAt);
  }

  #lose(): void {
    this.#job?.answer.reject(new Error('A thread that hashes passwords has ended.', { cause: this.#cause }));
    this.#job = undefined;
    this.#options.onLost();
  }
}
