import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const DURATION_MS = 300;

/** How often a second this disk makes 4 KiB durable, one after the other: what a write of ours is compared with. */
export function measureDiskSyncsPerSecond(folder: string): number {
  const path = join(folder, 'disk-floor');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < DURATION_MS) {
    writeSync(file, page);
    fdatasyncSync(file);
    count++;
  }
  closeSync(file);
  rmSync(path);
  return (count / (performance.now() - startedAt)) * 1000;
}
