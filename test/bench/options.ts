import { parseArgs } from 'node:util';
import { type BenchCase, benchCases } from './cases.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';

/** What a run measures and how. */
export interface BenchOptions {
  readonly endpoints: readonly Endpoint[];
  readonly cases: readonly BenchCase[];
  readonly secondsPerEndpoint: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly region: string;
  /** Measure node:http too, even beside given endpoints. */
  readonly floor: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** What `--help` prints. */
export const USAGE = `Measures S3 endpoints side by side. Without an endpoint it starts this gateway and a bare node:http server.

  --endpoint name=url,accessKey,secretKey   may be given several times; ratios are to the first
  --only ${benchCases.map(({ name }) => name).join(',')}
  --seconds 8        timed seconds of each operation on each endpoint
  --rounds 4         turns that these seconds are divided into
  --concurrency 32   requests at a time (4 at most for 64 MiB)
  --region us-east-1
  --floor            measure a bare node:http server first, beside given endpoints
  --json             print JSON instead of a table`;

/** @throws Error for an option that is unknown or not allowed. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      endpoint: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '4' },
      concurrency: { type: 'string', default: '32' },
      region: { type: 'string', default: 'us-east-1' },
      floor: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    endpoints: values.endpoint.map(parseEndpoint),
    cases: selectCases(values.only),
    secondsPerEndpoint: positive('--seconds', values.seconds),
    rounds: Math.ceil(positive('--rounds', values.rounds)),
    concurrency: Math.ceil(positive('--concurrency', values.concurrency)),
    region: values.region,
    floor: values.floor,
    json: values.json,
    help: values.help,
  };
}

function selectCases(only: string): readonly BenchCase[] {
  if (only === '') return benchCases;
  const names = only.split(',');
  const unknown = names.find((name) => !benchCases.some((benchCase) => benchCase.name === name));
  if (unknown !== undefined)
    throw new Error(`--only knows ${benchCases.map(({ name }) => name).join(', ')}; not "${unknown}".`);
  return benchCases.filter(({ name }) => names.includes(name));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`${option} must be a number above zero, not "${text}".`);
  return value;
}
