import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FilesystemBackend } from '../../gateway/backends/index.ts';
import { sweep } from '../../gateway/jobs/sweeper.ts';
import { StorageClasses } from '../../gateway/services/storage-classes.ts';
import { openSqlite } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { INVARIANTS } from '../support/row-invariants.ts';
import type { Client } from './client.ts';
import { KEPT_BUCKET, listVersions } from './keeper.ts';
import type { Ledger, State } from './ledger.ts';
import { BUCKET } from './storm.ts';
import type { VersionLedger } from './version-ledger.ts';

/** Every key reads whole as one of the states that it may be in, and the lists tell the same. */
export async function checkObjects(client: Client, ledger: Ledger): Promise<void> {
  const listed = await listAll(client);
  const found = new Map<string, State>();
  for (const key of ledger.keys()) {
    const state = await readState(client, `/${BUCKET}/${key}`);
    ledger.settle(key, state);
    if (state !== 'absent') found.set(key, state);
  }
  const sizes = (states: Map<string, State>) =>
    Object.fromEntries([...states].map(([key, state]) => [key, state === 'absent' ? -1 : state.sizeBytes]).sort());
  assert.deepEqual(sizes(listed), sizes(found), 'lists agree with reads');
}

/** Every version that was acknowledged is there, in its order, and whole; and so is what else is listed. */
export async function checkVersions(client: Client, versions: VersionLedger): Promise<void> {
  await versions.settle(await listVersions(client), ({ key, versionId }) =>
    readState(client, `/${KEPT_BUCKET}/${key}?versionId=${versionId}`),
  );
}

async function readState(client: Client, path: string): Promise<State> {
  const { status, headers, body } = await client.expect([200, 404], { method: 'GET', path });
  if (status === 404) return 'absent';
  assert.equal(body.byteLength, Number(headers['content-length']), `${path} is whole`);
  const md5 = hash('md5', body);
  // The ETag of a multipart object is not the MD5 of its bytes.
  if (!headers.etag?.includes('-')) assert.equal(headers.etag, `"${md5}"`, `${path} is what its ETag says`);
  return { md5, sizeBytes: body.byteLength };
}

async function listAll(client: Client): Promise<Map<string, State>> {
  const all = new Map<string, State>();
  let token = '';
  for (;;) {
    const query = `?list-type=2&max-keys=50${token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`}`;
    const { body } = await client.expect([200], { method: 'GET', path: `/${BUCKET}${query}` });
    const xml = body.toString();
    for (const [, key = '', size = ''] of xml.matchAll(/<Key>(.+?)<\/Key>.*?<Size>(\d+)<\/Size>/gs)) {
      assert.ok(!all.has(key), `${key} is listed once`);
      all.set(key, { md5: '', sizeBytes: Number(size) });
    }
    token = /<NextContinuationToken>(.+?)<\/NextContinuationToken>/.exec(xml)?.[1] ?? '';
    if (token === '') return all;
  }
}

/** The rows agree with each other, and with the files that they refer to. */
export function checkRows(dataFolder: string): void {
  const database = openDatabase(join(dataFolder, 'metadata.db'), { readonly: true });
  try {
    assert.deepEqual(database.pragma('quick_check'), [{ quick_check: 'ok' }]);
    for (const [name, sql] of Object.entries(INVARIANTS)) assert.deepEqual(database.prepare(sql).all(), [], name);
    const held = database.prepare('SELECT location, size_bytes FROM blobs WHERE location IS NOT NULL AND refs > 0');
    for (const { location, size_bytes: sizeBytes } of held.all() as { location: string; size_bytes: number }[]) {
      const path = join(dataFolder, 'blobs', location.slice(0, 6), location);
      assert.ok(existsSync(path), `the bytes of ${location} are there`);
      assert.equal(statSync(path).size, sizeBytes);
    }
  } finally {
    database.close();
  }
}

/** With no gateway running: one sweep leaves exactly the blobs that rows refer to. */
export async function checkSweep(dataFolder: string): Promise<void> {
  const path = join(dataFolder, 'metadata.db');
  const root = join(dataFolder, 'blobs');
  const metadata = openSqlite({ path, durability: 'full', writer: 'here' });
  const backend = await FilesystemBackend.open({ root, sync: true });
  await sleep(10);
  await sweep({ metadata, stores: new StorageClasses(backend), graceMs: 0, eventRetentionMs: 3_600_000 });
  await metadata.close();
  const database = openDatabase(path, { readonly: true });
  const known = database.prepare('SELECT location FROM blobs WHERE location IS NOT NULL').pluck().all() as string[];
  database.close();
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').map(({ name }) => name);
  assert.deepEqual(files.sort(), known.sort(), 'the folder holds the blobs that are referred to and no others');
}
