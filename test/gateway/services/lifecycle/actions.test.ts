import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  abortionOf,
  compileLifecycle,
  DAY_MS,
  dueAction,
  expirationOf,
  type LifecycleRule,
  type LifecycleScope,
} from '../../../../gateway/services/lifecycle/index.ts';
import { actionAt, at, CREATED, configuration, current, marker, noncurrent, rule, version } from './rules.ts';

const LATER = '2027-01-01T00:00:00.000Z';
const EXPIRE = { kind: 'expire', ruleId: 'rule' };
const DELETE = { kind: 'delete', ruleId: 'rule', newerVersions: 0 };
const REMOVE = { kind: 'remove-marker', ruleId: 'rule' };
const move = (storageClass: string, ruleId = 'rule') => ({ kind: 'transition', ruleId, storageClass });

describe('Expiration', () => {
  const rules = [rule({ expiration: { days: 2 } })];

  test('is due from the midnight after so many days on, and not before', () => {
    assert.equal(actionAt('2026-03-12T23:59:59.999Z', version(), rules), undefined);
    assert.deepEqual(actionAt('2026-03-13T00:00:00.000Z', version(), rules), EXPIRE);
    assert.deepEqual(actionAt(LATER, version(), rules), EXPIRE);
  });

  test('on a date is due from that date on, whenever the object was made', () => {
    const dated = [rule({ expiration: { date: '2026-06-01T00:00:00.000Z' } })];
    assert.equal(actionAt('2026-05-31T23:59:59.999Z', version(), dated), undefined);
    assert.deepEqual(actionAt('2026-06-01T00:00:00.000Z', version(), dated), EXPIRE);
    const young = version({ lastModified: '2026-06-02T10:00:00.000Z' });
    assert.deepEqual(actionAt('2026-06-02T10:00:01.000Z', young, dated), EXPIRE);
  });

  test('does nothing to noncurrent versions', () => {
    assert.equal(actionAt(LATER, noncurrent(), rules), undefined);
  });

  test('of a disabled rule is never due', () => {
    assert.equal(actionAt(LATER, version(), [rule({ isEnabled: false, expiration: { days: 1 } })]), undefined);
  });

  test('leaves a delete marker that has versions below it', () => {
    assert.equal(actionAt(LATER, marker({ isOnlyVersion: false }), rules), undefined);
  });

  test('removes a delete marker that is alone once it is old enough', () => {
    assert.equal(actionAt('2026-03-12T23:59:59.999Z', marker(), rules), undefined);
    assert.deepEqual(actionAt('2026-03-13T00:00:00.000Z', marker(), rules), REMOVE);
  });
});

describe('ExpiredObjectDeleteMarker', () => {
  const rules = [rule({ expiration: { expiredObjectDeleteMarker: true } })];

  test('removes a delete marker as soon as it is alone', () => {
    assert.deepEqual(actionAt(CREATED, marker(), rules), REMOVE);
    assert.equal(actionAt(LATER, marker({ isOnlyVersion: false }), rules), undefined);
  });

  test('does nothing to versions', () => {
    assert.equal(actionAt(LATER, version(), rules), undefined);
    assert.equal(actionAt(LATER, noncurrent({ isDeleteMarker: true, sizeBytes: 0 }), rules), undefined);
  });

  test('that is false does nothing', () => {
    assert.equal(actionAt(LATER, marker(), [rule({ expiration: { expiredObjectDeleteMarker: false } })]), undefined);
  });
});

