import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { enforceLifecycle, keepLifecycle, lifecycleIntervalMs } from '../../../../gateway/jobs/lifecycle/index.ts';
import { loadPass, savePass } from '../../../../gateway/jobs/lifecycle/position.ts';
import { DAY_MS } from '../../../../gateway/services/lifecycle/index.ts';
import type { ListPosition } from '../../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';
import { addAccount, addBucket, Bench } from '../../../metadata/support/fixture.ts';
import { configuration, rule } from '../../services/lifecycle/rules.ts';
import { JobBench, withCalls } from './job-bench.ts';

const EXPIRE = configuration(rule({ expiration: { days: 1 } }));
const NOTHING = { expired: 0, deleted: 0, markersRemoved: 0, transitioned: 0, uploadsAborted: 0, locked: 0, failed: 0 };
const OLD = '2020-01-01T00:00:00.000Z';
const DAY_SECONDS = DAY_MS / 1000;

for (const dialect of dialects) {
  describe(`passes of the lifecycle job over ${dialect.name}`, () => {
    let database: TestDatabase;
    let here: Bench;
    let bench: JobBench;
    before(async () => {
      database = await dialect.open();
      const accountId = await addAccount(database.metadata, 'owner');
      here = new Bench(database, await addBucket(database.metadata, 'bucket', accountId));
      bench = new JobBench(database.metadata);
    });
    after(() => database.remove());
    beforeEach(async () => {
      bench.failures.length = 0;
      await bench.configure(here.bucket, EXPIRE);
      await putMany(['a', 'b', 'c']);
      await savePass(database.metadata, { midnightMs: 0, place: undefined });
    });

    async function putMany(keys: readonly string[]): Promise<void> {
      await Promise.all(keys.map((key) => here.put(key, { at: OLD })));
    }

    function many(count: number): string[] {
      return Array.from({ length: count }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    }

    async function keys(): Promise<string[]> {
      const range = { bucketId: here.bucket.id, prefix: '', delimiter: '', limit: 10_000 };
      return (await database.metadata.queries.listObjects(range)).rows.map(([key]) => key);
    }

    function today(): number {
      return Math.floor(Date.now() / DAY_MS) * DAY_MS;
    }

    test('one is due a day', async () => {
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 3 });
      assert.deepEqual(await loadPass(database.metadata), { midnightMs: today() });
      await putMany(['d']);
      assert.equal(await keepLifecycle(bench.job()), undefined);
      assert.deepEqual(await keys(), ['d']);
      await savePass(database.metadata, { midnightMs: today() - DAY_MS, place: undefined });
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 1 });
    });

    test('one is due where the clock was set back, or days have another length', async () => {
      await savePass(database.metadata, { midnightMs: today() + DAY_MS, place: undefined });
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 3 });
      const shorter = new JobBench(database.metadata, DAY_MS / 7 - 1);
      assert.deepEqual(await keepLifecycle(shorter.job()), NOTHING);
    });

    test('none is due where no bucket has rules, and nothing is written', async () => {
      const change = { bucketId: here.bucket.id, accountId: here.accountId, at: OLD, name: 'lifecycle' };
      await database.metadata.mutations.putBucketConfig(change);
      assert.equal(await keepLifecycle(bench.job()), undefined);
      assert.deepEqual(await loadPass(database.metadata), { midnightMs: 0 });
    });

    test('one that is not over goes on where it was, and the next one of the day follows', async () => {
      const place = { bucketId: here.bucket.id, walk: 'versions', position: { after: 'b', isPrefix: false } } as const;
      await savePass(database.metadata, { midnightMs: today() - DAY_MS, place });
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 1 });
      assert.deepEqual(await keys(), ['a', 'b']);
      assert.deepEqual(await loadPass(database.metadata), { midnightMs: today() - DAY_MS });
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 2 });
    });

    test('one that is told to end does so after a few writes, and the next call does the rest', async () => {
      await putMany(many(2000));
      const stopping = new AbortController();
      const { mutations } = database.metadata;
      let begun = 0;
      const metadata = withCalls(database.metadata, {
        mutations: {
          expireCurrent(input) {
            begun += 1;
            if (begun === 700) stopping.abort();
            return mutations.expireCurrent(input);
          },
        },
      });
      const first = await keepLifecycle(bench.job({ metadata, signal: stopping.signal }));
      assert.equal(first?.expired, begun);
      assert.ok(begun < 1000, `${begun} were begun`);
      const saved = await loadPass(database.metadata);
      assert.deepEqual([saved?.midnightMs, saved?.place?.walk], [today(), 'versions']);

      const pages: (ListPosition | undefined)[] = [];
      const { queries } = database.metadata;
      const watched = withCalls(database.metadata, {
        queries: {
          listVersions(range) {
            pages.push(range.position);
            return queries.listVersions(range);
          },
        },
      });
      const second = await keepLifecycle(bench.job({ metadata: watched }));
      assert.deepEqual(pages[0], saved?.place?.position);
      assert.notEqual(pages[0], undefined);
      assert.equal(begun + (second?.expired ?? 0), 2003);
      assert.deepEqual(await keys(), []);
    });

    test('what a bucket is told counts from the next page on', async () => {
      await putMany(many(600));
      const { queries } = database.metadata;
      let pages = 0;
      const metadata = withCalls(database.metadata, {
        queries: {
          async listVersions(range) {
            pages += 1;
            if (pages === 2) await bench.configure(here.bucket, configuration(rule({ expiration: { days: 100_000 } })));
            return queries.listVersions(range);
          },
        },
      });
      const result = await enforceLifecycle(bench.job({ metadata }));
      assert.ok(result.expired > 250 && result.expired < 600, `${result.expired} expired`);
      await bench.configure(here.bucket, EXPIRE);
      await enforceLifecycle(bench.job());
      assert.deepEqual(await keys(), []);
    });

    test('a bucket that is gone is passed over, and the next one is looked at from its beginning', async () => {
      const [gone, next] = [await here.another('gone'), await here.another('next')];
      await bench.configure(next.bucket, EXPIRE);
      await next.put('a', { at: OLD });
      const bucketId = gone.bucket.id;
      await database.metadata.mutations.deleteBucket({ bucketId, accountId: here.accountId, at: OLD });
      const place = { bucketId, walk: 'versions', position: { after: 'b', isPrefix: false } } as const;
      await savePass(database.metadata, { midnightMs: 0, place });
      assert.deepEqual(await keepLifecycle(bench.job()), { ...NOTHING, expired: 1 });
      assert.deepEqual(await keys(), ['a', 'b', 'c']);
    });

    test('what fails is told and counted, and the others go on', async () => {
      await putMany(many(30));
      const { mutations } = database.metadata;
      const metadata = withCalls(database.metadata, {
        mutations: {
          expireCurrent(input) {
            return input.key.startsWith('many') ? Promise.reject(new Error('broken')) : mutations.expireCurrent(input);
          },
        },
      });
      assert.deepEqual(await keepLifecycle(bench.job({ metadata })), { ...NOTHING, expired: 3, failed: 30 });
      assert.equal(bench.failures.length, 10);
      assert.match(bench.failures[0] ?? '', /^bucket many\/\d+ Error: broken$/);
      assert.deepEqual(await enforceLifecycle(bench.job()), { ...NOTHING, expired: 30 });
    });

    test('requests come in between: no two pages in one turn of the event loop, and few writes at once', async () => {
      await putMany(many(1500));
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns += 1;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      const pages: number[] = [];
      let [running, most] = [0, 0];
      const { mutations, queries } = database.metadata;
      const metadata = withCalls(database.metadata, {
        queries: {
          listVersions(range) {
            pages.push(turns);
            return queries.listVersions(range);
          },
        },
        mutations: {
          async expireCurrent(input) {
            running += 1;
            most = Math.max(most, running);
            // Half of them stay, so that there are pages with nothing to do as well.
            const isDone = input.key > 'many/00700' || (await mutations.expireCurrent(input));
            running -= 1;
            return isDone;
          },
        },
      });
      await enforceLifecycle(bench.job({ metadata }));
      isOver = true;
      assert.equal(new Set(pages).size, pages.length);
      assert.ok(pages.length >= 6);
      assert.equal(most, 64);
      await enforceLifecycle(bench.job());
    });
  });
}

test('whether a pass is due is looked at many times a day, be it short or long', () => {
  assert.deepEqual(
    [1, 2, 60, DAY_SECONDS].map((seconds) => lifecycleIntervalMs(seconds * 1000)),
    [100, 100, 1200, 60_000],
  );
});
