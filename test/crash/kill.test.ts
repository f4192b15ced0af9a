import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GatewayProcess } from '../support/process.ts';
import { Client } from './client.ts';
import { checkObjects, checkRows, checkSweep, checkVersions } from './inspect.ts';
import { createKeptBucket } from './keeper.ts';
import { Ledger } from './ledger.ts';
import { BUCKET, complete, storm } from './storm.ts';
import { VersionLedger } from './version-ledger.ts';

/** Where the process dies, and up to which time that it gets there. */
const KILL_POINTS: readonly (readonly [point: string, upTo: number])[] = [
  ['mkdir-before', 1],
  ['mkdir-after', 1],
  ['open-before', 12],
  ['open-after', 12],
  ['writev-before', 12],
  ['writev-half', 12],
  ['writev-after', 12],
  ['fdatasync-before', 12],
  ['fdatasync-after', 12],
  ['fsync-before', 12],
  ['fsync-after', 12],
  ['commit-before', 40],
  ['commit-after', 40],
  ['reply-before', 80],
  ['reply-after', 80],
  ['unlink-before', 6],
  ['unlink-after', 6],
];
const ROUNDS_EACH = 2;
/** Kills at any moment at all. */
const TIMED_KILLS = 6;
const STORM_LIMIT_MS = 3000;
const SWEEP_EVERY = 4;

const PRELOAD = `--import ${new URL('./kill-points.js', import.meta.url)}`;
/** Live sweeps without any grace: what they must not touch is tested as well. */
const SETTINGS = { GATEHOUSE_SWEEP_INTERVAL: '1', GATEHOUSE_SWEEP_GRACE: '0' };

let gateway: GatewayProcess;
let dataFolder: string;
const ledger = new Ledger();
const versions = new VersionLedger();
let rounds = 0;

before(async () => {
  gateway = await GatewayProcess.start(SETTINGS);
  dataFolder = join(gateway.folder, 'data');
  const client = new Client(gateway);
  await client.expect([200], { method: 'PUT', path: `/${BUCKET}` });
  await createKeptBucket(client);
  client.close();
});
after(() => gateway.stop());

/** Starts with a death ahead; the folders that it syncs then are points like any other. */
async function diesAtStart(killPoint: string): Promise<boolean> {
  try {
    await gateway.restart({ NODE_OPTIONS: PRELOAD, GATEHOUSE_TEST_KILL: killPoint });
    return false;
  } catch (error) {
    if (!String(error).includes('killed at')) throw error;
    return true;
  }
}

async function stormUntilDeath(killAfterMs: number): ReturnType<typeof storm> {
  const client = new Client(gateway);
  const timer = setTimeout(() => void gateway.kill(), killAfterMs);
  const lost = await storm({ client, ledger, versions, round: rounds, random: Math.random });
  clearTimeout(timer);
  client.close();
  return lost;
}

/** Starts with a death ahead, storms until it has come, and looks at what is there after a new start. */
async function survive(killPoint: string, killAfterMs: number): Promise<boolean> {
  rounds += 1;
  const lost = (await diesAtStart(killPoint)) ? [] : await stormUntilDeath(killAfterMs);
  const wasReached = (await gateway.log()).includes(`killed at ${killPoint.split(':')[0]}`);
  await gateway.kill();
  if (rounds % SWEEP_EVERY === 0) await checkSweep(dataFolder);

  await gateway.restart();
  const client = new Client(gateway);
  for (const completion of lost) {
    // A client that lost the reply asks again, and is told the same as if it had not.
    await complete(client, completion);
    ledger.acknowledge(completion.key, completion.state);
  }
  await checkObjects(client, ledger);
  await checkVersions(client, versions);
  checkRows(dataFolder);
  client.close();
  return wasReached;
}

for (const [point, upTo] of KILL_POINTS) {
  test(`nothing acknowledged is lost and nothing is half there when it is killed at ${point}`, async () => {
    let reached = 0;
    for (let round = 0; round < ROUNDS_EACH; round += 1) {
      const times = 1 + Math.floor(Math.random() * upTo);
      if (await survive(`${point}:${times}`, STORM_LIMIT_MS)) reached += 1;
    }
    assert.ok(reached > 0, `it never came to ${point}`);
  });
}

test('nothing acknowledged is lost and nothing is half there when it is killed at any moment', async () => {
  for (let round = 0; round < TIMED_KILLS; round += 1) await survive('never', 50 + Math.random() * 1500);
});

test('after all that, a sweep leaves exactly the blobs that are referred to', async () => {
  await gateway.shutDown();
  await checkSweep(dataFolder);
  await gateway.restart();
  const client = new Client(gateway);
  await checkObjects(client, ledger);
  await checkVersions(client, versions);
  client.close();
  assert.ok(ledger.acknowledged > 1000, `${ledger.acknowledged} writes were acknowledged`);
});
