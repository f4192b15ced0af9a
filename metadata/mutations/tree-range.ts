import { Failure } from '../failure.ts';
import { prefixEnd } from '../key-order.ts';
import type { Tx } from '../tx.ts';
import { type Versioning, versioningOf } from '../versioning.ts';
import type { PathInDrive } from './drive-paths.ts';

/** A file or a folder as a transaction finds it: where it is, whose it is, and what becomes of what is overwritten there. */
export interface TreePlace extends PathInDrive {
  readonly bucketName: string;
  readonly ownerId: string;
  readonly isDrive: boolean;
  /** The same for all keys in it. */
  readonly versioning: Versioning;
}

interface Row {
  readonly name: string;
  readonly account_id: string;
  readonly versioning: Versioning;
  readonly is_drive: number;
}

/** Throws `NoSuchBucket`. */
export async function openTree(tx: Tx, { bucketId, path }: PathInDrive): Promise<TreePlace> {
  const row = await tx.get<Row>('SELECT name, account_id, versioning, is_drive FROM buckets WHERE id = ?', bucketId);
  if (row === undefined) throw new Failure('NoSuchBucket');
  const { name: bucketName, account_id: ownerId, is_drive: isDrive } = row;
  return { bucketId, path, bucketName, ownerId, isDrive: isDrive === 1, versioning: versioningOf(row, path) };
}

/** The condition that a key is a file, or below a folder; takes {@link rangeOf}. */
export const IN_TREE = 'bucket_id = ? AND key >= ? AND key < ?';

export function rangeOf({ bucketId, path }: PathInDrive): [bucketId: number, start: string, end: string] {
  const end = path.endsWith('/') ? prefixEnd(path) : undefined;
  return [bucketId, path, end ?? `${path}\0`];
}

/** What a key that begins with a path is called below another one; takes the other path, and the path. */
export function rebased(column: string): string {
  return `? || substr(${column}, length(?) + 1)`;
}

/** Whether one of two paths is in the other, or the same. */
export function isWithin(inner: PathInDrive, outer: PathInDrive): boolean {
  if (inner.bucketId !== outer.bucketId) return false;
  return inner.path === outer.path || (outer.path.endsWith('/') && inner.path.startsWith(outer.path));
}
