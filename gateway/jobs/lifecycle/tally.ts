import { Failure } from '../../../metadata/index.ts';
import type { LifecycleJob, LifecycleResult } from './job.ts';

/** Something that is due. */
export interface Task {
  /** What it counts as, once it is done. */
  readonly kind: Exclude<keyof LifecycleResult, 'locked' | 'failed'>;
  readonly bucket: string;
  readonly key: string;
  /** Resolves to whether it was done: it is not where things have changed since it fell due. */
  run(): Promise<boolean>;
}

/** A broken disk breaks everything: a pass tells of so many failures and counts the rest. */
const MAX_TOLD = 10;

/** Does what is due, and counts what came of it. */
export class Tally {
  readonly #job: LifecycleJob;
  readonly #counts = {
    expired: 0,
    deleted: 0,
    markersRemoved: 0,
    transitioned: 0,
    uploadsAborted: 0,
    locked: 0,
    failed: 0,
  };

  constructor(job: LifecycleJob) {
    this.#job = job;
  }

  get result(): LifecycleResult {
    return { ...this.#counts };
  }

  /** Runs tasks, at most so many at a time. None fails but for itself. Takes on no more once the job is to end. */
  async run(tasks: readonly Task[], atOnce: number): Promise<void> {
    const waiting = tasks.values();
    const work = async () => {
      for (const task of waiting) {
        if (this.#job.signal?.aborted) return;
        await this.#attempt(task);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, work));
  }

  async #attempt(task: Task): Promise<void> {
    try {
      if (await task.run()) this.#counts[task.kind] += 1;
    } catch (error) {
      this.#count(task, error);
    }
  }

  #count({ bucket, key }: Task, error: unknown): void {
    if (this.#job.signal?.aborted || hasGone(error)) return;
    if (error instanceof Failure && error.code === 'AccessDenied') {
      this.#counts.locked += 1;
      return;
    }
    this.#counts.failed += 1;
    if (this.#counts.failed <= MAX_TOLD) this.#job.onFailure(error, { bucket, key });
  }
}

/** What a client has completed, aborted, overwritten or deleted meanwhile needs nothing any more. */
const GONE: ReadonlySet<string> = new Set(['NoSuchUpload', 'NoSuchKey', 'NoSuchBucket']);

function hasGone(error: unknown): boolean {
  return error instanceof Failure && GONE.has(error.code);
}
