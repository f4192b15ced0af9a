import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, rmdir, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackendFull, FilesystemBackend } from '../../../gateway/backends/index.ts';
import { newId } from '../../../gateway/ids.ts';
import { mountSmallDisk, noSmallDisk } from '../../support/small-disk.ts';
import { listAll, pieces, readAll, testBackend } from './suite.ts';

const MEBIBYTE = 1 << 20;
const TWO_HOURS_MS = 7_200_000;

for (const sync of [true, false]) {
  testBackend(`filesystem (${sync ? 'synced' : 'not synced'})`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-blobs-'));
    const root = join(folder, 'made', 'on', 'opening');
    const backend = await FilesystemBackend.open({ root, sync });
    return {
      backend,
      countBlobs: async () => (await filesIn(root)).length,
      remove: async () => {
        await backend.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function inFolder(run: (root: string, backend: FilesystemBackend) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'gatehouse-blobs-'));
  try {
    await run(root, await FilesystemBackend.open({ root, sync: true }));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function store(backend: FilesystemBackend, bytes: Buffer): Promise<string> {
  const { location, settle } = await backend.stage(pieces(bytes));
  settle();
  return location;
}

test('blobs that are written at the same time share a directory', async () => {
  await inFolder(async (root, backend) => {
    await Promise.all(Array.from({ length: 50 }, () => store(backend, randomBytes(100))));
    // One, or two at the turn of one to the next.
    assert.ok((await readdir(root)).length <= 2);
  });
});

test('nobody but the owner may read the blobs', async () => {
  await inFolder(async (root, backend) => {
    await store(backend, Buffer.from('secret'));
    const [directory = ''] = await readdir(root);
    const [file = ''] = await readdir(join(root, directory));
    assert.equal((await stat(join(root, directory))).mode & 0o777, 0o700);
    assert.equal((await stat(join(root, directory, file))).mode & 0o777, 0o600);
  });
});

test('blobs are there for whoever opens the folder later', async () => {
  await inFolder(async (root, backend) => {
    const location = await store(backend, Buffer.from('kept'));
    const later = await FilesystemBackend.open({ root, sync: true });
    assert.equal((await readAll(await later.read(location, { start: 0, end: 3 }))).toString(), 'kept');
    assert.deepEqual(
      (await listAll(later)).map((blob) => blob.location),
      [location],
    );
  });
});

test('what is not named as a blob is never listed, so that nobody removes it', async () => {
  await inFolder(async (root, backend) => {
    const location = await store(backend, Buffer.from('ours'));
    mkdirSync(join(root, 'lost+found'));
    mkdirSync(join(root, 'photos'));
    mkdirSync(join(root, location.slice(0, 6), 'folder'));
    writeFileSync(join(root, 'README'), '');
    writeFileSync(join(root, 'photos', 'IMG_0001.jpg'), '');
    writeFileSync(join(root, 'photos', 'abcdefghijklmnopqrstuvwxyz'), '');
    writeFileSync(join(root, location.slice(0, 6), 'notes.txt'), '');
    assert.deepEqual(
      (await listAll(backend)).map((blob) => blob.location),
      [location],
    );
    assert.ok((await readdir(root)).includes('lost+found'));
  });
});

/** In one directory, whatever the moment. */
function twoIdsOf(timeMs: number): [string, string] {
  return [newId(timeMs), newId(timeMs)];
}

test('a directory whose time is over goes with the last blob in it', async () => {
  await inFolder(async (root, backend) => {
    const [first, second] = twoIdsOf(Date.now() - TWO_HOURS_MS);
    mkdirSync(join(root, first.slice(0, 6)));
    for (const location of [first, second]) writeFileSync(join(root, first.slice(0, 6), location), 'x');
    await backend.discard(first);
    assert.deepEqual(await readdir(root), [first.slice(0, 6)]);
    await backend.discard(second);
    assert.deepEqual(await readdir(root), []);
  });
});

test('a directory whose time is not over stays', async () => {
  await inFolder(async (root, backend) => {
    const location = await store(backend, Buffer.from('x'));
    await backend.discard(location);
    assert.deepEqual(await readdir(root), [location.slice(0, 6)]);
    const again = await store(backend, Buffer.from('y'));
    assert.equal((await readAll(await backend.read(again, { start: 0, end: 0 }))).toString(), 'y');
  });
});

test('a directory that somebody removed is made anew', async () => {
  await inFolder(async (root, backend) => {
    const location = await store(backend, Buffer.from('x'));
    await backend.discard(location);
    await rmdir(join(root, location.slice(0, 6)));
    const again = await store(backend, Buffer.from('y'));
    assert.equal((await readAll(await backend.read(again, { start: 0, end: 0 }))).toString(), 'y');
  });
});

test('a blob that is shorter than its row says is an error and not a short read', async () => {
  await inFolder(async (root, backend) => {
    const location = await store(backend, randomBytes(2 * MEBIBYTE));
    await truncate(join(root, location.slice(0, 6), location), MEBIBYTE);
    const reading = readAll(await backend.read(location, { start: 0, end: 2 * MEBIBYTE - 1 }));
    await assert.rejects(reading, /ends at byte 1048576/);
  });
});

test('a folder that cannot be written is an error of its own, not a full backend', async () => {
  await inFolder(async (root, backend) => {
    // A file stands where the directory of this moment, or of the next, should be.
    for (const laterMs of [0, 300_000]) writeFileSync(join(root, newId(Date.now() + laterMs).slice(0, 6)), '');
    await assert.rejects(backend.stage(pieces(Buffer.from('x'))), (error) => !(error instanceof BackendFull));
  });
});

test('on a full disk staging is BackendFull, leaves nothing, and works again when there is room', async (t) => {
  if (noSmallDisk !== undefined) return t.skip(noSmallDisk);
  const disk = mountSmallDisk(8);
  try {
    const root = join(disk.path, 'blobs');
    const backend = await FilesystemBackend.open({ root, sync: true });
    const first = await store(backend, randomBytes(5 * MEBIBYTE));
    const freeBytes = await backend.freeBytes();
    assert.ok(freeBytes < 3.1 * MEBIBYTE);
    await assert.rejects(backend.stage(pieces(randomBytes(2 * MEBIBYTE), randomBytes(2 * MEBIBYTE))), BackendFull);
    assert.equal(await backend.freeBytes(), freeBytes);
    assert.equal((await filesIn(root)).length, 1);
    const end = 5 * MEBIBYTE - 1;
    assert.equal((await readAll(await backend.read(first, { start: 0, end }))).byteLength, 5 * MEBIBYTE);
    await backend.discard(first);
    await store(backend, randomBytes(4 * MEBIBYTE));
  } finally {
    disk.unmount();
  }
});
