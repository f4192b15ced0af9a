import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ListPosition } from '../../metadata/index.ts';
import { listVersions } from '../../metadata/queries/list-versions.ts';
import type { Tx, Value } from '../../metadata/tx.ts';
import { newVersionId } from '../../metadata/version-id.ts';
import { dialects } from './support/dialects.ts';
import { type Bench, NOON, useBench } from './support/fixture.ts';
import { oddDelimiter, oddKey, oddPrefix } from './support/odd-keys.ts';
import {
  readVersions,
  type StoredVersion,
  type VersionModelRange,
  type VersionPage,
  versionListModel,
} from './support/version-list-model.ts';

/** What is done to a key, in the order of a history: with versions enabled, or suspended. */
interface Write {
  readonly key: string;
  readonly state: 'Enabled' | 'Suspended';
  readonly isDelete: boolean;
}

/** Few keys, so that each gets several versions. */
const history = fc.uniqueArray(oddKey, { minLength: 1, maxLength: 8 }).chain((keys) =>
  fc.array(
    fc.record({
      key: fc.constantFrom(...keys),
      state: fc.constantFrom('Enabled', 'Enabled', 'Suspended'),
      isDelete: fc.boolean(),
    }) as fc.Arbitrary<Write>,
    { maxLength: 40, size: 'max' },
  ),
);

async function play(here: Bench, writes: readonly Write[]): Promise<void> {
  const { mutations } = here.metadata;
  let state: Write['state'] | undefined;
  const calls: Promise<unknown>[] = [];
  for (const write of writes) {
    if (write.state !== state) calls.push(mutations.setVersioning({ ...here.target(''), versioning: write.state }));
    state = write.state;
    calls.push(write.isDelete ? here.remove(write.key) : here.put(write.key));
  }
  await Promise.all(calls);
}

async function list(here: Bench, range: VersionModelRange): Promise<VersionPage> {
  const page = await here.metadata.queries.listVersions({ bucketId: here.bucket.id, ...range });
  const versions = page.rows.map(([key, , , , , , , id, isMarker, isLatest, , rank]) => {
    return { key, seq: -rank, id, isMarker: isMarker === 1, isLatest: isLatest === 1 };
  });
  const { commonPrefixes, next } = page;
  return next === undefined ? { versions, commonPrefixes } : { versions, commonPrefixes, next };
}

/** Both markers as a client may send them: of what is there, of what is gone, and of what never was. */
interface Marker {
  readonly place: number;
  readonly after: string;
  readonly isPrefix: boolean;
  readonly id: 'none' | 'of the version' | 'null' | 'of nothing';
}

const marker: fc.Arbitrary<Marker | undefined> = fc.option(
  fc.record({
    place: fc.nat({ max: 60 }),
    after: fc.oneof(oddKey, fc.constant('')),
    isPrefix: fc.boolean(),
    id: fc.constantFrom('none', 'of the version', 'null', 'of nothing'),
  }) as fc.Arbitrary<Marker>,
  { nil: undefined },
);

function markersOf(chosen: Marker | undefined, all: readonly StoredVersion[]): Partial<VersionModelRange> {
  if (chosen === undefined) return {};
  const version = all[chosen.place];
  const after = version?.key ?? chosen.after;
  if (after === '') return {};
  // S3 ignores a version beside a common prefix: there is none that it could be of.
  if (chosen.isPrefix) return { position: { after, isPrefix: true } };
  const ids = {
    none: undefined,
    'of the version': version?.id,
    null: 'null',
    'of nothing': newVersionId(chosen.place),
  };
  return { position: { after, isPrefix: false }, afterVersionId: ids[chosen.id] };
}

