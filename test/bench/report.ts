import type { Measurement } from './measure.ts';

/** Measurements as a Markdown table, with what failed below it. */
export function renderReport(measurements: readonly Measurement[]): string {
  const rows = measurements.map(renderRow);
  const failures = measurements
    .filter(({ firstFailure }) => firstFailure !== undefined)
    .map(
      ({ operation, endpoint, failed, firstFailure }) =>
        `${operation} on ${endpoint}: ${failed} failed, ${firstFailure}`,
    );
  return [
    '| operation | endpoint | operations/s | MB/s | p50 ms | p99 ms | failed | ratio |',
    '|---|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
    ...(failures.length > 0 ? ['', ...failures] : []),
  ].join('\n');
}

function renderRow(measurement: Measurement): string {
  const { operation, endpoint, operationsPerSecond, megabytesPerSecond, p50Ms, p99Ms, failed, ratio } = measurement;
  const numbers = [operationsPerSecond, megabytesPerSecond, p50Ms, p99Ms].map(threeDigits);
  return `| ${[operation, endpoint, ...numbers, failed, ratio.toFixed(2)].join(' | ')} |`;
}

/** Three significant digits, and all digits before the point. */
function threeDigits(value: number): string {
  const decimals = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(decimals);
}
