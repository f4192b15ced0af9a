import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FilesystemBackend, ForeignStore } from '../../../gateway/backends/index.ts';
import { pieces } from './suite.ts';

async function withFolder(use: (root: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-mark-'));
  await use(join(folder, 'blobs')).finally(() => rm(folder, { recursive: true, force: true }));
}

function open(root: string): Promise<FilesystemBackend> {
  return FilesystemBackend.open({ root, sync: true });
}

test('an empty store is marked by the first database and known to it ever after', () =>
  withFolder(async (root) => {
    await (await open(root)).claim({ storeId: 'one', hasBlobs: false });
    await (await open(root)).claim({ storeId: 'one', hasBlobs: true });
    assert.equal(await readFile(join(root, 'store-id'), 'utf8'), 'one\n');
  }));

test('a store of another database is refused', () =>
  withFolder(async (root) => {
    await (await open(root)).claim({ storeId: 'one', hasBlobs: false });
    const other = await open(root);
    await assert.rejects(other.claim({ storeId: 'two', hasBlobs: false }), ForeignStore);
  }));

test('an empty folder is refused where the database refers to blobs: the disk may not be mounted', () =>
  withFolder(async (root) => {
    const backend = await open(root);
    await assert.rejects(backend.claim({ storeId: 'one', hasBlobs: true }), /Is the right disk mounted/);
    await backend.claim({ storeId: 'one', hasBlobs: false });
    (await backend.stage(pieces(Buffer.from('x')))).settle();
    await rename(root, `${root}-away`);
    await assert.rejects((await open(root)).claim({ storeId: 'one', hasBlobs: true }), ForeignStore);
  }));

test('a mark that a crash left empty is written again', () =>
  withFolder(async (root) => {
    const backend = await open(root);
    await writeFile(join(root, 'store-id'), '');
    await backend.claim({ storeId: 'one', hasBlobs: false });
    assert.equal(await readFile(join(root, 'store-id'), 'utf8'), 'one\n');
  }));

test('a folder with files of somebody else is not made a store', () =>
  withFolder(async (root) => {
    const backend = await open(root);
    await writeFile(join(root, 'letter.txt'), 'dear');
    await assert.rejects(backend.claim({ storeId: 'one', hasBlobs: false }), /letter\.txt/);
  }));
