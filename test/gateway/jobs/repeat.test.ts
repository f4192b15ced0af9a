import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat } from '../../../gateway/jobs/repeat.ts';

test('runs follow each other and never overlap, and a failed one does not end them', async () => {
  let running = 0;
  let runs = 0;
  const errors: unknown[] = [];
  const job = repeat({
    intervalMs: 1,
    async run() {
      running += 1;
      runs += 1;
      assert.equal(running, 1);
      await sleep(3);
      running -= 1;
      if (runs === 2) throw new Error('once');
    },
    onError: (error) => errors.push(error),
  });
  while (runs < 5) await sleep(1);
  await job.stop();
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ['once'],
  );
});

test('stopping waits for the run under way and lets no other begin', async () => {
  let ended = 0;
  let begun = 0;
  const job = repeat({
    intervalMs: 1,
    async run() {
      begun += 1;
      await sleep(20);
      ended += 1;
    },
    onError: () => undefined,
  });
  while (begun === 0) await sleep(1);
  await job.stop();
  assert.deepEqual([begun, ended], [1, 1]);
  await sleep(30);
  assert.equal(begun, 1);
});

test('the first run may come at another time than an interval after the start', async () => {
  let begun = 0;
  const job = repeat({
    delayMs: 1,
    intervalMs: 3_600_000,
    async run() {
      begun += 1;
    },
    onError: () => undefined,
  });
  while (begun === 0) await sleep(1);
  await job.stop();
  assert.equal(begun, 1);
});
