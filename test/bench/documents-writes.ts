import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Databases } from '../../gateway/services/documents/databases.ts';
import { DocumentStore } from '../../gateway/services/documents/document-store.ts';
import { DocumentQueries } from '../../gateway/services/documents/query/document-queries.ts';
import type { Document } from '../../gateway/services/documents/values/value.ts';
import { DocumentWriter } from '../../gateway/services/documents/write/document-writer.ts';
import type { WritePlace } from '../../gateway/services/documents/write/write-requests.ts';
import { openSqlite } from '../../metadata/sqlite/index.ts';
import { AUDIT, addAccount } from '../metadata/support/fixture.ts';
import { projectRoot } from '../tools/project-root.ts';

/** `node documents-writes.js 0.2` writes a fifth of it. */
const SHARE = Number(process.argv[2] ?? '1');
const BATCH = 1000;
const BATCHES = Math.ceil(100 * SHARE);
const UPDATES = Math.ceil(30_000 * SHARE);
const IN_FLIGHT = 32;

/**
 * What is measured: so many documents, how long it took, for how long the event loop did nothing else at most, and what all
 * threads together computed, which tells on a busy machine as well.
 */
interface Figures {
  readonly what: string;
  readonly documents: number;
  readonly perSecond: number;
  readonly longestStallMs: number;
  readonly cpuMicroseconds: number;
}

/** Prints how many documents of 300 bytes are written in a second, each of them synced when its call ends. */
async function main(): Promise<void> {
  // Beside the checkout's build, as the other benchmarks: a system's /tmp may be memory.
  mkdirSync(join(projectRoot, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(projectRoot, 'dist', 'bench-data-'));
  const path = join(folder, 'metadata.sqlite');
  const metadata = openSqlite({ path, durability: 'full', writer: 'thread' });
  const queries = new DocumentQueries({ metadata, databasePath: path });
  try {
    const accountId = await addAccount(metadata, 'bench');
    const names = ['db-bench'];
    const bucket = await metadata.mutations.ensureDatabase({
      accountId,
      names,
      region: '',
      at: AUDIT.at,
      audit: AUDIT,
    });
    const finder = { find: queries.findStored.bind(queries) };
    const databases = new Databases({ metadata, region: '' });
    const writer = new DocumentWriter({ metadata, databases, store: new DocumentStore(metadata), finder });
    const place = { bucket, collection: 'bench', accountId };
    const figures = [
      await insertInBatches(writer, place),
      await updateById(writer, place),
      await updateById(writer, place, {
        $set: { 'address.city': 'Rom' },
        $push: { tags: { $each: ['x'], $slice: -3 } },
      }),
    ];
    console.table(figures);
  } finally {
    await queries.close();
    await metadata.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** About 300 bytes of JSON. */
function document(number: number): Document {
  return {
    _id: `worker-${String(number).padStart(8, '0')}`,
    number,
    name: `Worker number ${number}`,
    address: { street: `Street ${number % 977}`, city: 'Wien', zip: 1000 + (number % 9000) },
    tags: ['one', 'two', 'three'],
    salary: 1000.5 + number,
    text: 'x'.repeat(110),
  };
}

async function insertInBatches(writer: DocumentWriter, place: WritePlace): Promise<Figures> {
  return measured(`insertMany of ${BATCH}`, BATCHES * BATCH, async () => {
    let batch = 0;
    await Promise.all(
      Array.from({ length: 2 }, async () => {
        while (batch < BATCHES) {
          const first = batch * BATCH;
          batch += 1;
          await writer.insertMany(place, { documents: Array.from({ length: BATCH }, (_, at) => document(first + at)) });
        }
      }),
    );
  });
}

async function updateById(
  writer: DocumentWriter,
  place: WritePlace,
  update: Document = { $inc: { number: 1 } },
): Promise<Figures> {
  return measured(`updateOne ${Object.keys(update).join(' ')}`, UPDATES, async () => {
    let count = 0;
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        while (count < UPDATES) {
          count += 1;
          const number = (count * 7919) % (BATCHES * BATCH);
          await writer.updateOne(place, { filter: { _id: document(number)._id ?? null }, update });
        }
      }),
    );
  });
}

async function measured(what: string, documents: number, work: () => Promise<void>): Promise<Figures> {
  let [last, longestStallMs] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    longestStallMs = Math.max(longestStallMs, now - last - 1);
    last = now;
  }, 1);
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const perSecond = Math.round((documents * 1000) / (performance.now() - startedAt));
  clearInterval(timer);
  const cpuMicroseconds = Math.round((user + system) / documents);
  return { what, documents, perSecond, longestStallMs: Math.round(longestStallMs), cpuMicroseconds };
}

await main();
