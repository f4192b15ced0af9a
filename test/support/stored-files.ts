import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestGateway } from './gateway.ts';

/** The files of all blobs, whether or not anything refers to them. */
export async function blobFiles({ dataFolder }: TestGateway): Promise<string[]> {
  const entries = await readdir(join(dataFolder, 'blobs'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
