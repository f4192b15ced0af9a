import type { BenchCase } from './cases.ts';
import type { Slice } from './run-slice.ts';
import type { Target } from './target.ts';

/** What one endpoint did in one case, over all rounds. */
export interface Measurement {
  readonly operation: string;
  readonly endpoint: string;
  readonly operationsPerSecond: number;
  /** Of 10^6 bytes. */
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly operations: number;
  readonly failed: number;
  readonly firstFailure?: string;
  /** Operations per second, round by round. */
  readonly rounds: readonly number[];
  /** Operations per second compared with the first endpoint's. */
  readonly ratio: number;
}

/** How long and how often. */
export interface MeasurePlan {
  readonly secondsPerEndpoint: number;
  readonly rounds: number;
}

const WARM_UP_MS = 300;

/** Measures a case on all targets in turns (A, B, A, B), so that a machine that drifts meets all of them alike. */
export async function measureCase(
  benchCase: BenchCase,
  targets: readonly Target[],
  plan: MeasurePlan,
): Promise<readonly Measurement[]> {
  const slices = targets.map((): Slice[] => []);
  const durationMs = (plan.secondsPerEndpoint * 1000) / plan.rounds;
  for (let round = 0; round <= plan.rounds; round++) {
    for (const [index, target] of targets.entries()) {
      // Round 0 warms up and does not count.
      const slice = await runRound(benchCase, target, { round, durationMs: round === 0 ? WARM_UP_MS : durationMs });
      if (round > 0) slices[index]?.push(slice);
    }
  }
  const rates = slices.map(ratePerSecond);
  return targets.map((target, index) => ({
    ...summarize(slices[index] ?? []),
    operation: benchCase.description,
    endpoint: target.endpoint.name,
    ratio: (rates[index] ?? 0) / (rates[0] ?? 0),
  }));
}

async function runRound(
  { prepare, concurrency, once = false }: BenchCase,
  target: Target,
  plan: { readonly round: number; readonly durationMs: number },
): Promise<Slice> {
  const requests = await prepare(target, plan);
  return target.run({ requests, durationMs: plan.durationMs, once, ...(concurrency && { concurrency }) });
}

function summarize(slices: readonly Slice[]): Omit<Measurement, 'operation' | 'endpoint' | 'ratio'> {
  const seconds = sum(slices, ({ elapsedMs }) => elapsedMs) / 1000;
  const latenciesMs = Float64Array.from(slices.flatMap((slice) => slice.latenciesMs)).sort();
  const firstFailure = slices.find((slice) => slice.firstFailure !== undefined)?.firstFailure;
  return {
    operationsPerSecond: ratePerSecond(slices),
    megabytesPerSecond: sum(slices, ({ bytes }) => bytes) / seconds / 1e6,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    operations: latenciesMs.length,
    failed: sum(slices, ({ failed }) => failed),
    ...(firstFailure !== undefined && { firstFailure }),
    rounds: slices.map((slice) => ratePerSecond([slice])),
  };
}

function ratePerSecond(slices: readonly Slice[]): number {
  return (sum(slices, ({ operations }) => operations) / sum(slices, ({ elapsedMs }) => elapsedMs)) * 1000;
}

function sum(slices: readonly Slice[], value: (slice: Slice) => number): number {
  return slices.reduce((total, slice) => total + value(slice), 0);
}

/** By the nearest rank; 0 of nothing. */
function quantile(sorted: Float64Array, fraction: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0;
}
