import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ForeignStore, type StoreOwner } from '../backend.ts';

/** A name that no blob and no directory of blobs has. */
const MARK = 'store-id';

/**
 * Checks the mark of a folder of blobs, or makes it where the folder is empty. Resolves to whether it was made.
 * @throws ForeignStore
 */
export async function claimFolder(root: string, { storeId, hasBlobs }: StoreOwner): Promise<boolean> {
  const path = join(root, MARK);
  const marked = await readMark(path);
  if (marked === storeId) return false;
  if (marked !== '')
    throw new ForeignStore(`${root} is marked as the store ${marked}, and the database has ${storeId}.`);
  if (hasBlobs)
    throw new ForeignStore(`${path} is missing, and the database refers to blobs. Is the right disk mounted?`);
  const [found] = (await readdir(root)).filter((name) => name !== MARK && name !== 'lost+found');
  if (found !== undefined) {
    throw new ForeignStore(`${root} holds ${found}, and no ${MARK} of this database. It must be empty at first.`);
  }
  await writeMark(path, storeId);
  return true;
}

/** Empty where there is none, or where a crash came between making the file and writing it. */
async function readMark(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

async function writeMark(path: string, storeId: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${storeId}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