describe('NoncurrentVersionExpiration', () => {
  const rules = [rule({ noncurrentExpiration: { days: 3 } })];

  test('counts from when the version ceased to be current', () => {
    const facts = noncurrent({ lastModified: '2020-01-01T00:00:00.000Z' });
    assert.equal(actionAt('2026-03-13T23:59:59.999Z', facts, rules), undefined);
    assert.deepEqual(actionAt('2026-03-14T00:00:00.000Z', facts, rules), DELETE);
  });

  test('does nothing to the current version', () => {
    assert.equal(actionAt(LATER, current(), rules), undefined);
    assert.equal(actionAt(LATER, marker(), rules), undefined);
  });

  test('deletes noncurrent delete markers, too', () => {
    assert.deepEqual(actionAt(LATER, noncurrent({ isDeleteMarker: true, sizeBytes: 0 }), rules), DELETE);
  });

  test('keeps so many newer versions whatever their age', () => {
    const keeping = [rule({ noncurrentExpiration: { days: 1, newerVersions: 2 } })];
    for (const [newerNoncurrentCount, expected] of [
      [0, undefined],
      [1, undefined],
      [2, { ...DELETE, newerVersions: 2 }],
      [3, { ...DELETE, newerVersions: 2 }],
    ] as const) {
      assert.deepEqual(actionAt(LATER, noncurrent({ newerNoncurrentCount }), keeping), expected);
      assert.equal(actionAt(CREATED, noncurrent({ newerNoncurrentCount }), keeping), undefined);
    }
  });

  test('takes the place of a transition', () => {
    const both = [
      rule({ id: 'move', noncurrentTransitions: [{ days: 1, storageClass: 'GLACIER' }] }),
      rule({ noncurrentExpiration: { days: 3 } }),
    ];
    assert.deepEqual(actionAt('2026-03-13T00:00:00.000Z', noncurrent(), both), move('GLACIER', 'move'));
    assert.deepEqual(actionAt('2026-03-14T00:00:00.000Z', noncurrent(), both), DELETE);
  });
});

describe('Transition', () => {
  const tiering = [
    rule({
      transitions: [
        { days: 30, storageClass: 'STANDARD_IA' },
        { days: 90, storageClass: 'GLACIER' },
      ],
      expiration: { days: 365 },
    }),
  ];

  test('follows transition until the object expires', () => {
    assert.equal(actionAt('2026-04-09T23:59:59.999Z', version(), tiering), undefined);
    assert.deepEqual(actionAt('2026-04-10T00:00:00.000Z', version(), tiering), move('STANDARD_IA'));
    assert.equal(actionAt('2026-04-10T00:00:00.000Z', version({ storageClass: 'STANDARD_IA' }), tiering), undefined);
    const moved = version({ storageClass: 'STANDARD_IA' });
    assert.deepEqual(actionAt('2026-06-09T00:00:00.000Z', moved, tiering), move('GLACIER'));
    assert.deepEqual(actionAt('2026-06-09T00:00:00.000Z', version(), tiering), move('GLACIER'));
    assert.equal(actionAt('2026-06-09T00:00:00.000Z', version({ storageClass: 'GLACIER' }), tiering), undefined);
    assert.deepEqual(actionAt('2027-03-11T00:00:00.000Z', version({ storageClass: 'GLACIER' }), tiering), EXPIRE);
  });

  test('never goes back to a dearer class', () => {
    const rules = [rule({ transitions: [{ days: 0, storageClass: 'STANDARD_IA' }] })];
    for (const storageClass of ['STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE']) {
      assert.equal(actionAt(LATER, version({ storageClass }), rules), undefined);
    }
  });

  test('waits while its class is not configured, and holds nothing up', () => {
    const lifecycle = compileLifecycle(configuration(...tiering));
    const withoutGlacier = { ...at('2026-06-09T00:00:00.000Z'), storageClasses: ['STANDARD_IA'] };
    assert.deepEqual(dueAction(lifecycle, version(), withoutGlacier), move('STANDARD_IA'));
    assert.equal(dueAction(lifecycle, version(), { ...withoutGlacier, storageClasses: [] }), undefined);
    assert.deepEqual(dueAction(lifecycle, current(), { ...at(LATER), storageClasses: [] }), undefined);
    const late = { ...at('2028-01-01T00:00:00.000Z'), storageClasses: [] };
    assert.deepEqual(dueAction(lifecycle, current(), late), EXPIRE);
  });

  test('takes objects of REDUCED_REDUNDANCY as those of STANDARD', () => {
    const rules = [rule({ transitions: [{ days: 0, storageClass: 'STANDARD_IA' }] })];
    assert.deepEqual(actionAt(LATER, version({ storageClass: 'REDUCED_REDUNDANCY' }), rules), move('STANDARD_IA'));
  });

  test('does nothing to delete markers', () => {
    const rules = [
      rule({
        scope: { form: 'filter', sizeLessThan: 10 },
        transitions: [{ days: 0, storageClass: 'GLACIER' }],
        noncurrentTransitions: [{ days: 0, storageClass: 'GLACIER' }],
      }),
    ];
    assert.equal(actionAt(LATER, marker(), rules), undefined);
    assert.equal(actionAt(LATER, marker({ isLatest: false, noncurrentSince: CREATED }), rules), undefined);
    assert.deepEqual(actionAt(LATER, noncurrent({ sizeBytes: 0 }), rules), move('GLACIER'));
  });

  test('of noncurrent versions keeps so many newer ones where they are', () => {
    const rules = [rule({ noncurrentTransitions: [{ days: 1, newerVersions: 1, storageClass: 'GLACIER' }] })];
    assert.equal(actionAt(LATER, noncurrent(), rules), undefined);
    assert.deepEqual(actionAt(LATER, noncurrent({ newerNoncurrentCount: 1 }), rules), move('GLACIER'));
    assert.equal(actionAt(LATER, current(), rules), undefined);
  });
});

