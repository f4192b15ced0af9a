import type { Tx } from '../tx.ts';
import { seqOfVersionId } from '../version-id.ts';
import { HELD_COLUMNS, type HeldVersion } from './versions.ts';

/** A version as a transaction finds it, and where. */
export interface FoundVersion extends HeldVersion {
  readonly seq: number;
  readonly isCurrent: boolean;
  readonly isDeleteMarker: boolean;
}

interface Row extends HeldVersion {
  readonly seq: number;
  readonly is_delete_marker: number;
}

/** Which version of which key: without an id the newest, be it a delete marker. */
export interface VersionName {
  readonly bucketId: number;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** Finds a version among the current and the older ones. */
export async function findVersionRow(tx: Tx, name: VersionName): Promise<FoundVersion | undefined> {
  const { bucketId, key, versionId } = name;
  const current = await tx.get<Row>(
    `SELECT ${HELD_COLUMNS}, seq, 0 AS is_delete_marker FROM objects WHERE bucket_id = ? AND key = ?`,
    bucketId,
    key,
  );
  if (current !== undefined && (versionId === undefined || versionId === current.version_id)) {
    return { ...current, isCurrent: true, isDeleteMarker: false };
  }
  const older = await findOlder(tx, name);
  return older === undefined ? undefined : { ...older, isCurrent: false, isDeleteMarker: older.is_delete_marker === 1 };
}

const SELECT_OLDER = `SELECT ${HELD_COLUMNS}, -rank AS seq, is_delete_marker FROM versions WHERE bucket_id = ? AND key = ?`;

async function findOlder(tx: Tx, { bucketId, key, versionId }: VersionName): Promise<Row | undefined> {
  if (versionId === undefined) return tx.get<Row>(`${SELECT_OLDER} ORDER BY rank LIMIT 1`, bucketId, key);
  if (versionId === 'null') return tx.get<Row>(`${SELECT_OLDER} AND version_id = 'null'`, bucketId, key);
  const seq = seqOfVersionId(versionId);
  if (seq === undefined) return undefined;
  return tx.get<Row>(`${SELECT_OLDER} AND rank = ? AND version_id = ?`, bucketId, key, -seq, versionId);
}
