/** A job that runs again and again until it is stopped. */
export interface RepeatingJob {
  /** Resolves when the run under way, if any, has ended. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  readonly intervalMs: number;
  run(): Promise<void>;
  /** Told of a run that failed; the next one comes all the same. */
  onError(error: unknown): void;
}

/** Runs a job an interval after its last run ended: runs never overlap. */
export function repeat({ intervalMs, run, onError }: RepeatOptions): RepeatingJob {
  let running = Promise.resolve();
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => {
      running = run()
        .catch(onError)
        .then(() => {
          if (!isStopped) schedule();
        });
    }, intervalMs);
    timer.unref();
  };
  schedule();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
