import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LimitName, Limits } from '../../../gateway/services/limits.ts';
import { Failure } from '../../../metadata/index.ts';

const OPTIONS = { loginFailures: 3, registrationsPerHour: 5, messagesPerDay: 2 };

/** How often something may be done in how many seconds. */
const rates: Readonly<Record<LimitName, readonly [count: number, seconds: number]>> = {
  'log-in failures of an account from an address': [3, 900],
  'log-in failures of an account': [30, 3600],
  'log-in failures of an address': [60, 900],
  'log-ins elsewhere of an address': [300, 900],
  'registrations of an address': [5, 3600],
  'codes of an account': [3, 900],
  'mails to an address': [2, 3600],
  'mails of a client': [20, 3600],
  'unknown accounts of an account': [30, 900],
  'link passwords': [3, 900],
  'link passwords from anywhere': [30, 3600],
  'unknown links of an address': [300, 900],
};

async function takeAll(limits: Limits, key: string, limit: LimitName = 'codes of an account'): Promise<void> {
  for (let taken = 0; taken < rates[limit][0]; taken++) await limits.take(limit, key);
}

/** Refused, until within the given seconds. */
function refusal(withinSeconds: number) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof Failure);
    assert.equal(thrown.code, 'TooManyAttempts');
    assert.match(thrown.detail.RetryAfter ?? '', /^[1-9]\d*$/);
    const seconds = Number(thrown.detail.RetryAfter);
    assert.ok(seconds <= withinSeconds && seconds > withinSeconds - 60, `${seconds} s`);
    return true;
  };
}

for (const [limit, [count, seconds]] of Object.entries(rates) as [LimitName, readonly [number, number]][]) {
  test(`${limit}: ${count} in ${seconds} s, and then no more for that key until they are given back`, async () => {
    const limits = new Limits(OPTIONS);
    for (let taken = 0; taken < count; taken++) {
      await limits.require(limit, 'alice');
      await limits.take(limit, 'alice');
    }
    await assert.rejects(limits.require(limit, 'alice'), refusal(seconds));
    await assert.rejects(limits.take(limit, 'alice'), refusal(seconds));
    await limits.require(limit, 'bob');
    await limits.take(limit, 'bob');
    await limits.reset(limit, 'alice');
    await limits.require(limit, 'alice');
    await limits.take(limit, 'alice');
  });
}

test('looking takes nothing', async () => {
  const limits = new Limits(OPTIONS);
  for (let times = 0; times < 100; times++) await limits.require('codes of an account', 'alice');
  await takeAll(limits, 'alice');
});

test('limits do not share what they count', async () => {
  const limits = new Limits(OPTIONS);
  await takeAll(limits, 'alice');
  await limits.require('link passwords', 'alice');
});

test('no more are given at the same time than one after the other', async () => {
  const limits = new Limits(OPTIONS);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => limits.take('codes of an account', 'alice')),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
});

const sameClient: readonly (readonly [string, string])[] = [
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
  ['2001:db8:1:2::1', '2001:0DB8:0001:0002:0:0:0:9'],
  ['::1', '::2'],
  ['fe80::1', 'fe80::1%eth0'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
];
const otherClient: readonly (readonly [string, string])[] = [
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['2001:db8::1', '2001:db8:0:1::1'],
  ['192.0.2.1', '192.0.2.2'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
  ['unknown', ''],
];

for (const [pairs, are] of [
  [sameClient, 'one client'],
  [otherClient, 'two clients'],
] as const) {
  for (const [one, other] of pairs) {
    test(`${one} and ${other || 'nothing'} are ${are}`, async () => {
      const limits = new Limits(OPTIONS);
      await takeAll(limits, `alice ${one}`);
      const next = limits.take('codes of an account', `alice ${other}`);
      if (are === 'two clients') await next;
      else await assert.rejects(next, refusal(900));
    });
  }
}

test('a flood of keys takes bounded memory, and frees nobody who was counted before', async () => {
  const limits = new Limits(OPTIONS);
  await takeAll(limits, 'alice');
  const before = process.memoryUsage().rss;
  for (let index = 0; index < 200_000; index++) {
    await limits.take('codes of an account', `${'x'.repeat(1000)}${index}`).catch(() => undefined);
  }
  const grownMib = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grownMib < 200, `grew by ${grownMib} MiB`);
  await assert.rejects(limits.require('codes of an account', 'alice'), refusal(900));
  await limits.reset('codes of an account', 'alice');
});
