const ROUNDS = 5;

/** The best of a few rounds, in microseconds a call: the machine only ever makes it slower. */
export function microsecondsPerCall(calls: number, action: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) action();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / calls);
  }
  return best;
}
