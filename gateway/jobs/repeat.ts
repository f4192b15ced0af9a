/** A job that runs again and again until it is stopped. */
export interface RepeatingJob {
  /** Asks the run under way, if any, to end, and resolves when it has. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  readonly intervalMs: number;
  /** Before the first run; left out, an interval. */
  readonly delayMs?: number;
  run(signal: AbortSignal): Promise<void>;
  /** Told of a run that failed; the next one comes all the same. */
  onError(error: unknown): void;
}

/** Runs a job an interval after its last run ended: runs never overlap. */
export function repeat({ intervalMs, delayMs = intervalMs, run, onError }: RepeatOptions): RepeatingJob {
  let running = Promise.resolve();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout;
  const schedule = (afterMs: number) => {
    timer = setTimeout(() => {
      running = run(stopping.signal)
        .catch(onError)
        .then(() => {
          if (!stopping.signal.aborted) schedule(intervalMs);
        });
    }, afterMs);
    timer.unref();
  };
  schedule(delayMs);
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
