import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type BucketRow, type Metadata, openSqlite } from '../../metadata/index.ts';
import { GatewayProcess } from '../support/process.ts';
import { checkRows } from './inspect.ts';

const FILES = 10_000;
const PASSWORD = 'correct horse battery staple';
const PRELOAD = `--import ${new URL('./kill-points.js', import.meta.url)}`;
/** Kills at any moment at all: most of them come while rows move. */
const TIMED_KILLS = 6;
const LONGEST_MS = 600;

let gateway: GatewayProcess;

/** The gateway's database, while it does not run. */
async function withMetadata<Result>(use: (metadata: Metadata) => Promise<Result>): Promise<Result> {
  const path = join(gateway.folder, 'data', 'metadata.db');
  const metadata = openSqlite({ path, durability: 'full', writer: 'here' });
  try {
    return await use(metadata);
  } finally {
    await metadata.close();
  }
}

async function findDrive(metadata: Metadata): Promise<BucketRow> {
  const root = await metadata.queries.findRootAccount();
  const drive = await metadata.queries.findDrive(root?.id ?? '');
  assert.ok(drive !== undefined);
  return drive;
}

async function fill(metadata: Metadata): Promise<void> {
  const bucket = await findDrive(metadata);
  const file = { payload: { kind: 'empty' }, sizeBytes: 0, etag: 'e', attributes: '{"userMetadata":{}}' } as const;
  const about = { bucketId: bucket.id, accountId: bucket.account_id, at: '2026-03-04T12:00:00.000Z' };
  const keys = Array.from({ length: FILES }, (_, index) => `special/here/${String(index).padStart(6, '0')}`);
  await Promise.all(keys.map((key) => metadata.mutations.commitObject({ ...about, ...file, key })));
}

/** How many files are in either folder, and how many versions in both. */
function count(): Promise<{ here: number; there: number; versions: number }> {
  return withMetadata(async (metadata) => {
    const { id: bucketId } = await findDrive(metadata);
    const range = { bucketId, delimiter: '', limit: 2 * FILES };
    const sizeOf = async (prefix: string) => (await metadata.queries.listObjects({ ...range, prefix })).rows.length;
    const { rows } = await metadata.queries.listVersions({ ...range, prefix: 'special/' });
    return { here: await sizeOf('special/here/'), there: await sizeOf('special/there/'), versions: rows.length };
  });
}

async function ask(path: string, { token, ...init }: RequestInit & { token?: string } = {}): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  return fetch(`${gateway.apiUrl}/api/v1${path}`, { ...init, headers });
}

async function logIn(): Promise<string> {
  const reply = await ask('/sessions', { method: 'POST', body: JSON.stringify({ name: 'root', password: PASSWORD }) });
  const { access_token: token } = (await reply.json()) as { access_token: string };
  return token;
}

/** Moves the folder to where it is not, while death comes; resolves to whether it was answered. */
async function moveUntilDeath(from: string, { killAfterMs }: { killAfterMs?: number }): Promise<boolean> {
  const to = from === 'special/here/' ? 'special/there/' : 'special/here/';
  const token = await logIn();
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => void gateway.kill(), killAfterMs);
  const body = JSON.stringify({ from, to });
  const isAnswered = await ask('/drive/move', { method: 'POST', token, body }).then(
    ({ status }) => status === 200,
    () => false,
  );
  clearTimeout(timer);
  await gateway.kill();
  return isAnswered;
}

/** Resolves to where all of it is. */
async function whereItIs(): Promise<string> {
  const { here, there, versions } = await count();
  assert.ok(here === 0 || there === 0, `${here} files are here and ${there} there`);
  assert.deepEqual([here + there, versions], [FILES, FILES]);
  checkRows(join(gateway.folder, 'data'));
  return here > 0 ? 'special/here/' : 'special/there/';
}

before(async () => {
  gateway = await GatewayProcess.start({ GATEHOUSE_ROOT_PASSWORD: PASSWORD });
  assert.equal((await ask('/drive', { token: await logIn() })).status, 200);
  await gateway.shutDown();
  await withMetadata(fill);
});
after(() => gateway.stop());

// The log-in commits as well, and the keeper may: some of these come before the move.
for (const point of ['commit-before', 'commit-after', 'reply-before']) {
  for (const time of [2, 3]) {
    test(`a folder is wholly here or wholly there when the gateway is killed at ${point}, the ${time}. time`, async () => {
      const before = await whereItIs();
      await gateway
        .restart({ NODE_OPTIONS: PRELOAD, GATEHOUSE_TEST_KILL: `${point}:${time}` })
        .then(() => moveUntilDeath(before, {}))
        .catch(() => gateway.kill());
      await whereItIs();
    });
  }
}

test('a folder is wholly here or wholly there when the gateway is killed at any moment', async () => {
  for (let round = 0; round < TIMED_KILLS; round += 1) {
    const before = await whereItIs();
    await gateway.restart();
    const isAnswered = await moveUntilDeath(before, { killAfterMs: (LONGEST_MS * (round + 1)) / TIMED_KILLS });
    const now = await whereItIs();
    if (isAnswered) assert.notEqual(now, before, 'what was acknowledged is done');
  }
});