describe('objects smaller than 128 KiB', () => {
  const small = version({ sizeBytes: 131_071 });
  const whole = version({ sizeBytes: 131_072 });
  const to = (storageClass: string, scope: LifecycleScope = { form: 'filter' }) =>
    rule({ scope, transitions: [{ days: 0, storageClass }] });

  test('stay where they are by default', () => {
    for (const storageClass of ['STANDARD_IA', 'GLACIER', 'DEEP_ARCHIVE']) {
      assert.equal(actionAt(LATER, small, [to(storageClass)]), undefined);
      assert.deepEqual(actionAt(LATER, whole, [to(storageClass)]), move(storageClass));
    }
  });

  test('go to the archives alone where the minimum varies by storage class', () => {
    const minimumTransitionSize = 'varies_by_storage_class';
    for (const storageClass of ['GLACIER', 'DEEP_ARCHIVE']) {
      const configured = { rules: [to(storageClass)], minimumTransitionSize } as const;
      assert.deepEqual(actionAt(LATER, small, configured), move(storageClass));
    }
    for (const storageClass of ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR']) {
      const configured = { rules: [to(storageClass)], minimumTransitionSize } as const;
      assert.equal(actionAt(LATER, small, configured), undefined);
    }
  });

  test('go wherever a filter with a size sends them', () => {
    assert.deepEqual(actionAt(LATER, small, [to('GLACIER', { form: 'filter', sizeGreaterThan: 0 })]), move('GLACIER'));
    assert.deepEqual(
      actionAt(LATER, small, [to('GLACIER', { form: 'filter', sizeLessThan: 200_000 })]),
      move('GLACIER'),
    );
  });

  test('expire as all others', () => {
    assert.deepEqual(actionAt(LATER, version({ sizeBytes: 0 }), [rule({ expiration: { days: 1 } })]), EXPIRE);
  });
});

