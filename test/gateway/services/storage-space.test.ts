import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FreeBytes, StorageSpace, StorageSpaces } from '../../../gateway/services/storage-space.ts';
import { failure } from '../../metadata/support/fixture.ts';

/** A disk that tests fill and empty. */
function disk(freeBytes: number | undefined): { freeBytes: number | undefined; look: FreeBytes } {
  const state = { freeBytes, look: async () => state.freeBytes };
  return state;
}

/** Until a write makes it look again, and that look is over. */
async function untilLooked(space: StorageSpace): Promise<void> {
  await sleep(1100);
  try {
    space.require();
  } catch {
    // What was known before; the look is under way.
  }
  await sleep(5);
}

test('room is granted down to the reserve, counting what was granted since the last look', async () => {
  const space = await StorageSpace.watch([disk(1000).look], 200);
  space.require(500);
  space.require(300);
  assert.throws(() => space.require(1), failure('InsufficientStorage'));
});

test('what is larger than the room is refused, and smaller ones go on', async () => {
  const space = await StorageSpace.watch([disk(1000).look], 200);
  assert.throws(() => space.require(801), failure('InsufficientStorage'));
  space.require(800);
});

test('of several places the fullest counts, and one that cannot tell does not', async () => {
  const space = await StorageSpace.watch([disk(undefined).look, disk(300).look, disk(9000).look], 200);
  assert.throws(() => space.require(101), failure('InsufficientStorage'));
  const blind = await StorageSpace.watch([disk(undefined).look, () => Promise.reject(new Error('gone'))], 200);
  blind.require(1e15);
});

test('without a reserve the disk itself tells when it is full', async () => {
  const space = await StorageSpace.watch([disk(10).look], 0);
  space.require(1000);
});

test('room that comes back is seen within a second or so', async () => {
  const watched = disk(100);
  const space = await StorageSpace.watch([watched.look], 200);
  assert.throws(() => space.require(), failure('InsufficientStorage'));
  watched.freeBytes = 1000;
  await untilLooked(space);
  space.require(800);
  assert.throws(() => space.require(1), failure('InsufficientStorage'));
  watched.freeBytes = 300;
  await untilLooked(space);
  space.require(100);
  assert.throws(() => space.require(1), failure('InsufficientStorage'));
});

test('a body needs room where its blobs are, and of the disk of the database only what may be kept there', async () => {
  const watch = (freeBytes: number) => StorageSpace.watch([disk(freeBytes).look], 200);
  const blobs = new Map([
    [undefined, await watch(1_000_000)],
    ['GLACIER_IR', await watch(500)],
  ]);
  const spaces = new StorageSpaces({ metadata: await watch(1000), inlineLimitBytes: 100, blobs });
  spaces.require(900_000, undefined);
  spaces.require(300, 'GLACIER_IR');
  assert.throws(() => spaces.require(1, 'GLACIER_IR'), failure('InsufficientStorage'));
  spaces.requireAny();
  for (let count = 0; count < 5; count += 1) spaces.require(100, undefined);
  assert.throws(() => spaces.require(100, undefined), failure('InsufficientStorage'));
});
