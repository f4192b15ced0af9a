import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTestWriter } from '../support/document-writers.ts';
import { CALL } from './document-storm.ts';

const PRELOAD = `--import ${new URL('./kill-points.js', import.meta.url)}`;
const STORM = fileURLToPath(new URL('./document-storm.js', import.meta.url));

/** What a batch of documents may be: what a call writes is there as a whole, or not at all. */
const STATES: Readonly<Record<string, string>> = {
  none: '{}',
  inserted: JSON.stringify({ new: CALL }),
  updated: JSON.stringify({ done: CALL }),
  moved: JSON.stringify({ moved: 1 }),
};

describe('calls that write many documents', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-document-crash-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Resolves to what was told before it was killed. */
  async function stormUntil(killPoint: string): Promise<string[]> {
    const environment = { ...process.env, NODE_OPTIONS: PRELOAD, GATEHOUSE_TEST_KILL: killPoint };
    const child = spawn(process.execPath, [STORM, folder], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => output.push(piece));
    child.stderr.on('data', (piece: Buffer) => errors.push(piece));
    await new Promise((resolve) => child.once('close', resolve));
    assert.match(Buffer.concat(errors).toString(), /killed at/);
    return Buffer.concat(output).toString().trim().split('\n');
  }

  /** The batches that there are, with how many documents of each state they have. */
  async function batches(): Promise<Map<number, Record<string, number>>> {
    const here = await openTestWriter({ folder });
    const found = new Map<number, Record<string, number>>();
    for (const each of (await here.contents('things')) as { batch: number; state: string }[]) {
      const states = found.get(each.batch) ?? {};
      states[each.state] = (states[each.state] ?? 0) + 1;
      found.set(each.batch, states);
    }
    assert.deepEqual(here.violations(), []);
    await here.close();
    return found;
  }

  for (const point of ['commit-before', 'commit-after']) {
    for (const times of [9, 14, 20]) {
      test(`are there as a whole or not at all when it is killed at ${point}, for the ${times}th time`, async () => {
        const told = await stormUntil(`${point}:${times}`);
        const found = await batches();
        for (const states of found.values()) {
          assert.ok(Object.values(STATES).includes(JSON.stringify(states)), JSON.stringify(states));
        }
        const last = new Map(
          told.filter((line) => line !== '').map((line) => line.split(' ').reverse() as [string, string]),
        );
        const order = Object.keys(STATES);
        for (const [batch, state] of last) {
          const now = JSON.stringify(found.get(Number(batch)) ?? {});
          const possible = order.slice(order.indexOf(state)).map((name) => STATES[name]);
          assert.ok(possible.includes(now), `batch ${batch} was told to be ${state}, and is ${now}`);
        }
      });
    }
  }
});
