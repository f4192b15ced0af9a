import { setImmediate as nextTurn } from 'node:timers/promises';

/** A page of any list: how much is on it is all that counts here. */
interface Page {
  readonly rows: readonly unknown[];
  readonly commonPrefixes: readonly string[];
}

export interface PageFigures {
  readonly entries: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

const RUNS = 21;

/** How long a page takes, read again and again. */
export async function timePages(list: () => Promise<Page>): Promise<PageFigures> {
  // Reads of one turn of the event loop share a snapshot: each of ours comes in a turn of its own, as requests do.
  await nextTurn();
  const { rows, commonPrefixes } = await list();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    await nextTurn();
    const startedAt = performance.now();
    await list();
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const round = (ms = 0) => Math.round(ms * 100) / 100;
  return {
    entries: rows.length + commonPrefixes.length,
    medianMs: round(times[RUNS >> 1]),
    worstMs: round(times.at(-1)),
  };
}
