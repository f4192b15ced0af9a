import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { startServer } from './child-server.ts';
import { timePages } from './time-pages.ts';

const PASSWORD = 'correct horse battery staple';
const GIB = 1024 ** 3;
const PIECE = randomBytes(1024 * 1024);
const FILES = 100_000;
const PAGE = 1000;
const LOOK_MS = 50;

/** A gateway with one who has logged in. */
interface World {
  readonly api: URL;
  readonly token: string;
  readonly database: string;
  readonly pid: number;
}

/** `node drive-files.js large` or `list`: what a file of 5 GiB takes of memory, or how long a page of a large folder takes. */
async function main(what: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-drive-'));
  const { apiUrl, pid, stop } = await startServer({
    args: [join(import.meta.dirname, '../../gateway/main.js'), 'serve'],
    logFile: join(folder, 'log'),
    environment: {
      GATEHOUSE_DATA: join(folder, 'data'),
      GATEHOUSE_S3_PORT: '0',
      GATEHOUSE_API_PORT: '0',
      GATEHOUSE_ROOT_PASSWORD: PASSWORD,
      GATEHOUSE_LOG_LEVEL: 'warn',
    },
  });
  try {
    const api = new URL('/api/v1/', apiUrl);
    const world = { api, token: await logIn(api), database: join(folder, 'data', 'metadata.db'), pid };
    await (what === 'list' ? measureLists(world) : measureLarge(world));
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function logIn(api: URL): Promise<string> {
  const reply = await fetch(new URL('sessions', api), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'root', password: PASSWORD }),
  });
  const body = (await reply.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`The log-in answered ${reply.status}.`);
  return body.access_token;
}

async function measureLarge(world: World): Promise<void> {
  const sizeBytes = Math.round(Number(process.env.BENCH_GIB ?? '5') * GIB);
  const figures = [{ what: 'before', ...memoryOf(world) }];
  const watch = async (what: string, work: () => Promise<void>) => {
    const startedAt = performance.now();
    let peakMib = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        peakMib = Math.max(peakMib, memoryOf(world).residentMib);
        await sleep(LOOK_MS);
      }
    })();
    await work();
    isOver = true;
    await watching;
    const seconds = (performance.now() - startedAt) / 1000;
    figures.push({ what, ...memoryOf(world), ...{ peakMib, mbPerSecond: Math.round(sizeBytes / 1e6 / seconds) } });
  };
  await watch('PUT', () => putLarge(world, sizeBytes));
  await watch('GET', () => getLarge(world, sizeBytes));
  await sleep(5000);
  figures.push({ what: 'after', ...memoryOf(world) });
  console.table(figures);
}

function memoryOf({ pid }: World): { readonly residentMib: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { residentMib: Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024) };
}

function ask(
  world: World,
  method: string,
  length?: number,
): { reply: Promise<IncomingMessage>; out: ReturnType<typeof request> } {
  const headers = {
    Authorization: `Bearer ${world.token}`,
    ...(length === undefined ? {} : { 'Content-Length': String(length) }),
  };
  const out = request(new URL('files/mere/large.bin', world.api), { method, headers });
  const reply = new Promise<IncomingMessage>((resolve, reject) => out.once('response', resolve).once('error', reject));
  return { reply, out };
}

async function putLarge(world: World, sizeBytes: number): Promise<void> {
  const { reply, out } = ask(world, 'PUT', sizeBytes);
  Readable.from(pieces(sizeBytes)).pipe(out);
  const { statusCode } = (await reply).resume();
  if (statusCode !== 201) throw new Error(`PUT answered ${statusCode}.`);
}

function* pieces(sizeBytes: number): Generator<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += PIECE.byteLength) yield PIECE.subarray(0, sizeBytes - sent);
}

async function getLarge(world: World, sizeBytes: number): Promise<void> {
  const { reply, out } = ask(world, 'GET');
  out.end();
  let received = 0;
  for await (const chunk of await reply) received += (chunk as Buffer).byteLength;
  if (received !== sizeBytes) throw new Error(`GET sent ${received} bytes.`);
}

/** 100,000 files in one folder, and as many in folders of ten. */
async function measureLists(world: World): Promise<void> {
  const first = await fetch(new URL('files/many/00000000.txt', world.api), {
    method: 'PUT',
    headers: { Authorization: `Bearer ${world.token}` },
    body: 'x',
  });
  if (first.status !== 201) throw new Error(`PUT answered ${first.status}.`);
  fill(world.database);
  const lists = ['prefix=many/', 'prefix=many/&delimiter=/', 'prefix=folders/&delimiter=/', 'delimiter=/'];
  const figures: object[] = [];
  for (const query of lists) {
    const cursors = await walk(world, query);
    const places = [...new Set([0, cursors.length >> 1, cursors.length - 1])];
    for (const place of places) {
      const list = () => page(world, query, cursors[place]);
      figures.push({ list: query, page: `${place + 1} of ${cursors.length}`, ...(await timePages(list)) });
    }
  }
  console.table(figures);
}

interface ListedPage {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

async function page({ api, token }: World, query: string, cursor: string | undefined) {
  const url = new URL(`files?limit=${PAGE}&${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`, api);
  const reply = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  const { items, next } = (await reply.json()) as ListedPage;
  return { rows: items, commonPrefixes: [], next };
}

/** The cursor of every page; of the first there is none. */
async function walk(world: World, query: string): Promise<(string | undefined)[]> {
  const cursors: (string | undefined)[] = [undefined];
  for (;;) {
    const { next } = await page(world, query, cursors.at(-1));
    if (next === null) return cursors;
    cursors.push(next);
  }
}

/** Straight into the table: it is lists that are measured. */
function fill(path: string): void {
  const database = openDatabase(path);
  const [first] = database.prepare("SELECT bucket_id FROM objects WHERE key = 'many/00000000.txt'").all() as {
    bucket_id: number;
  }[];
  const insert = database.prepare(
    `INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, attributes)
     SELECT bucket_id, ?, -seq - ?, 'null', 0, etag, last_modified, account_id, attributes
     FROM objects WHERE bucket_id = ? AND key = 'many/00000000.txt'`,
  );
  database.transaction(() => {
    for (let index = 1; index < FILES; index += 1) {
      const name = String(index).padStart(8, '0');
      insert.run(`many/${name}.txt`, 2 * index, first?.bucket_id);
      insert.run(`folders/${name.slice(0, -1)}/${name}.txt`, 2 * index + 1, first?.bucket_id);
    }
  })();
  database.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
