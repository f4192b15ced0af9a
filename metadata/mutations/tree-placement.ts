import { randomBytes } from 'node:crypto';
import type { Tx } from '../tx.ts';
import { LOGGED, type LoggedTree, loggedValues } from './tree-events.ts';
import { IN_TREE, rangeOf, rebased, type TreePlace } from './tree-range.ts';
import { VERSION_COLUMNS } from './versions.ts';

/** Current versions on their way: where their rows are, and where they are to be. */
export interface Placement {
  readonly rows: TreePlace;
  readonly to: TreePlace;
  /** The events that make them current there. */
  readonly logged: LoggedTree;
  readonly at: string;
  /** Whether they are as old as they were. */
  readonly keepsTime: boolean;
  /** Whom they belong to from now on; left out, whom they did. */
  readonly newOwnerId?: string | undefined;
}

const REPLACED: Readonly<Record<string, string>> = {
  version_id: 'e.version_id',
  last_modified: 'coalesce(CAST(? AS TEXT), o.last_modified)',
  account_id: 'coalesce(CAST(? AS TEXT), o.account_id)',
  // What an owner has granted is that owner's word.
  acl: 'CASE WHEN CAST(? AS TEXT) IS NULL THEN o.acl END',
};
const PLACED_COLUMNS = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => REPLACED[column] ?? `o.${column}`)
  .join(', ');

/** Moves the rows. Each finds its event, by whose number it is ordered from now on. */
export async function placeCurrent(tx: Tx, placement: Placement): Promise<void> {
  const { rows, to, logged, at, keepsTime, newOwnerId = null } = placement;
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
     SELECT CAST(? AS BIGINT), e.key, e.seq, ${PLACED_COLUMNS} FROM events e CROSS JOIN objects o
     WHERE ${LOGGED} AND o.bucket_id = ? AND o.key = ${rebased('e.key')}`,
    to.bucketId,
    keepsTime ? null : at,
    newOwnerId,
    newOwnerId,
    ...loggedValues(logged),
    rows.bucketId,
    rows.path,
    to.path,
  );
  await tx.run(`DELETE FROM objects WHERE ${IN_TREE}`, ...rangeOf(rows));
}

/** A place that nothing has ever been at, for rows that are in each other's way. Nobody sees them there. */
export function parkingOf(place: TreePlace): TreePlace {
  const name = `.trash/${randomBytes(16).toString('hex')}`;
  return { ...place, path: place.path.endsWith('/') ? `${name}/` : name };
}

/** Takes all rows of a tree out of the way: a folder that moves to where it is in itself. */
export async function parkTree(tx: Tx, place: TreePlace): Promise<TreePlace> {
  const parking = parkingOf(place);
  for (const table of ['versions', 'objects']) {
    const isCurrent = 'EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = v.bucket_id AND o.key = v.key)';
    await tx.run(
      `UPDATE ${table} AS v SET key = ${rebased('key')} WHERE ${IN_TREE} ${table === 'versions' ? `AND ${isCurrent}` : ''}`,
      parking.path,
      place.path,
      ...rangeOf(place),
    );
  }
  return parking;
}
