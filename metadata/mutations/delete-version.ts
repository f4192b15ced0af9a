import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { forgetPath } from './drive-paths.ts';
import { appendEvent } from './events.ts';
import { type FoundVersion, findVersionRow } from './find-version.ts';
import { requireUnlocked } from './lock.ts';
import { forget, VERSION_COLUMNS } from './versions.ts';

export interface DeleteVersion {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId: string;
  readonly accountId: string;
  /** ISO time; retention is measured by it. */
  readonly at: string;
  /** The caller may, and wants to, delete what governance retains. */
  readonly bypassGovernance?: boolean | undefined;
}

export interface DeletedVersion {
  readonly existed: boolean;
  readonly isDeleteMarker: boolean;
}

/**
 * Deletes one version for good; what is then the newest of the key is current. Deleting what is not there succeeds.
 * Throws `NoSuchBucket`, `AccessDenied` for a locked version.
 */
export async function deleteVersion(tx: Tx, input: DeleteVersion): Promise<DeletedVersion> {
  const { bucketId, key } = input;
  const bucket = await tx.get<{ name: string; account_id: string; is_drive: number }>(
    'SELECT name, account_id, is_drive FROM buckets WHERE id = ?',
    bucketId,
  );
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  const version = await findVersionRow(tx, input);
  if (version === undefined) return { existed: false, isDeleteMarker: false };
  requireUnlocked(version, input);
  await removeRow(tx, { bucketId, key, version });
  if (bucket.is_drive === 1) await forgetPath(tx, { bucketId, path: key });
  await forget(tx, { ownerId: bucket.account_id, at: input.at, freed: version.isDeleteMarker ? [] : [version] });
  await appendEvent(tx, {
    at: input.at,
    type: 'object.deleted',
    accountId: input.accountId,
    bucket: bucket.name,
    key,
    versionId: version.version_id,
    sizeBytes: version.size_bytes,
    etag: version.etag,
  });
  return { existed: true, isDeleteMarker: version.isDeleteMarker };
}

interface Removal {
  readonly bucketId: number;
  readonly key: string;
  readonly version: FoundVersion;
}

async function removeRow(tx: Tx, { bucketId, key, version }: Removal): Promise<void> {
  if (version.isCurrent) {
    await tx.run('DELETE FROM objects WHERE bucket_id = ? AND key = ?', bucketId, key);
  } else {
    await tx.run('DELETE FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?', bucketId, key, -version.seq);
  }
  if (version.isCurrent || version.isDeleteMarker) await promoteNewest(tx, bucketId, key);
}

/** A key whose newest version is no delete marker has it in `objects`. */
async function promoteNewest(tx: Tx, bucketId: number, key: string): Promise<void> {
  const current = await tx.get('SELECT key FROM objects WHERE bucket_id = ? AND key = ?', bucketId, key);
  if (current !== undefined) return;
  const newest = await tx.get<{ rank: number; is_delete_marker: number }>(
    'SELECT rank, is_delete_marker FROM versions WHERE bucket_id = ? AND key = ? ORDER BY rank LIMIT 1',
    bucketId,
    key,
  );
  if (newest === undefined || newest.is_delete_marker === 1) return;
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
     SELECT bucket_id, key, -rank, ${VERSION_COLUMNS} FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?`,
    bucketId,
    key,
    newest.rank,
  );
  await tx.run('DELETE FROM versions WHERE bucket_id = ? AND key = ? AND rank = ?', bucketId, key, newest.rank);
}
