import type { Connection, Outcome } from './connection.ts';
import type { PreparedRequest } from './prepared-request.ts';

/** What to send, and for how long. */
export interface SliceInput {
  readonly connections: readonly Connection[];
  readonly requests: readonly PreparedRequest[];
  readonly durationMs: number;
  /** Send each request once at most, instead of starting over. */
  readonly once?: boolean;
}

/** What came of it. */
export interface Slice {
  readonly operations: number;
  readonly failed: number;
  /** Body bytes, sent and received. */
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly latenciesMs: readonly number[];
  readonly firstFailure: string | undefined;
}

/** Keeps every connection busy until the time or the requests are used up, and waits for the last replies. */
export async function runSlice(input: SliceInput): Promise<Slice> {
  const tally = {
    operations: 0,
    failed: 0,
    bytes: 0,
    latenciesMs: [] as number[],
    firstFailure: undefined as string | undefined,
  };
  const startedAt = performance.now();
  const deadline = startedAt + input.durationMs;
  let index = 0;

  function take(): PreparedRequest | undefined {
    if (input.once && index >= input.requests.length) return undefined;
    return input.requests[index++ % input.requests.length];
  }

  async function drive(connection: Connection): Promise<void> {
    let now = performance.now();
    while (now < deadline) {
      const request = take();
      if (request === undefined) return;
      const outcome = await connection.send(request).catch(brokenOff);
      const finishedAt = performance.now();
      if (outcome.status >= 200 && outcome.status < 300) {
        tally.operations++;
        tally.bytes += request.bodyBytes + outcome.bodyBytes;
        tally.latenciesMs.push(finishedAt - now);
      } else {
        tally.failed++;
        tally.firstFailure ??= `${outcome.status} ${outcome.excerpt}`;
      }
      now = finishedAt;
    }
  }

  await Promise.all(input.connections.map(drive));
  return { ...tally, elapsedMs: performance.now() - startedAt };
}

function brokenOff(error: Error): Outcome {
  return { status: 0, bodyBytes: 0, excerpt: error.message };
}
