import type { ListPosition } from '../../../metadata/index.ts';
import { seqOfVersionId } from '../../../metadata/index.ts';
import type { TestDatabase } from './dialects.ts';
import type { ModelRange } from './list-model.ts';
import { compareBytes } from './odd-keys.ts';

/** A version or delete marker, as its row tells it. */
export interface StoredVersion {
  readonly key: string;
  readonly seq: number;
  readonly id: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
}

export interface VersionPage {
  readonly versions: readonly StoredVersion[];
  readonly commonPrefixes: readonly string[];
  readonly next?: ListPosition | undefined;
}

export interface VersionModelRange extends ModelRange {
  readonly afterVersionId?: string | undefined;
}

/** Everything in a bucket, from the tables themselves, in the order of ListObjectVersions. */
export async function readVersions(database: TestDatabase, bucketId: number): Promise<StoredVersion[]> {
  const rows = await database.rows<{ key: string; seq: number; id: string; marker: number }>(
    `SELECT key, seq, version_id AS id, 0 AS marker FROM objects WHERE bucket_id = ?
     UNION ALL SELECT key, -rank, version_id, is_delete_marker FROM versions WHERE bucket_id = ?`,
    bucketId,
    bucketId,
  );
  rows.sort((a, b) => compareBytes(a.key, b.key) || b.seq - a.seq);
  return rows.map(({ key, seq, id, marker }, index) => {
    return { key, seq, id, isMarker: marker === 1, isLatest: rows[index - 1]?.key !== key };
  });
}

/** A page the naive way: look at every version, in order, and roll up as "ListObjectVersions" describes. */
export function versionListModel(all: readonly StoredVersion[], range: VersionModelRange): VersionPage {
  const { prefix, delimiter, limit } = range;
  const entries: (StoredVersion | { readonly prefix: string })[] = [];
  for (const version of all) {
    if (!version.key.startsWith(prefix) || !isAfter(version, { range, all })) continue;
    const at = delimiter === '' ? -1 : version.key.indexOf(delimiter, prefix.length);
    if (at < 0) {
      entries.push(version);
      continue;
    }
    const rolled = version.key.slice(0, at + delimiter.length);
    const last = entries.at(-1);
    if (last === undefined || !('prefix' in last) || last.prefix !== rolled) entries.push({ prefix: rolled });
  }
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  return {
    versions: page.filter((entry) => 'id' in entry),
    commonPrefixes: page.flatMap((entry) => ('prefix' in entry ? [entry.prefix] : [])),
    ...(entries.length > limit && last !== undefined ? { next: positionOf(last) } : {}),
  };
}

function positionOf(entry: StoredVersion | { readonly prefix: string }): ListPosition {
  return 'prefix' in entry ? { after: entry.prefix, isPrefix: true } : { after: entry.key, isPrefix: false };
}

function isAfter(
  { key, seq }: StoredVersion,
  { range: { position, afterVersionId }, all }: { range: VersionModelRange; all: readonly StoredVersion[] },
): boolean {
  if (position === undefined) return true;
  if (position.isPrefix && key.startsWith(position.after)) return false;
  const order = compareBytes(key, position.after);
  if (order !== 0) return order > 0;
  if (afterVersionId === undefined) return false;
  const ofNull = all.find((version) => version.key === key && version.id === 'null')?.seq;
  // A null version that is gone tells nothing of the others: none of them may be left out.
  const from = afterVersionId === 'null' ? (ofNull ?? Number.POSITIVE_INFINITY) : (seqOfVersionId(afterVersionId) ?? 0);
  return seq < from;
}
