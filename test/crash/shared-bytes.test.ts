import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess } from '../support/process.ts';
import { Client, Lost } from './client.ts';
import { checkRows, checkSweep } from './inspect.ts';
import { someBytes } from './some-bytes.ts';

const PRELOAD = `--import ${new URL('./kill-points.js', import.meta.url)}`;
const SETTINGS = { GATEHOUSE_SWEEP_INTERVAL: '1', GATEHOUSE_SWEEP_GRACE: '0' };
/** Between staging and committing, and between committing and removing what came again. */
const KILL_POINTS = [
  'fdatasync-after',
  'commit-before',
  'commit-after',
  'unlink-before',
  'unlink-after',
  'reply-before',
];
const WRITERS = 6;
const STORM_MS = 1000;

let gateway: GatewayProcess;
let round = 0;

/** The same few contents again and again: inline ones, and files. */
const contents = [6000, 6001, 60_000, 60_001, 200_000].map(someBytes);

before(async () => {
  gateway = await GatewayProcess.start(SETTINGS);
  const client = new Client(gateway);
  await client.expect([200], { method: 'PUT', path: '/shared' });
  client.close();
});
after(() => gateway.stop());

/** What each key has by what was answered; undefined: nothing, and several where a reply was lost. */
const states = new Map<string, (number | undefined)[]>();

/** Each writer has keys of its own, so that what is under them is known. */
async function write(client: Client, writer: number, isOver: () => boolean): Promise<void> {
  for (let step = 0; !isOver(); step += 1) {
    const path = `/shared/${writer}-${step % 4}`;
    const content = step % 5 === 4 ? undefined : Math.floor(Math.random() * contents.length);
    const before = states.get(path) ?? [undefined];
    states.set(path, [...before, content]);
    try {
      await store(client, { path, content });
      states.set(path, [content]);
    } catch (error) {
      if (error instanceof Lost) return;
      throw error;
    }
  }
}

async function store(client: Client, { path, content }: { path: string; content: number | undefined }): Promise<void> {
  const body = content === undefined ? undefined : contents[content];
  if (body === undefined) await client.expect([204], { method: 'DELETE', path });
  else {
    const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') };
    await client.expect([200], { method: 'PUT', path, headers, body });
  }
}

async function check(client: Client): Promise<void> {
  for (const [path, possible] of states) {
    const { status, body } = await client.expect([200, 404], { method: 'GET', path });
    const found = possible.find((content) =>
      content === undefined ? status === 404 : status === 200 && body.equals(contents[content] as Buffer),
    );
    assert.ok(found !== undefined || (status === 404 && possible.includes(undefined)), `${path} has other bytes`);
    states.set(path, [found]);
  }
}

async function survive(killPoint: string): Promise<void> {
  round += 1;
  try {
    await gateway.restart({ NODE_OPTIONS: PRELOAD, GATEHOUSE_TEST_KILL: `${killPoint}:${1 + (round % 7) * 3}` });
    const client = new Client(gateway);
    let isOver = false;
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(client, writer, () => isOver));
    await Promise.race([sleep(STORM_MS), Promise.all(writers)]);
    isOver = true;
    await gateway.kill();
    await Promise.all(writers);
    client.close();
  } catch (error) {
    if (!String(error).includes('killed at')) throw error;
  }
  await gateway.kill();
  await gateway.restart();
  const client = new Client(gateway);
  await check(client);
  checkRows(join(gateway.folder, 'data'));
  client.close();
}

for (const point of KILL_POINTS) {
  test(`bytes that several have are there for each of them when it is killed at ${point}`, async () => {
    await survive(point);
  });
}

test('after all that a sweep leaves what somebody has, and nothing of what came again', async () => {
  await gateway.shutDown();
  await checkSweep(join(gateway.folder, 'data'));
  await gateway.restart();
  const client = new Client(gateway);
  await check(client);
  client.close();
});
