import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ListPosition } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { type Bench, NOON, staged, useBench } from './support/fixture.ts';
import { listModel, type ModelPage, type ModelRange } from './support/list-model.ts';
import { compareBytes, oddDelimiter, oddKey, oddPrefix } from './support/odd-keys.ts';

async function fill(here: Bench, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => here.put(key)));
}

async function list(here: Bench, range: ModelRange): Promise<ModelPage> {
  const page = await here.metadata.queries.listObjects({ bucketId: here.bucket.id, ...range });
  return { ...page, keys: page.rows.map(([key]) => key), ...{ rows: undefined } };
}

/** For comparison with the model: without what only the real page has. */
function shape({ keys, commonPrefixes, next }: ModelPage): ModelPage {
  return next === undefined ? { keys, commonPrefixes } : { keys, commonPrefixes, next };
}

const position: fc.Arbitrary<ListPosition | undefined> = fc.option(
  fc.record({ after: fc.oneof(oddKey, oddPrefix), isPrefix: fc.boolean() }),
  { nil: undefined },
);

for (const dialect of dialects) {
  describe(`lists in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('any page of any bucket is what looking at every key gives', async () => {
      const scenario = fc.record({
        keys: fc.uniqueArray(oddKey, { maxLength: 25 }),
        ranges: fc.array(
          fc.record({ prefix: oddPrefix, delimiter: oddDelimiter, position, limit: fc.integer({ min: 0, max: 12 }) }),
          { minLength: 1, maxLength: 12 },
        ),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ keys, ranges }) => {
          const here = await bench();
          await fill(here, keys);
          for (const range of ranges) {
            // A position after nothing, or after everything below nothing, does not occur.
            if (range.position?.after === '' || range.limit === 0) continue;
            assert.deepEqual(shape(await list(here, range)), listModel(keys, range));
          }
        }),
        { numRuns: 120 },
      );
    });

    test('pages of any size follow each other without gap or overlap', async () => {
      const scenario = fc.record({
        keys: fc.uniqueArray(oddKey, { maxLength: 30 }),
        prefix: oddPrefix,
        delimiter: oddDelimiter,
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ keys, prefix, delimiter }) => {
          const here = await bench();
          await fill(here, keys);
          const whole = listModel(keys, { prefix, delimiter, limit: Number.POSITIVE_INFINITY });
          for (const limit of [1, 2, 3, 7, keys.length + 1]) {
            const seen: ModelPage = { keys: [], commonPrefixes: [] };
            let at: ListPosition | undefined;
            do {
              const page = await list(here, { prefix, delimiter, position: at, limit });
              assert.ok(page.keys.length + page.commonPrefixes.length <= limit);
              seen.keys.push(...page.keys);
              seen.commonPrefixes.push(...page.commonPrefixes);
              at = page.next;
            } while (at !== undefined);
            assert.deepEqual(seen, whole);
          }
        }),
        { numRuns: 60 },
      );
    });

    test('keys come in the order of their bytes, not of their UTF-16 units', async () => {
      const here = await bench();
      const keys = ['\uffff', '\u{10000}', '\ue000', '\ud7ff', 'Z', 'a', '\u{10ffff}', 'é', 'z'];
      await fill(here, keys);
      const page = await list(here, { prefix: '', delimiter: '', limit: 100 });
      assert.deepEqual(page.keys, ['Z', 'a', 'z', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']);
      assert.deepEqual(page.keys, keys.toSorted(compareBytes));
    });

    test('nothing follows the last common prefix that there can be', async () => {
      const here = await bench();
      await fill(here, ['a', '\u{10ffff}x', '\u{10ffff}y']);
      const range = { prefix: '', delimiter: '\u{10ffff}', limit: 100 };
      assert.deepEqual(shape(await list(here, range)), { keys: ['a'], commonPrefixes: ['\u{10ffff}'] });
      const beyond = { ...range, position: { after: '\u{10ffff}', isPrefix: true } };
      assert.deepEqual(shape(await list(here, beyond)), { keys: [], commonPrefixes: [] });
    });

    test('a page of no entries has none, and does not promise more', async () => {
      const here = await bench();
      await fill(here, ['a']);
      assert.deepEqual(shape(await list(here, { prefix: '', delimiter: '', limit: 0 })), {
        keys: [],
        commonPrefixes: [],
      });
    });

    test('a listed object is its row, and another bucket’s objects are not listed', async () => {
      const here = await bench();
      const other = await here.another(`other-than-${here.bucket.name}`);
      await other.put('k', { etag: 'theirs' });
      await here.put('k', { payload: staged(12), etag: 'mine' });
      const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' } as const;
      await here.metadata.mutations.commitObject({
        ...here.target('summed'),
        payload: { kind: 'empty' },
        sizeBytes: 0,
        etag: 'e',
        attributes: '{}',
        checksum,
        storageClass: 'STANDARD_IA',
      });
      const range = { bucketId: here.bucket.id, prefix: '', delimiter: '', limit: 10 };
      const { rows } = await here.metadata.queries.listObjects(range);
      assert.deepEqual(rows[0], ['k', NOON, 'mine', 12, null, null]);
      assert.deepEqual(rows[1]?.slice(4), ['CRC32 FULL_OBJECT', 'STANDARD_IA']);
    });

    test('a bucket of deep folders lists one level at a time', async () => {
      const here = await bench();
      const keys = Array.from({ length: 60 }, (_, i) => `${i % 5}/${i % 12}/${i}`);
      await fill(here, keys);
      for (const prefix of ['', '3/', '3/8/', '3/8']) {
        const range = { prefix, delimiter: '/', limit: 1000 };
        assert.deepEqual(shape(await list(here, range)), listModel(keys, range));
      }
    });
  });
}
