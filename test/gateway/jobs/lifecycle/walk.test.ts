import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { VersionFacts } from '../../../../gateway/services/lifecycle/index.ts';
import type { BucketRow } from '../../../../metadata/queries/buckets.ts';
import { dialects } from '../../../metadata/support/dialects.ts';
import { type Bench, NOON, useBench } from '../../../metadata/support/fixture.ts';
import { configuration, rule } from '../../services/lifecycle/rules.ts';
import { naiveFacts, nameOf, play, type WalkStep, walkOver, walkStep } from './walk-world.ts';

/** Tags matter, and so do all keys, or some of them. */
const tagged = (prefix: string) =>
  rule({ id: prefix, scope: { form: 'and', prefix, tags: [['k', 'v']] }, expiration: { days: 1 } });
const ALL = configuration(tagged(''));
const SOME = configuration(tagged('c/'), tagged('ab'), tagged('c/1'));

const history = fc.record({
  steps: fc.array(walkStep, { maxLength: 40, size: 'max' }),
  limit: fc.integer({ min: 2, max: 6 }),
});

async function fresh(here: Bench, steps: readonly WalkStep[]): Promise<BucketRow> {
  await play(here, steps);
  return (await here.metadata.queries.findBucket(here.bucket.name)) as BucketRow; // it was made for the test
}

for (const dialect of dialects) {
  describe(`a walk over the versions of a bucket in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('tells of each what looking at all rows of its key tells', async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ steps, limit }) => {
          const here = await bench();
          const bucket = await fresh(here, steps);
          const expected = await naiveFacts(here, bucket.versioning);
          const seen = new Map<string, VersionFacts>();
          await walkOver(here.metadata, {
            bucket,
            configuration: ALL,
            limit,
            async onPage(versions) {
              for (const version of versions) {
                assert.equal(seen.has(nameOf(version)), false, 'none is met twice');
                seen.set(nameOf(version), version.facts);
              }
              return false;
            },
          });
          assert.deepEqual(Object.fromEntries(seen), Object.fromEntries(expected));
        }),
        { numRuns: 60 },
      );
    });

    test('tells the same where it was cut off after any page and began again', async () => {
      await fc.assert(
        fc.asyncProperty(history, fc.infiniteStream(fc.boolean()), async ({ steps, limit }, cuts) => {
          const here = await bench();
          const bucket = await fresh(here, steps);
          const expected = await naiveFacts(here, bucket.versioning);
          const missing = new Set(expected.keys());
          let pages = 0;
          await walkOver(here.metadata, {
            bucket,
            configuration: ALL,
            limit,
            async onPage(versions) {
              for (const version of versions) {
                assert.deepEqual(version.facts, expected.get(nameOf(version)));
                missing.delete(nameOf(version));
              }
              pages += 1;
              // A key with more versions than a page would begin again for ever.
              return pages < 20 && cuts.next().value === true;
            },
          });
          assert.deepEqual([...missing], []);
        }),
        { numRuns: 60 },
      );
    });

    test('does not depend on what it deletes on its way', async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ steps, limit }) => {
          const here = await bench();
          const bucket = await fresh(here, steps);
          const expected = await naiveFacts(here, bucket.versioning);
          let count = 0;
          await walkOver(here.metadata, {
            bucket,
            configuration: ALL,
            limit,
            async onPage(versions) {
              for (const version of versions) {
                count += 1;
                assert.deepEqual(version.facts, expected.get(nameOf(version)));
                if (version.facts.isLatest) continue;
                const { row } = version;
                const judged = { bucketId: bucket.id, key: row[0], seq: -row[11], tags: row[10], at: NOON };
                await here.metadata.mutations.deleteNoncurrent({ ...judged, newerVersions: 0 });
              }
              return false;
            },
          });
          assert.equal(count, expected.size);
        }),
        { numRuns: 60 },
      );
    });

    test('leaves out what no rule is about', async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ steps, limit }) => {
          const here = await bench();
          const bucket = await fresh(here, steps);
          const expected = await naiveFacts(here, bucket.versioning);
          const seen: string[] = [];
          await walkOver(here.metadata, {
            bucket,
            configuration: SOME,
            limit,
            async onPage(versions) {
              seen.push(...versions.map(nameOf));
              return false;
            },
          });
          const wanted = [...expected.keys()].filter((name) => /^(ab|c\/)/.test(name));
          assert.deepEqual(seen.sort(), wanted.sort());
        }),
        { numRuns: 40 },
      );
    });
  });
}
