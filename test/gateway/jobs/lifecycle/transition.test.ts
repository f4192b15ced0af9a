import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Backend, BackendFull, type ListedBlob } from '../../../../gateway/backends/index.ts';
import { enforceLifecycle } from '../../../../gateway/jobs/lifecycle/index.ts';
import { Failure } from '../../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';
import { addAccount, addBucket, Bench, inline, NOON } from '../../../metadata/support/fixture.ts';
import { readAll } from '../../backends/suite.ts';
import { configuration, rule } from '../../services/lifecycle/rules.ts';
import { COLD, JobBench, withCalls } from './job-bench.ts';

const MOVE = configuration(
  rule({ scope: { form: 'filter', sizeGreaterThan: 0 }, transitions: [{ days: 0, storageClass: COLD }] }),
);
const LARGE = randomBytes(300_000);

for (const dialect of dialects) {
  describe(`transitions of the lifecycle job over ${dialect.name}`, () => {
    let database: TestDatabase;
    let here: Bench;
    let bench: JobBench;
    before(async () => {
      database = await dialect.open();
      const accountId = await addAccount(database.metadata, 'owner');
      here = new Bench(database, await addBucket(database.metadata, 'bucket', accountId));
    });
    after(() => database.remove());
    beforeEach(async () => {
      bench = new JobBench(database.metadata);
      await bench.configure(here.bucket, MOVE);
      await here.put('k', { payload: await bench.stage(LARGE) });
    });

    /** Whether the object is where it was, and nothing of it anywhere else. */
    async function assertUnmoved(): Promise<void> {
      const found = await here.find('k');
      assert.deepEqual([found?.storage_class, found?.store], [null, null]);
      assert.deepEqual(await blobsIn(bench.cold), []);
      assert.ok((await readLarge(bench.standard, found?.location ?? '')).equals(LARGE));
    }

    async function move(job = bench.job()): Promise<[transitioned: number, failed: number]> {
      const { transitioned, failed } = await enforceLifecycle(job);
      return [transitioned, failed];
    }

    test('bytes arrive as they were, and what the row refers to is settled', async () => {
      assert.deepEqual(await move(), [1, 0]);
      const found = await here.find('k');
      assert.deepEqual([found?.storage_class, found?.store], [COLD, COLD]);
      assert.ok((await readLarge(bench.cold, found?.location ?? '')).equals(LARGE));
      assert.deepEqual(
        (await blobsIn(bench.cold)).map(({ isSettled }) => isSettled),
        [true],
      );
      assert.deepEqual(await move(), [0, 0]);
    });

    test('what was overwritten while its bytes were under way leaves no copy', async () => {
      const newer = await bench.stage(LARGE);
      const { stage } = bench.cold;
      bench.cold.stage = async (source) => {
        const staged = await stage.call(bench.cold, source);
        await here.put('k', { payload: newer, at: new Date().toISOString() });
        return staged;
      };
      assert.deepEqual(await move(), [0, 0]);
      await assertUnmoved();
    });

    test('small bytes that are gone when they are to be copied are no failure', async () => {
      await here.put('k', { payload: inline('small') });
      const { queries } = database.metadata;
      const metadata = withCalls(database.metadata, {
        queries: {
          async findInlineBlob(blobId) {
            await here.put('k', { payload: await bench.stage(LARGE), at: new Date().toISOString() });
            return queries.findInlineBlob(blobId);
          },
        },
      });
      assert.deepEqual(await move(bench.job({ metadata })), [0, 0]);
      assert.deepEqual(bench.failures, []);
      await assertUnmoved();
    });

    test('a refusal leaves no copy', async () => {
      const metadata = withCalls(database.metadata, {
        mutations: { transitionVersion: () => Promise.reject(new Failure('SlowDown')) },
      });
      assert.deepEqual(await move(bench.job({ metadata })), [0, 1]);
      await assertUnmoved();
    });

    test('a commit that broke may have happened: its copy is left to the sweeper', async () => {
      const { mutations } = database.metadata;
      const metadata = withCalls(database.metadata, {
        mutations: {
          async transitionVersion(input) {
            await mutations.transitionVersion(input);
            throw new Error('the answer was lost');
          },
        },
      });
      assert.deepEqual(await move(bench.job({ metadata })), [0, 1]);
      const found = await here.find('k');
      assert.equal(found?.store, COLD);
      assert.ok((await readLarge(bench.cold, found?.location ?? '')).equals(LARGE));
    });

    test('no room in the other backend is a failure of the one version', async () => {
      const reserveSpace = (sizeBytes: number, store: string | undefined) => {
        assert.deepEqual([sizeBytes, store], [LARGE.byteLength, COLD]);
        throw new Failure('InsufficientStorage');
      };
      assert.deepEqual(await move(bench.job({ reserveSpace })), [0, 1]);
      assert.match(bench.failures.join(), /^bucket k Failure: InsufficientStorage$/);
      await assertUnmoved();
    });

    test('a backend that takes nothing in leaves nothing open in the other', async () => {
      bench.cold.stage = () => Promise.reject(new BackendFull());
      let open = 0;
      const { read } = bench.standard;
      bench.standard.read = async (location, range) => {
        const reader = await read.call(bench.standard, location, range);
        open += 1;
        const close = async () => {
          open -= 1;
          await reader.close();
        };
        return { next: () => reader.next(), close };
      };
      assert.deepEqual(await move(), [0, 1]);
      assert.equal(open, 0);
      assert.match(bench.failures.join(), /^bucket k BackendFull: The backend is full\.$/);
      await assertUnmoved();
    });

    test('bytes that are missing are noticed', async () => {
      truncate(bench.standard, 1000);
      assert.deepEqual(await move(), [0, 1]);
      assert.match(bench.failures.join(), /A blob has 299000 bytes and should have 300000\./);
      assert.deepEqual([(await here.find('k'))?.storage_class, await blobsIn(bench.cold)], [null, []]);
    });

    test('a part that cannot be read takes back those before it', async () => {
      const { mutations } = database.metadata;
      const uploadId = `upload-${dialect.name}`;
      await mutations.createUpload({ ...here.target('k'), uploadId, attributes: '{}' });
      const first = { partNumber: 1, etag: 'a', payload: await bench.stage(LARGE), sizeBytes: LARGE.byteLength };
      const second = {
        partNumber: 2,
        etag: 'b',
        payload: { ...first.payload, location: `gone-${uploadId}` },
        sizeBytes: 5,
      };
      for (const part of [first, second]) await mutations.commitPart({ uploadId, at: NOON, ...part });
      const parts = [first, second].map(({ partNumber, etag }) => ({ partNumber, etag }));
      await mutations.completeUpload({ ...here.target('k'), uploadId, parts, sizeBytes: 300_005, etag: 'whole' });
      assert.deepEqual(await move(), [0, 1]);
      assert.match(bench.failures.join(), /The backend has no blob gone/);
      assert.deepEqual([(await here.find('k'))?.storage_class, await blobsIn(bench.cold)], [null, []]);
    });

    test('being told to end cuts off a move, which is no failure', async () => {
      const stopping = new AbortController();
      const { stage } = bench.cold;
      bench.cold.stage = (source) => {
        const slow = async function* () {
          for await (const chunk of source) {
            yield chunk;
            stopping.abort();
          }
        };
        return stage.call(bench.cold, slow());
      };
      assert.deepEqual(await move(bench.job({ signal: stopping.signal })), [0, 0]);
      assert.deepEqual(bench.failures, []);
      await assertUnmoved();
    });

    test('few are under way at once', async () => {
      await Promise.all(
        Array.from({ length: 12 }, async (_, index) =>
          here.put(`many/${index}`, { payload: await bench.stage(LARGE) }),
        ),
      );
      let [running, most] = [0, 0];
      const { stage } = bench.cold;
      bench.cold.stage = async (source) => {
        running += 1;
        most = Math.max(most, running);
        const staged = await stage.call(bench.cold, source);
        running -= 1;
        return staged;
      };
      assert.deepEqual(await move(), [13, 0]);
      assert.equal(most, 4);
    });
  });
}

/** Lets a backend forget the end of every blob. */
function truncate(backend: Backend, sizeBytes: number): void {
  const { read } = backend;
  backend.read = (location, { start, end }) => read.call(backend, location, { start, end: end - sizeBytes });
}

async function readLarge(backend: Backend, location: string): Promise<Buffer> {
  return readAll(await backend.read(location, { start: 0, end: LARGE.byteLength - 1 }));
}

/** All of them, settled or not. */
async function blobsIn(backend: Backend): Promise<ListedBlob[]> {
  const all: ListedBlob[] = [];
  for await (const batch of backend.list({})) all.push(...batch);
  return all;
}
