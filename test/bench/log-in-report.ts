import type { LogInPlan, Round, Turn } from './log-in-rounds.ts';
import type { OpenLoopSlice } from './open-loop.ts';

/** The rounds as a Markdown table, under what there is to know of the log-ins and of the load generator. */
export function renderLogInReport(plan: LogInPlan, rounds: readonly Round[]): string {
  const logIns = rounds.map(({ beside }) => beside.logIns);
  const done = sum(logIns, ({ latenciesMs }) => latenciesMs.length) / (plan.seconds * rounds.length);
  const all = rounds.flatMap(({ alone, beside }) => [...Object.values(alone), ...Object.values(beside)]);
  const failure = all.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure;
  return [
    `Log-ins: ${done.toFixed(1)} of ${plan.logInsPerSecond} a second, p50 ${typical(logIns, 0.5)} ms, p99 ${typical(logIns, 0.99)} ms.`,
    `Failed requests: ${sum(all, ({ failed }) => failed)}${failure === undefined ? '.' : `; the first: ${failure}`}`,
    `The load generator was late by ${Math.max(...all.map(({ worstDelayMs }) => worstDelayMs)).toFixed(1)} ms at worst.`,
    '',
    '| S3 | p50 ms alone | p50 ms beside log-ins | p99 ms alone | p99 ms beside log-ins | ratio of p99 |',
    '|---|--:|--:|--:|--:|--:|',
    renderRow('GET', rounds),
    renderRow('PUT', rounds),
  ].join('\n');
}

/** The 99th percentiles of one round. */
export function renderRound({ alone, beside }: Round): string {
  const [get, put] = (['GET', 'PUT'] as const).map((kind) =>
    [alone, beside].map((turn) => quantile(turn[kind], 0.99).toFixed(2)).join(' -> '),
  );
  return `p99 ms alone -> beside log-ins: GET ${get}, PUT ${put}`;
}

function renderRow(kind: keyof Turn, rounds: readonly Round[]): string {
  const alone = rounds.map((round) => round.alone[kind]);
  const beside = rounds.map((round) => round.beside[kind]);
  const cells = [typical(alone, 0.5), typical(beside, 0.5), typical(alone, 0.99), typical(beside, 0.99)];
  const ratio = typicalMs(beside, 0.99) / typicalMs(alone, 0.99);
  return `| ${[`${kind} 1 KiB`, ...cells, ratio.toFixed(2)].join(' | ')} |`;
}

function typical(slices: readonly OpenLoopSlice[], fraction: number): string {
  return typicalMs(slices, fraction).toFixed(2);
}

/** The median over rounds of a quantile in each: what disturbs the machine for a moment spoils a round, and not the run. */
function typicalMs(slices: readonly OpenLoopSlice[], fraction: number): number {
  const ofRounds = Float64Array.from(slices, (slice) => quantile(slice, fraction)).sort();
  const middle = ofRounds.length / 2;
  return ((ofRounds[Math.ceil(middle) - 1] ?? Number.NaN) + (ofRounds[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** By the nearest rank. */
function quantile({ latenciesMs }: OpenLoopSlice, fraction: number): number {
  const sorted = Float64Array.from(latenciesMs).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
