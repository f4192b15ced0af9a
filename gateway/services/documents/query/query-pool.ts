import { Worker } from 'node:worker_threads';
import { Failure } from '../../../../metadata/index.ts';
import { type Deferred, deferred } from '../../hashing/deferred.ts';
import { FairQueue } from './fair-queue.ts';
import type { FromQueryThread } from './messages.ts';
import { packRequest, type ReadRequest, type ReadResult } from './read-request.ts';

export interface QueryPoolOptions {
  /** Of the database. */
  readonly path: string;
  readonly threads: number;
  /** After so long without work a thread ends. */
  readonly idleMs?: number | undefined;
}

interface Job {
  readonly request: ReadRequest;
  readonly outcome: Deferred<ReadResult>;
  /** Ends it when its time is over. */
  readonly timer: NodeJS.Timeout;
  isOver: boolean;
}

export interface ThreadedRead {
  readonly accountId: string;
  /** From now on, with the time that it waits. */
  readonly maxTimeMs: number;
}

const IDLE_MS = 60_000;
/** A thread keeps what it has prepared for each kind of filter: it makes room for another. */
const MAX_JOBS = 10_000;

/** Threads that read documents. A read whose time is over is ended with the thread that works on it. */
export class QueryPool {
  readonly #options: QueryPoolOptions;
  readonly #queue = new FairQueue<Job>();
  readonly #threads = new Set<QueryThread>();
  #isClosed = false;

  constructor(options: QueryPoolOptions) {
    this.#options = options;
  }

  /** @throws Failure `TimeExceeded`, and all that `runRead` throws */
  run(request: ReadRequest, { accountId, maxTimeMs }: ThreadedRead): Promise<ReadResult> {
    if (this.#isClosed) return Promise.reject(new Error('The gateway is closing.'));
    const outcome = deferred<ReadResult>();
    const job: Job = { request, outcome, isOver: false, timer: setTimeout(() => this.#expire(job), maxTimeMs) };
    this.#queue.push(accountId, job);
    this.#dispatch();
    return outcome.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const error = new Error('The gateway is closing.');
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift())
      settle(job, () => job?.outcome.reject(error));
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, error)));
  }

  #dispatch(): void {
    while (!this.#isClosed && this.#queue.size > 0) {
      const thread = [...this.#threads].find(({ isIdle }) => isIdle) ?? this.#addThread();
      if (thread === undefined) return;
      const job = this.#queue.shift();
      if (job !== undefined && !job.isOver) thread.start(job);
    }
  }

  #addThread(): QueryThread | undefined {
    if (this.#threads.size >= this.#options.threads) return undefined;
    const thread = new QueryThread(this.#options, {
      onFree: () => this.#dispatch(),
      onLost: (error) => void this.#end(thread, error),
    });
    this.#threads.add(thread);
    return thread;
  }

  #expire(job: Job): void {
    if (job.isOver) return;
    const failure = new Failure('TimeExceeded', 'operation exceeded time limit');
    const thread = [...this.#threads].find((each) => each.job === job);
    settle(job, () => job.outcome.reject(failure));
    if (thread !== undefined) void this.#end(thread, failure);
  }

  /** Another one takes its place when there is something to do. */
  async #end(thread: QueryThread, error: Error): Promise<void> {
    if (!this.#threads.has(thread)) return;
    await thread.end(error);
    this.#threads.delete(thread);
    this.#dispatch();
  }
}

function settle(job: Job, tell: () => void): void {
  if (job.isOver) return;
  job.isOver = true;
  clearTimeout(job.timer);
  tell();
}

interface ThreadEvents {
  onFree(): void;
  onLost(error: Error): void;
}

class QueryThread {
  job: Job | undefined;
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #idleMs: number;
  #isEnding = false;
  #jobCount = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor({ path, idleMs = IDLE_MS }: QueryPoolOptions, events: ThreadEvents) {
    this.#events = events;
    this.#idleMs = idleMs;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./query-thread.${extension}`, import.meta.url), { workerData: { path } });
    this.#worker.unref();
    this.#worker.on('message', (message: FromQueryThread) => this.#receive(message));
    this.#worker.once('error', (error) => events.onLost(asError(error)));
    this.#worker.once('exit', () => events.onLost(new Error('A thread that reads documents has stopped.')));
  }

  get isIdle(): boolean {
    return this.job === undefined && !this.#isEnding;
  }

  start(job: Job): void {
    clearTimeout(this.#idle);
    this.job = job;
    this.#worker.postMessage({ request: packRequest(job.request) });
  }

  async end(error: Error): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#idle);
    const { job } = this;
    if (job !== undefined) settle(job, () => job.outcome.reject(error));
    await this.#worker.terminate();
  }

  #receive(message: FromQueryThread): void {
    const { job } = this;
    this.job = undefined;
    if (job !== undefined) settle(job, () => conclude(job, message));
    if (this.#isEnding) return;
    this.#jobCount += 1;
    if (this.#jobCount >= MAX_JOBS) {
      this.#events.onLost(new Error('The thread has done enough.'));
      return;
    }
    this.#idle = setTimeout(() => this.#events.onLost(new Error('The thread had nothing to do.')), this.#idleMs);
    this.#idle.unref();
    this.#events.onFree();
  }
}

function conclude({ outcome }: Job, message: FromQueryThread): void {
  if (message.ok) outcome.resolve(message.result);
  else if (message.code !== undefined) outcome.reject(new Failure(message.code, message.message, message.detail));
  else outcome.reject(new Error(message.message));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
