import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signRequest } from '../../signer/index.ts';
import { startServer } from './child-server.ts';

const KEYS = { accessKey: 'benchmark', secretKey: 'benchmark-secret-key' };
const SIZES: readonly (readonly [name: string, sizeBytes: number, pairs: number])[] = [
  ['8 KiB, inline', 8 * 1024, 600],
  ['64 KiB, a file', 64 * 1024, 400],
  ['4 MiB, a file', 4 * 1024 * 1024, 40],
];
const WARM_UP = 10;
/** `node dedup-timing.js 0.2` measures a fifth of the pairs. */
const SHARE = Number(process.argv[2] ?? '1');

interface Figures {
  readonly size: string;
  readonly bytes: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Prints how long a PUT takes of bytes that are there already, and of such that are not: nobody is to tell them apart. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-dedup-'));
  const { url, stop } = await startServer({
    args: [join(import.meta.dirname, '../../gateway/main.js'), 'serve'],
    logFile: join(folder, 'log'),
    environment: {
      GATEHOUSE_DATA: join(folder, 'data'),
      GATEHOUSE_S3_PORT: '0',
      GATEHOUSE_API_PORT: '0',
      GATEHOUSE_ROOT_ACCESS_KEY: KEYS.accessKey,
      GATEHOUSE_ROOT_SECRET_KEY: KEYS.secretKey,
    },
  });
  try {
    await put(new URL('/bench', url));
    const figures: Figures[] = [];
    for (const [size, sizeBytes, pairs] of SIZES)
      figures.push(...(await measure(url, { size, sizeBytes, pairs: Math.ceil(pairs * SHARE) })));
    console.table(figures);
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly size: string;
  readonly sizeBytes: number;
  readonly pairs: number;
}

/** One of each in turn, each of the two first every other time: what else the machine does meets both alike. */
async function measure(url: URL, { size, sizeBytes, pairs }: Measured): Promise<Figures[]> {
  const known = randomBytes(sizeBytes);
  await put(new URL('/bench/known', url), known);
  const times = { known: [] as number[], fresh: [] as number[] };
  for (let pair = -WARM_UP; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['known', 'fresh'] as const) : (['fresh', 'known'] as const);
    for (const kind of order) {
      const body = kind === 'known' ? known : randomBytes(sizeBytes);
      const ms = await put(new URL(`/bench/${sizeBytes}-${kind}-${pair}`, url), body);
      if (pair >= 0) times[kind].push(ms);
    }
  }
  return [toFigures(size, 'there already', times.known), toFigures(size, 'new', times.fresh)];
}

/** Milliseconds from the request to the whole reply. */
async function put(url: URL, body = Buffer.alloc(0)): Promise<number> {
  const payload = hash('sha256', body, 'hex');
  const signing = { method: 'PUT', url, headers: {}, credentials: KEYS, region: 'us-east-1', payload };
  const headers = signRequest({ ...signing, now: Date.now() });
  const startedAt = performance.now();
  const reply = await fetch(url, { method: 'PUT', headers, body });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`PUT answered ${reply.status}: ${text}`);
  return performance.now() - startedAt;
}

function toFigures(size: string, bytes: string, times: number[]): Figures {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
  return { size, bytes, p50Ms: at(0.5), p99Ms: at(0.99) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