describe('of several rules', () => {
  const expiring = (id: string, days: number) => rule({ id, expiration: { days } });
  const moving = (id: string, days: number, storageClass: string) =>
    rule({ id, transitions: [{ days, storageClass }] });

  test('the shorter expiration is honored, and told', () => {
    const rules = [expiring('long', 9), expiring('short', 1), expiring('as-short', 1)];
    assert.deepEqual(actionAt('2026-03-12T00:00:00.000Z', version(), rules), { kind: 'expire', ruleId: 'short' });
    assert.deepEqual(actionAt(LATER, version(), rules), { kind: 'expire', ruleId: 'short' });
  });

  test('permanent deletion takes precedence over transition', () => {
    const rules = [moving('move', 1, 'GLACIER'), expiring('rule', 1)];
    assert.deepEqual(actionAt(LATER, version(), rules), EXPIRE);
  });

  test('transition takes precedence over the creation of a delete marker, which follows it', () => {
    const rules = [expiring('rule', 1), moving('move', 1, 'GLACIER')];
    assert.deepEqual(actionAt(LATER, current(), rules), move('GLACIER', 'move'));
    assert.deepEqual(actionAt(LATER, current({ storageClass: 'GLACIER' }), rules), EXPIRE);
  });

  test('the earlier of two transitions to one class is made', () => {
    const rules = [moving('late', 365, 'STANDARD_IA'), moving('early', 10, 'STANDARD_IA')];
    assert.deepEqual(actionAt('2026-03-21T00:00:00.000Z', version(), rules), move('STANDARD_IA', 'early'));
  });

  test('the cheapest class is chosen', () => {
    const rules = [moving('ia', 1, 'STANDARD_IA'), moving('glacier', 1, 'GLACIER'), moving('one', 1, 'ONEZONE_IA')];
    assert.deepEqual(actionAt(LATER, version(), rules), move('GLACIER', 'glacier'));
  });

  test('INTELLIGENT_TIERING is favored over all but the archives', () => {
    const tiering = moving('it', 1, 'INTELLIGENT_TIERING');
    for (const other of ['STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR']) {
      assert.deepEqual(actionAt(LATER, version(), [moving('o', 1, other), tiering]), move('INTELLIGENT_TIERING', 'it'));
      assert.deepEqual(actionAt(LATER, version(), [tiering, moving('o', 1, other)]), move('INTELLIGENT_TIERING', 'it'));
    }
    for (const other of ['GLACIER', 'DEEP_ARCHIVE']) {
      assert.deepEqual(actionAt(LATER, version(), [tiering, moving('o', 1, other)]), move(other, 'o'));
    }
  });
});

describe('a filter', () => {
  const scoped = (scope: Omit<LifecycleScope, 'form'>): LifecycleRule[] => [
    rule({ scope: { form: 'and', ...scope }, expiration: { days: 1 } }),
  ];
  const takes = (scope: Omit<LifecycleScope, 'form'>, facts: Parameters<typeof version>[0]) =>
    actionAt(LATER, version(facts), scoped(scope)) !== undefined;

  test('by prefix takes the keys that begin so', () => {
    assert.ok(takes({ prefix: 'logs/' }, { key: 'logs/a' }));
    assert.ok(takes({ prefix: 'logs/' }, { key: 'logs/' }));
    assert.ok(takes({ prefix: '' }, { key: 'anything' }));
    assert.ok(!takes({ prefix: 'logs/' }, { key: 'log' }));
    assert.ok(!takes({ prefix: 'logs/' }, { key: 'a/logs/' }));
  });

  test('by size takes what is between its bounds, and neither of them', () => {
    const between = { sizeGreaterThan: 500, sizeLessThan: 64_000 };
    for (const [sizeBytes, expected] of [
      [0, false],
      [500, false],
      [501, true],
      [63_999, true],
      [64_000, false],
    ] as const) {
      assert.equal(takes(between, { sizeBytes }), expected, `${sizeBytes}`);
    }
    assert.ok(takes({ sizeLessThan: 1 }, { sizeBytes: 0 }));
    assert.ok(!takes({ sizeGreaterThan: 0 }, { sizeBytes: 0 }));
  });

  test('by tags takes objects that have them all, and maybe more', () => {
    const tags = [
      ['a', '1'],
      ['b', '2'],
    ] as const;
    assert.ok(
      takes(
        { tags },
        {
          tags: [
            ['c', '3'],
            ['b', '2'],
            ['a', '1'],
          ],
        },
      ),
    );
    assert.ok(!takes({ tags }, { tags: [['a', '1']] }));
    assert.ok(
      !takes(
        { tags },
        {
          tags: [
            ['a', '1'],
            ['b', '1'],
          ],
        },
      ),
    );
    assert.ok(
      !takes(
        { tags },
        {
          tags: [
            ['A', '1'],
            ['b', '2'],
          ],
        },
      ),
    );
    assert.ok(!takes({ tags: [['a', '']] }, { tags: [['a', '1']] }));
    assert.ok(!takes({ tags: [['a', '1']] }, { tags: [] }));
  });

  test('of several terms takes objects of which all are true', () => {
    const scope: Omit<LifecycleScope, 'form'> = { prefix: 'p', tags: [['a', '1']], sizeGreaterThan: 9 };
    assert.ok(takes(scope, { key: 'pq', tags: [['a', '1']], sizeBytes: 10 }));
    assert.ok(!takes(scope, { key: 'q', tags: [['a', '1']], sizeBytes: 10 }));
    assert.ok(!takes(scope, { key: 'pq', tags: [], sizeBytes: 10 }));
    assert.ok(!takes(scope, { key: 'pq', tags: [['a', '1']], sizeBytes: 9 }));
  });

  test('tells whether tags need to be read at all', () => {
    const usesTags = (...rules: LifecycleRule[]) => compileLifecycle(configuration(...rules)).usesTags;
    assert.ok(usesTags(...scoped({ tags: [['a', '1']] })));
    assert.ok(!usesTags(...scoped({ prefix: 'a' })));
    assert.ok(!usesTags(...scoped({ tags: [['a', '1']] }).map((one) => ({ ...one, isEnabled: false }))));
  });
});

