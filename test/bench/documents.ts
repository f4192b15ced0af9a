import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Collection } from '../../gateway/services/documents/databases.ts';
import type { Document } from '../../gateway/services/documents/values/value.ts';
import { openTestDocuments, type TestDocuments } from '../support/document-collections.ts';

/** Kept for the next run: to write them takes a minute. */
const FOLDER = join(tmpdir(), 'gatehouse-bench-documents');
const COUNT = 1_000_000;
const BATCH = 1000;
const CITIES = ['Berlin', 'Paris', 'Rome', 'Oslo', 'Lima'];

/** About 300 bytes. */
function documentOf(n: number): Document {
  return {
    _id: `p${String(n).padStart(7, '0')}`,
    n,
    group: n % 100,
    city: CITIES[n % CITIES.length] ?? '',
    age: n % 90,
    active: n % 3 === 0,
    score: ((n * 7919) % 10007) / 7,
    address: { street: `Some long street name ${n % 1000}`, zip: String(10_000 + (n % 90_000)) },
    tags: [`t${n % 10}`, `u${n % 13}`],
    about: 'x'.repeat(80),
  };
}

async function prepare(documents: TestDocuments): Promise<Collection> {
  const collection = await documents.collection('people', [], [{ keys: { n: 1 } }, { keys: { group: 1 } }]);
  for (let at = collection.row.document_count; at < COUNT; at += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => documentOf(at + n));
    await documents.insert(collection, batch);
  }
  return documents.reload(collection);
}

interface Figure {
  readonly query: string;
  /** The best of several runs: others may share the machine. */
  readonly ms: number;
  readonly 'documents/s'?: number;
  /** Of the main thread meanwhile, at its longest in the best run. */
  readonly 'longest stall ms': number;
}

interface Measured {
  readonly runs: number;
  readonly isScan: boolean;
  readonly run: () => Promise<unknown>;
}

/** Other requests go on meanwhile: each finds a document by its id. */
async function measure(
  query: string,
  { runs, isScan, run }: Measured,
  find: (n: number) => Promise<unknown>,
): Promise<Figure> {
  const taken: { ms: number; stall: number }[] = [];
  for (let at = 0; at < runs; at += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let isOver = false;
    const others = (async () => {
      for (let n = 0; isScan && !isOver; n += 1) {
        for (let i = 0; i < 10; i += 1) await find((n * 7919 + i) % COUNT);
        await setTimeout(1);
      }
    })();
    delay.enable();
    const startedAt = performance.now();
    await run();
    const ms = performance.now() - startedAt;
    delay.disable();
    isOver = true;
    await others;
    taken.push({ ms, stall: Number.isFinite(delay.max / 1e6) ? delay.max / 1e6 : 0 });
  }
  const ms = Math.min(...taken.map((each) => each.ms));
  const stall = Math.min(...taken.map((each) => each.stall));
  const rate = isScan && query.startsWith('scan') ? { 'documents/s': Math.round((COUNT / ms) * 1000) } : {};
  return { query, ms: Math.round(ms * 100) / 100, ...rate, 'longest stall ms': Math.round(stall * 10) / 10 };
}

/** Prints how long queries of a million documents take, in milliseconds. */
async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const documents = await openTestDocuments({ folder: FOLDER });
  try {
    const people = await prepare(documents);
    const { queries, store } = documents;
    const count = (filter: Document) => () => queries.count(people, { filter });
    const find = (options: object) => () => queries.find(people, options);
    const pipeline: Document[] = [{ $group: { _id: '$city', age: { $avg: '$age' } } }];
    const nothing = () => setTimeout(3000);
    const cases: readonly (readonly [string, () => Promise<unknown>, boolean])[] = [
      ['findOne by _id', () => queries.findOne(people, { filter: { _id: 'p0777777' } }), false],
      ['findOne by an index', () => queries.findOne(people, { filter: { n: 777_777 } }), false],
      [
        'find 100 in the order of an index',
        find({ filter: { n: { $gte: 500_000 } }, sort: { n: 1 }, limit: 100 }),
        false,
      ],
      ['count 10,000 by an index', count({ group: 7 }), false],
      ['nothing for 3 seconds, to compare stalls with', nothing, true],
      ['scan: count of a text, 200,000 match', count({ city: 'Oslo' }), true],
      ['scan: count of a range, 20,000 match', count({ score: { $gt: 1400 } }), true],
      ['scan: count of $ne, all match', count({ city: { $ne: 'x' } }), true],
      ['scan: the first 10 in an order without an index', find({ sort: { score: -1 }, limit: 10 }), true],
      ['scan: $group with $avg', () => queries.aggregate(people, { pipeline }), true],
    ];
    const figures: Figure[] = [];
    for (const [query, run, isScan] of cases) {
      const byId = (n: number) => store.find(people, `p${String(n).padStart(7, '0')}`);
      figures.push(await measure(query, { run, isScan, runs: isScan ? 3 : 200 }, byId));
    }
    console.table(figures);
  } finally {
    await documents.close();
  }
}

await main();
