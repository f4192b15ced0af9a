import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';

type Done = (error: Error | null) => void;

/** Syncs that were begun, to be ended by the tests. */
const begun: Done[] = [];
const { fsync } = fs;
fs.fsync = ((_descriptor: number, done: Done) => begun.push(done)) as unknown as typeof fs.fsync; // all that is used of it
syncBuiltinESMExports();
after(() => {
  fs.fsync = fsync;
  syncBuiltinESMExports();
});
const { DirectorySync } = await import('../../../gateway/backends/filesystem/directory-sync.ts');

async function untilBegun(count: number): Promise<void> {
  while (begun.length < count) await new Promise((resolve) => setImmediate(resolve));
}

function end(index: number, error: Error | null = null): void {
  begun[index]?.(error);
}

async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

test('those who come during a sync share the next one, which begins after theirs', async () => {
  begun.length = 0;
  const directories = new DirectorySync();
  const settled: string[] = [];
  const sync = (name: string) => directories.sync(tmpdir()).then(() => settled.push(name));
  sync('first');
  await untilBegun(1);
  sync('second');
  sync('third');
  await settleAll();
  assert.equal(begun.length, 1, 'nobody joins a sync that had begun');
  end(0);
  await untilBegun(2);
  assert.deepEqual(settled, ['first']);
  sync('fourth');
  await settleAll();
  assert.equal(begun.length, 2);
  end(1);
  await untilBegun(3);
  assert.deepEqual(settled, ['first', 'second', 'third']);
  end(2);
  await settleAll();
  assert.deepEqual(settled, ['first', 'second', 'third', 'fourth']);
  assert.equal(begun.length, 3);
});

test('a sync that fails fails for those who waited for it alone', async () => {
  begun.length = 0;
  const directories = new DirectorySync();
  const first = directories.sync(tmpdir());
  await untilBegun(1);
  const second = directories.sync(tmpdir());
  end(0, new Error('no disk'));
  await assert.rejects(first, /no disk/);
  await untilBegun(2);
  end(1);
  await second;
});