for (const dialect of dialects) {
  describe(`lists of versions in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('any page of any bucket is what looking at every version gives', async () => {
      const scenario = fc.record({
        writes: history,
        ranges: fc.array(
          fc.record({ prefix: oddPrefix, delimiter: oddDelimiter, marker, limit: fc.integer({ min: 1, max: 12 }) }),
          { minLength: 1, maxLength: 12 },
        ),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ writes, ranges }) => {
          const here = await bench();
          await play(here, writes);
          const all = await readVersions(here.database, here.bucket.id);
          for (const { marker: chosen, ...rest } of ranges) {
            const range = { ...rest, ...markersOf(chosen, all) };
            assert.deepEqual(await list(here, range), versionListModel(all, range));
          }
        }),
        { numRuns: 120 },
      );
    });

    test('pages of any size follow each other without gap or overlap', async () => {
      const scenario = fc.record({ writes: history, prefix: oddPrefix, delimiter: oddDelimiter });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ writes, prefix, delimiter }) => {
          const here = await bench();
          await play(here, writes);
          const all = await readVersions(here.database, here.bucket.id);
          const whole = versionListModel(all, { prefix, delimiter, limit: Number.POSITIVE_INFINITY });
          for (const limit of [1, 2, 3, 7, all.length + 1]) {
            assert.deepEqual(await listAll(here, { prefix, delimiter, limit }), whole);
          }
        }),
        { numRuns: 60 },
      );
    });

    test('what is deleted between two pages, the marker itself included, hides nothing that stays', async () => {
      const scenario = fc.record({
        writes: history,
        limit: fc.integer({ min: 1, max: 5 }),
        deletions: fc.infiniteStream(fc.record({ count: fc.nat({ max: 3 }), place: fc.nat({ max: 60 }) })),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ writes, limit, deletions }) => {
          const here = await bench();
          await play(here, writes);
          const before = await readVersions(here.database, here.bucket.id);
          const seen: StoredVersion[] = [];
          const doomed = new Set<string>();
          await listAll(here, { prefix: '', delimiter: '', limit }, async ({ versions }) => {
            seen.push(...versions);
            const { count, place } = deletions.next().value;
            // The last one of the page is the marker of the next.
            const victims = [versions.at(-1), ...before.slice(place, place + count)].slice(count > 1 ? 0 : 1);
            for (const victim of victims) {
              if (victim === undefined) continue;
              doomed.add(nameOf(victim));
              const { key, id: versionId } = victim;
              await here.metadata.mutations.deleteVersion({ ...here.target(key), versionId });
            }
          });
          const listed = new Set(seen.map(nameOf));
          for (const version of before) assert.ok(listed.has(nameOf(version)) || doomed.has(nameOf(version)));
          for (const version of seen) assert.ok(before.some((each) => nameOf(each) === nameOf(version)));
          // Only behind a null version that is gone may a list begin a key again.
          const hasLostNull = [...doomed].some((name) => name.endsWith(' null'));
          if (!hasLostNull) assert.equal(listed.size, seen.length);
        }),
        { numRuns: 60 },
      );
    });

    test('a key alone as the marker goes past all its versions', async () => {
      const here = await bench();
      await play(
        here,
        ['a', 'b', 'b', 'b', 'c'].map((key) => ({ key, state: 'Enabled', isDelete: false })),
      );
      const position = { after: 'b', isPrefix: false };
      const { versions } = await list(here, { prefix: '', delimiter: '', position, limit: 10 });
      assert.deepEqual(
        versions.map(({ key }) => key),
        ['c'],
      );
    });

    test('a bucket that was never told to keep versions lists the null version of every key', async () => {
      const here = await bench();
      for (const key of ['b', 'a', 'a']) await here.put(key);
      const { versions } = await list(here, { prefix: '', delimiter: '', limit: 10 });
      assert.deepEqual(
        versions.map(({ key, id, isLatest }) => [key, id, isLatest]),
        [
          ['a', 'null', true],
          ['b', 'null', true],
        ],
      );
    });

    test('a listed version is its row, and another bucket’s versions are not listed', async () => {
      const here = await bench();
      const other = await here.another(`other-than-${here.bucket.name}`);
      await other.put('k', { etag: 'theirs' });
      await here.metadata.mutations.commitObject({
        ...here.target('k'),
        payload: { kind: 'empty' },
        sizeBytes: 0,
        etag: 'mine',
        attributes: '{}',
        checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' },
        tags: '[["a","b"]]',
        storageClass: 'STANDARD_IA',
      });
      await here.metadata.mutations.setVersioning({ ...here.target(''), versioning: 'Enabled' });
      const { versionId, seq } = await here.put('k', { etag: 'newer', at: '2026-03-04T12:00:01.000Z' });
      const { rows } = await here.metadata.queries.listVersions({ bucketId: here.bucket.id, ...EVERYTHING });
      const older = rows[1]?.at(-1) as number; // the rank, by which the walk goes on
      assert.deepEqual(rows, [
        ['k', '2026-03-04T12:00:01.000Z', 'newer', 0, null, null, null, versionId, 0, 1, null, -seq],
        ['k', NOON, 'mine', 0, 'CRC32', 'FULL_OBJECT', 'STANDARD_IA', 'null', 0, 0, '[["a","b"]]', older],
      ]);
    });

    test('both tables are read in their own order: nothing is sorted, and nothing is looked at twice', async () => {
      const here = await bench();
      for (const prefix of ['', 'p/']) {
        const [statement] = await statementsOf((tx) => listVersions(tx, { ...EVERYTHING, prefix, bucketId: 1 }));
        const [sql = '', ...values] = statement ?? [];
        const plan = await here.database.rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...(values as number[]));
        const steps = plan.map(({ detail }) => detail);
        assert.ok(!steps.some((step) => /TEMP B-TREE|SCAN/.test(step)), steps.join('\n'));
      }
    });
  });
}

const EVERYTHING = { prefix: '', delimiter: '', limit: 1000 };

function nameOf({ key, id }: StoredVersion): string {
  return `${key} ${id}`;
}

/** Pages as a client of S3 does: with the last key and its version, or with the last common prefix. */
async function listAll(
  here: Bench,
  range: VersionModelRange,
  between: (page: VersionPage) => Promise<void> = async () => undefined,
): Promise<VersionPage> {
  const versions: StoredVersion[] = [];
  const commonPrefixes: string[] = [];
  let position: ListPosition | undefined;
  let afterVersionId: string | undefined;
  do {
    const page = await list(here, { ...range, position, afterVersionId });
    assert.ok(page.versions.length + page.commonPrefixes.length <= range.limit);
    versions.push(...page.versions);
    commonPrefixes.push(...page.commonPrefixes);
    position = page.next;
    afterVersionId = position?.isPrefix ? undefined : page.versions.at(-1)?.id;
    await between(page);
  } while (position !== undefined);
  return { versions, commonPrefixes };
}

/** What a query asks the database, with its values. */
async function statementsOf(ask: (tx: Tx) => Promise<unknown>): Promise<(readonly [string, ...Value[]])[]> {
  const asked: [string, ...Value[]][] = [];
  const record = (sql: string, ...values: readonly Value[]) => {
    asked.push([sql, ...values]);
    return [];
  };
  await ask({ get: () => undefined, all: record, rows: record, run: () => 0 });
  return asked;
}
