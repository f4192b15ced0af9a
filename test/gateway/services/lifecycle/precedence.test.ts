import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Circumstances,
  compileLifecycle,
  DAY_MS,
  dueAction,
  type LifecycleConfiguration,
  type LifecycleRule,
  type VersionFacts,
} from '../../../../gateway/services/lifecycle/index.ts';
import { oracle } from './oracle.ts';

const CLASSES = ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];
const BEGIN = Date.parse('2026-03-10T00:00:00.000Z');

// Few of each, so that they meet.
const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
// What excludes most objects would leave little to choose from.
const rare = <T>(some: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });
const prefix = fc.constantFrom('', 'a', 'ab', 'b');
const tag = fc.tuple(fc.constantFrom('k', 'l'), fc.constantFrom('', 'v'));
const tags = fc.uniqueArray(tag, { maxLength: 2, selector: ([key]) => key });
const size = fc.constantFrom(0, 1, 500, 131_071, 131_072, 200_000);
const days = fc.integer({ min: 0, max: 3 });
const storageClass = fc.constantFrom(...CLASSES);
const midnight = fc.integer({ min: -1, max: 4 }).map((day) => new Date(BEGIN + day * DAY_MS).toISOString());
const instant = fc
  .tuple(fc.integer({ min: -2, max: 3 }), fc.constantFrom(0, 1, DAY_MS / 2, DAY_MS - 1))
  .map(([day, ms]) => new Date(BEGIN + day * DAY_MS + ms).toISOString());
const time = fc.oneof(fc.record({ days }), fc.record({ date: midnight }));
const newerVersions = optional(fc.integer({ min: 1, max: 2 }));

const rule: fc.Arbitrary<Omit<LifecycleRule, 'id'>> = fc.record({
  isEnabled: fc.integer({ max: 9, min: 0 }).map((dice) => dice > 0),
  scope: fc.record({
    form: fc.constant('and' as const),
    prefix: rare(prefix),
    tags: rare(tags),
    sizeGreaterThan: rare(size),
    sizeLessThan: rare(size),
  }),
  expiration: optional(fc.oneof(time, fc.record({ expiredObjectDeleteMarker: fc.boolean() }))),
  transitions: optional(
    fc.array(
      fc.tuple(time, storageClass).map(([when, to]) => ({ ...when, storageClass: to })),
      { maxLength: 3 },
    ),
  ),
  noncurrentExpiration: optional(fc.record({ days, newerVersions })),
  noncurrentTransitions: optional(fc.array(fc.record({ days, newerVersions, storageClass }), { maxLength: 3 })),
});

const configuration: fc.Arbitrary<LifecycleConfiguration> = fc.record({
  rules: fc
    .array(rule, { minLength: 1, maxLength: 5 })
    .map((rules) => rules.map((one, id) => ({ ...one, id: `${id}` }))),
  minimumTransitionSize: fc.constantFrom('all_storage_classes_128K', 'varies_by_storage_class'),
});

const version: fc.Arbitrary<VersionFacts> = fc
  .record({
    key: fc.constantFrom('a', 'ab', 'abc', 'b', 'c'),
    sizeBytes: size,
    tags,
    lastModified: instant,
    isLatest: fc.boolean(),
    isDeleteMarker: fc.boolean(),
    isOnlyVersion: fc.boolean(),
    noncurrentSince: instant,
    newerNoncurrentCount: fc.nat({ max: 3 }),
    storageClass: fc.constantFrom('STANDARD', ...CLASSES),
    expiresForGood: fc.boolean(),
  })
  .map((facts) => ({
    ...facts,
    noncurrentSince: facts.isLatest ? undefined : facts.noncurrentSince,
    ...(facts.isDeleteMarker ? { sizeBytes: 0, tags: [] } : {}),
  }));

const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  nowMs: fc.oneof(instant, midnight).map((now) => Date.parse(now)),
  dayMs: fc.constantFrom(DAY_MS, DAY_MS, DAY_MS / 2, 1000, 7),
  storageClasses: fc.subarray(CLASSES, { minLength: 3 }),
});

test('what is due is what writing down every action and sorting them gives', () => {
  fc.assert(
    fc.property(configuration, version, circumstances, (written, facts, here) => {
      assert.deepEqual(dueAction(compileLifecycle(written), facts, here), oracle(written, facts, here));
    }),
    { numRuns: 20_000 },
  );
});

test('what was done is not due again', () => {
  fc.assert(
    fc.property(configuration, version, circumstances, (written, facts, here) => {
      const moves: string[] = [];
      let now = facts;
      for (;;) {
        const action = dueAction(compileLifecycle(written), now, here);
        if (action?.kind !== 'transition') break;
        moves.push(action.storageClass);
        now = { ...now, storageClass: action.storageClass };
      }
      assert.equal(new Set(moves).size, moves.length);
    }),
  );
});

test('what is due stays due as time goes by, or something that takes its place', () => {
  fc.assert(
    fc.property(configuration, version, circumstances, (written, facts, here) => {
      if (dueAction(compileLifecycle(written), facts, here) === undefined) return;
      const later = { ...here, nowMs: here.nowMs + here.dayMs };
      assert.notEqual(dueAction(compileLifecycle(written), facts, later), undefined);
    }),
  );
});
