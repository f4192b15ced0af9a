import { availableParallelism } from 'node:os';
import { Failure } from '../../../metadata/index.ts';
import { deferred } from '../hashing/deferred.ts';
import type { PasswordTask } from './messages.ts';
import { type PasswordJob, PasswordWorker } from './password-worker.ts';

export interface PasswordPoolOptions {
  /** How many threads there are at most; absent: one core stays free for requests, and more than four help nobody. */
  readonly threads?: number;
  /** Nobody waits longer for a turn. */
  readonly maxWaitMs?: number;
  /** What the threads run. */
  readonly file?: URL;
}

const MAX_THREADS = 4;
const MAX_WAIT_MS = 3000;
/** What a job is taken to last before one has been seen, in milliseconds. */
const FIRST_GUESS_MS = 20;
/** How much the latest job says about the next one. */
const LATEST_WEIGHT = 0.1;

/**
 * Hashes passwords on threads of their own. Each hash takes a core for many milliseconds: on the main thread everybody
 * would wait for it, and on libuv's threads the blobs. Threads start as they are needed.
 */
export class PasswordPool {
  readonly #options: Required<PasswordPoolOptions>;
  readonly #workers = new Set<PasswordWorker>();
  #waiting: PasswordJob[] = [];
  #msPerJob = FIRST_GUESS_MS;
  #isClosed = false;

  constructor(options: PasswordPoolOptions = {}) {
    this.#options = {
      threads: Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1)),
      maxWaitMs: MAX_WAIT_MS,
      file: new URL(`./password-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
      ...options,
    };
  }

  /**
   * @throws Failure `SlowDown` (detail `RetryAfter`, seconds) when too many wait for their turn, or the pool is closed;
   * Error when the thread ends meanwhile: another takes its place
   */
  async run(task: PasswordTask): Promise<string | boolean> {
    // Whoever is next is never refused: a slow job once would else be the last that was measured.
    const waitMs = (this.#waiting.length * this.#msPerJob) / this.#options.threads;
    if (this.#isClosed || waitMs > this.#options.maxWaitMs) throw slowDown(waitMs);
    const job = { task, answer: deferred<string | boolean>() };
    this.#waiting.push(job);
    this.#assign();
    return job.answer.promise;
  }

  /** Whoever still waits for a turn is told to come back later. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { answer } of this.#waiting) answer.reject(slowDown(0));
    this.#waiting = [];
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#freeWorker();
      if (worker === undefined) return;
      worker.begin(this.#waiting.shift() as PasswordJob); // there is one, or the loop would have ended
    }
  }

  #freeWorker(): PasswordWorker | undefined {
    for (const worker of this.#workers) if (worker.isFree) return worker;
    return this.#workers.size < this.#options.threads ? this.#addWorker() : undefined;
  }

  #addWorker(): PasswordWorker {
    const worker = new PasswordWorker({
      file: this.#options.file,
      onFree: (tookMs) => {
        this.#msPerJob += (tookMs - this.#msPerJob) * LATEST_WEIGHT;
        this.#assign();
      },
      onLost: () => {
        this.#workers.delete(worker);
        this.#assign();
      },
    });
    this.#workers.add(worker);
    return worker;
  }
}

function slowDown(waitMs: number): Failure {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new Failure('SlowDown', 'Too many passwords are waiting to be checked.', { RetryAfter: String(seconds) });
}
