import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';
import type { PreparedRequest } from './prepared-request.ts';

/** What came of sending for a while. */
export interface OpenLoopSlice {
  readonly latenciesMs: readonly number[];
  readonly failed: number;
  readonly firstFailure: string | undefined;
  /** By how much the latest request left after its time: what the load generator itself was kept waiting. */
  readonly worstDelayMs: number;
}

/**
 * Sends at a fixed rate on the average, whatever becomes of the requests before: a server that is slow gets no rest for
 * it. The gaps are those of clients who do not know of each other.
 */
export class OpenLoop {
  readonly #url: URL;
  readonly #idle: Connection[] = [];

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends each request once, over as many milliseconds as given, and waits for the last replies. */
  async run(requests: readonly PreparedRequest[], durationMs: number): Promise<OpenLoopSlice> {
    const latenciesMs: number[] = [];
    const failures: string[] = [];
    const pending: Promise<void>[] = [];
    let worstDelayMs = 0;
    const begun = performance.now();
    for (const [index, dueMs] of arrivals(requests.length, durationMs).entries()) {
      while (performance.now() - begun < dueMs) await sleep(Math.max(1, dueMs - (performance.now() - begun)));
      worstDelayMs = Math.max(worstDelayMs, performance.now() - begun - dueMs);
      pending.push(this.#send(requests[index]!, { latenciesMs, failures }));
    }
    await Promise.all(pending);
    return { latenciesMs, failed: failures.length, firstFailure: failures[0], worstDelayMs };
  }

  close(): void {
    for (const connection of this.#idle) connection.close();
  }

  async #send(request: PreparedRequest, tally: { latenciesMs: number[]; failures: string[] }): Promise<void> {
    const connection = this.#idle.pop() ?? new Connection(this.#url);
    const sentAt = performance.now();
    try {
      const { status, excerpt } = await connection.send(request);
      if (status >= 200 && status < 300) tally.latenciesMs.push(performance.now() - sentAt);
      else tally.failures.push(`${status} ${excerpt}`);
      this.#idle.push(connection);
    } catch (error) {
      tally.failures.push((error as Error).message);
    }
  }
}

/** Moments within a time, in order, at random. */
function arrivals(count: number, durationMs: number): number[] {
  return Array.from({ length: count }, () => Math.random() * durationMs).sort((one, other) => one - other);
}
