import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { forgetPath } from './drive-paths.ts';
import { appendEvent } from './events.ts';
import { requireUnlocked } from './lock.ts';
import {
  forget,
  HELD_COLUMNS,
  type HeldVersion,
  openPlace,
  type Place,
  totalBytes,
  type WriteTarget,
} from './versions.ts';

export interface DeleteKey extends WriteTarget {
  /** Whether it is known that older versions, where such are kept, are gone as well. */
  readonly isConfirmed: boolean;
}

/** What is gone. */
export interface DeletedKey {
  readonly versionCount: number;
  readonly sizeBytes: number;
}

interface OlderRow extends HeldVersion {
  readonly is_delete_marker: number;
}

/**
 * Deletes all that a key ever named, for good. Throws `NoSuchBucket`; `NoSuchKey`; `PreconditionFailed`; `AccessDenied`
 * where a version is locked; and `ConfirmationRequired`, with the `VersionCount` and `SizeBytes` that would go, where
 * versions of the key are kept and that was not confirmed.
 */
export async function deleteKey(tx: Tx, input: DeleteKey): Promise<DeletedKey> {
  const { bucketId, key, at } = input;
  const place = await openPlace(tx, input);
  const older = await listOlder(tx, input);
  const markers = older.filter((row) => row.is_delete_marker === 1);
  const freed = [
    ...(place.current === undefined ? [] : [place.current]),
    ...older.filter((row) => row.is_delete_marker === 0),
  ];
  if (freed.length + markers.length === 0) throw new Failure('NoSuchKey');
  const gone = { versionCount: freed.length, sizeBytes: totalBytes(freed) };
  if (place.bucket.versioning !== null && !input.isConfirmed) throw unconfirmed(gone);
  for (const row of freed) requireUnlocked(row, { at });
  for (const table of ['objects', 'versions']) {
    await tx.run(`DELETE FROM ${table} WHERE bucket_id = ? AND key = ?`, bucketId, key);
  }
  if (place.bucket.is_drive === 1) await forgetPath(tx, { bucketId, path: key });
  // What hid it is gone: there is nothing to be restored.
  await tx.run('DELETE FROM trash WHERE bucket_id = ? AND path = ? AND place IS NULL', bucketId, key);
  await forget(tx, { ownerId: place.bucket.account_id, at, freed });
  for (const row of [...freed, ...markers]) await logDeletion(tx, place, row);
  return gone;
}

function listOlder(tx: Tx, { bucketId, key }: WriteTarget) {
  return tx.all<OlderRow>(
    `SELECT ${HELD_COLUMNS}, is_delete_marker FROM versions WHERE bucket_id = ? AND key = ?`,
    bucketId,
    key,
  );
}

function unconfirmed({ versionCount, sizeBytes }: DeletedKey): Failure {
  const versions = versionCount === 1 ? '1 version' : `${versionCount} versions`;
  return new Failure('ConfirmationRequired', `${versions} of ${sizeBytes} bytes in all would be gone for good.`, {
    VersionCount: String(versionCount),
    SizeBytes: String(sizeBytes),
  });
}

function logDeletion(tx: Tx, { target, bucket }: Place, row: HeldVersion): Promise<number> {
  return appendEvent(tx, {
    at: target.at,
    type: 'object.deleted',
    accountId: target.accountId,
    bucket: bucket.name,
    key: target.key,
    versionId: row.version_id,
    sizeBytes: row.size_bytes,
    etag: row.etag,
  });
}
