import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { measureDiskSyncsPerSecond } from './disk-floor.ts';
import { type Measurement, measureCase } from './measure.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { type OwnServerName, type OwnServers, startOwnServers } from './own-servers.ts';
import { renderReport } from './report.ts';
import { Target } from './target.ts';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const servers = await startOwnServers(ownServerNames(options));
  process.once('SIGINT', () => void servers.stop().finally(() => process.exit(130)));
  try {
    await bench(options, servers);
  } finally {
    await servers.stop();
  }
}

function ownServerNames({ endpoints, floor }: BenchOptions): readonly OwnServerName[] {
  if (endpoints.length === 0) return ['node:http', 'gatehouse'];
  return floor ? ['node:http'] : [];
}

async function bench(options: BenchOptions, servers: OwnServers): Promise<void> {
  const bucket = `gatehouse-bench-${randomBytes(4).toString('hex')}`;
  const endpoints = [...servers.endpoints, ...options.endpoints];
  const targets = endpoints.map((endpoint) => new Target(endpoint, { ...options, bucket }));
  const machine = {
    cpus: cpus().length,
    node: process.version,
    diskSyncsPerSecond: Math.round(measureDiskSyncsPerSecond(servers.folder)),
  };
  const begun: Target[] = [];
  try {
    for (const target of targets) {
      await target.sendAll([target.prepare('PUT', '')]);
      begun.push(target);
    }
    const measurements = await measureAll(options, targets);
    console.log(
      options.json
        ? JSON.stringify({ machine, measurements }, undefined, 2)
        : renderRun(options, machine, measurements),
    );
  } finally {
    await cleanUp(begun, options);
    for (const target of targets) target.close();
  }
}

async function measureAll(options: BenchOptions, targets: readonly Target[]): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const benchCase of options.cases) {
    process.stderr.write(`${benchCase.description}...\n`);
    measurements.push(...(await measureCase(benchCase, targets, options)));
  }
  return measurements;
}

function renderRun(
  { concurrency, secondsPerEndpoint, rounds }: BenchOptions,
  machine: { readonly cpus: number; readonly node: string; readonly diskSyncsPerSecond: number },
  measurements: readonly Measurement[],
): string {
  return `${machine.cpus} cores, node ${machine.node}, ${concurrency} connections, ${secondsPerEndpoint} s each in ${rounds} turns; \
this disk makes 4 KiB durable ${machine.diskSyncsPerSecond} times a second.\n\n${renderReport(measurements)}`;
}

/** Leaves given endpoints as they were; those of our own vanish with their folder. */
async function cleanUp(targets: readonly Target[], { endpoints }: BenchOptions): Promise<void> {
  for (const target of targets.filter(({ endpoint }) => endpoints.includes(endpoint))) await target.removeAll();
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