describe('what is told ahead', () => {
  const object = { key: 'tmp/a', sizeBytes: 1, tags: [], lastModified: CREATED };
  const told = (...rules: LifecycleRule[]) => {
    const due = expirationOf(compileLifecycle(configuration(...rules)), object, DAY_MS);
    return due && [due.ruleId, new Date(due.dueMs).toISOString()];
  };

  test('of the current version is the earliest expiration of all rules that take it', () => {
    const rules = [
      rule({ id: 'year', expiration: { days: 365 } }),
      rule({ id: 'date', expiration: { date: '2026-03-20T00:00:00.000Z' } }),
      rule({ id: 'week', expiration: { days: 7 } }),
      rule({ id: 'other', scope: { form: 'filter', prefix: 'other/' }, expiration: { days: 1 } }),
      rule({ id: 'off', isEnabled: false, expiration: { days: 1 } }),
    ];
    assert.deepEqual(told(...rules), ['week', '2026-03-18T00:00:00.000Z']);
    assert.deepEqual(told(...rules.slice(0, 2)), ['date', '2026-03-20T00:00:00.000Z']);
  });

  test('is nothing where no rule lets the current version expire', () => {
    assert.equal(told(), undefined);
    assert.equal(told(rule({ expiration: { expiredObjectDeleteMarker: true } })), undefined);
    assert.equal(told(rule({ noncurrentExpiration: { days: 1 } })), undefined);
  });

  test('of an upload is when the first rule for its key aborts it', () => {
    const upload = { key: 'tmp/a', initiatedAt: CREATED };
    const lifecycle = compileLifecycle(
      configuration(
        rule({ id: 'week', abortUploadsAfterDays: 7 }),
        rule({ id: 'tmp', scope: { form: 'rule-prefix', prefix: 'tmp/' }, abortUploadsAfterDays: 1 }),
        rule({ id: 'other', scope: { form: 'filter', prefix: 'other/' }, abortUploadsAfterDays: 1 }),
        rule({ id: 'expiring', expiration: { days: 1 } }),
      ),
    );
    const due = Date.parse('2026-03-12T00:00:00.000Z');
    assert.deepEqual(abortionOf(lifecycle, upload, DAY_MS), { ruleId: 'tmp', dueMs: due });
    const elsewhere = abortionOf(lifecycle, { ...upload, key: 'elsewhere' }, DAY_MS);
    assert.deepEqual(elsewhere, { ruleId: 'week', dueMs: due + 6 * DAY_MS });
    assert.equal(abortionOf(compileLifecycle(configuration()), upload, DAY_MS), undefined);
  });
});
