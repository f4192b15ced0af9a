import { Failure } from '../failure.ts';
import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';
import type { PathInDrive } from './drive-paths.ts';

/** More files of one name are nobody's wish. */
const MAX_NUMBER = 1000;
/** "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is at most 1,024 bytes long." */
const MAX_PATH_BYTES = 1024;

/**
 * The path itself where nothing is, else the first of `name (2).ext`, `name (3).ext`, ... that is free. Throws `FileExists`
 * where none is.
 */
export async function findFreePath(tx: Tx, { bucketId, path }: PathInDrive): Promise<string> {
  for (let number = 1; number <= MAX_NUMBER; number += 1) {
    const numbered = number === 1 ? path : numberedPath(path, number);
    if (Buffer.byteLength(numbered) > MAX_PATH_BYTES) break;
    if (!(await isTaken(tx, { bucketId, path: numbered }))) return numbered;
  }
  throw new Failure('FileExists', `Something is called '${path}'.`);
}

/** Whether a file or a folder has that name, or versions of either are kept there. */
export async function isTaken(tx: Tx, { bucketId, path }: PathInDrive): Promise<boolean> {
  const file = path.endsWith('/') ? path.slice(0, -1) : path;
  const folder = `${file}/`;
  for (const table of ['objects', 'versions']) {
    const row =
      (await tx.get(`SELECT key FROM ${table} WHERE bucket_id = ? AND key = ? LIMIT 1`, bucketId, file)) ??
      (await tx.get(
        `SELECT key FROM ${table} WHERE bucket_id = ? AND key >= ? AND key < ? LIMIT 1`,
        bucketId,
        folder,
        prefixEnd(folder) as string, // it ends with '/'
      ));
    if (row !== undefined) return true;
  }
  return false;
}

/** 'a/b.tar.gz' is 'a/b.tar (2).gz', 'a/b/' is 'a/b (2)/', and '.env' is '.env (2)'. */
function numberedPath(path: string, number: number): string {
  const [, folder = '', stem = '', extension = '', slash = ''] = NAME.exec(path) ?? [];
  return slash === '' ? `${folder}${stem} (${number})${extension}` : `${folder}${stem}${extension} (${number})/`;
}

const NAME = /^(.*\/)?([^/]+?)(\.[^./]+)?(\/)?$/su;
