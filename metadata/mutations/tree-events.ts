import type { Tx } from '../tx.ts';
import { NULL_VERSION, newVersionId } from '../version-id.ts';
import type { EventType } from './events.ts';
import { IN_TREE, rangeOf, rebased, type TreePlace } from './tree-range.ts';

/** Who does something, when (ISO time). */
export interface Doer {
  readonly accountId: string;
  readonly at: string;
}

/** The events that were logged for a tree: the statements of {@link LOGGED} find them. */
export interface LoggedTree {
  readonly after: number;
  readonly last: number;
  readonly type: EventType;
  readonly bucketName: string;
}

export interface TreeLog {
  readonly type: EventType;
  /** Where the rows are. */
  readonly rows: TreePlace;
  /** What the keys are called in the log. */
  readonly named: TreePlace;
  /** What they were called before. */
  readonly sourcePath?: string | undefined;
  readonly doer: Doer;
}

/** The condition that an event `e` is one of those; takes {@link loggedValues}. */
export const LOGGED = 'e.seq > ? AND e.seq <= ? AND e.type = ? AND e.bucket = ?';

export function loggedValues({ after, last, type, bucketName }: LoggedTree): [number, number, string, string] {
  return [after, last, type, bucketName];
}

/** Logs that each current version of a tree is somewhere from now on, in the order of the keys, and names them. */
export async function logPlacements(tx: Tx, { type, rows, named, sourcePath, doer }: TreeLog): Promise<LoggedTree> {
  const isNamed = named.versioning === 'Enabled';
  const source = sourcePath === undefined ? 'NULL' : rebased('key');
  return log(tx, { type, named, isNamed }, () =>
    tx.run(
      `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag, source_key)
       SELECT ?, ?, ?, ?, ${rebased('key')}, CAST(? AS TEXT), size_bytes, etag, ${source} FROM objects
       WHERE ${IN_TREE} ORDER BY key`,
      doer.at,
      type,
      doer.accountId,
      named.bucketName,
      named.path,
      rows.path,
      isNamed ? null : NULL_VERSION,
      ...(sourcePath === undefined ? [] : [sourcePath, rows.path]),
      ...rangeOf(rows),
    ),
  );
}

/** Logs that each current version of a tree is gone. */
export async function logDeletions(tx: Tx, place: TreePlace, { accountId, at }: Doer): Promise<void> {
  await tx.run(
    `INSERT INTO events (at, type, account_id, bucket, key, version_id, size_bytes, etag)
     SELECT ?, 'object.deleted', ?, ?, key, version_id, size_bytes, etag FROM objects WHERE ${IN_TREE} ORDER BY key`,
    at,
    accountId,
    place.bucketName,
    ...rangeOf(place),
  );
}

/** The keys that delete markers are made for: a condition, and what it takes. */
export interface MarkedKeys {
  readonly place: TreePlace;
  /** Yields keys. */
  readonly select: string;
  readonly values: readonly (string | number)[];
  readonly doer: Doer;
}

/**
 * Hides keys that have no current version any more behind delete markers. These have names also where versions are
 * suspended: a marker without one would take the place of a version without one.
 */
export async function hideKeys(tx: Tx, { place, select, values, doer }: MarkedKeys): Promise<LoggedTree> {
  const type = 'object.marked-deleted';
  const logged = await log(tx, { type, named: place, isNamed: true }, () =>
    tx.run(
      `INSERT INTO events (at, type, account_id, bucket, key)
       SELECT ?, ?, ?, ?, key FROM (${select}) AS keys ORDER BY key`,
      doer.at,
      type,
      doer.accountId,
      place.bucketName,
      ...values,
    ),
  );
  await tx.run(
    `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, version_id, size_bytes, etag, last_modified,
       account_id, attributes)
     SELECT CAST(? AS BIGINT), e.key, -e.seq, 1, e.version_id, 0, '', ?, ?, '{}' FROM events e WHERE ${LOGGED}`,
    place.bucketId,
    doer.at,
    place.ownerId,
    ...loggedValues(logged),
  );
  return logged;
}

interface Logging {
  readonly type: EventType;
  readonly named: TreePlace;
  readonly isNamed: boolean;
}

async function log(
  tx: Tx,
  { type, named: { bucketName }, isNamed }: Logging,
  append: () => number | Promise<number>,
): Promise<LoggedTree> {
  const after = await lastSeq(tx);
  await append();
  const logged = { after, last: await lastSeq(tx), type, bucketName };
  if (isNamed) await nameVersions(tx, logged);
  return logged;
}

async function lastSeq(tx: Tx): Promise<number> {
  const row = await tx.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM events');
  return row?.seq ?? 0;
}

const NAMES_AT_ONCE = 500;

/** The number of its event is in a version's id. */
async function nameVersions(tx: Tx, logged: LoggedTree): Promise<void> {
  const seqs = await tx.rows<[number]>(`SELECT e.seq FROM events e WHERE ${LOGGED}`, ...loggedValues(logged));
  for (let start = 0; start < seqs.length; start += NAMES_AT_ONCE) {
    const names = seqs.slice(start, start + NAMES_AT_ONCE).flatMap(([seq]) => [seq, newVersionId(seq)]);
    await tx.run(
      `WITH names (seq, id) AS (VALUES ${Array(names.length / 2)
        .fill('(?, ?)')
        .join(', ')})
       UPDATE events SET version_id = names.id FROM names WHERE events.seq = CAST(names.seq AS BIGINT)`,
      ...names,
    );
  }
}
