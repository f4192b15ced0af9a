import { randomBytes } from 'node:crypto';
import type { Tx } from '../tx.ts';
import type { PathInDrive } from './drive-paths.ts';
import { type MovedTree, requireApart, requireShortKeys } from './move-tree.ts';
import { clearCollisions, findCollisions } from './tree-collisions.ts';
import { type Doer, logPlacements } from './tree-events.ts';
import { nameOvertaken } from './tree-history.ts';
import { parkingOf, placeCurrent } from './tree-placement.ts';
import { IN_TREE, openTree, rangeOf, rebased, type TreePlace } from './tree-range.ts';
import { measureTree } from './tree-size.ts';
import { addUsage } from './usage.ts';
import { VERSION_COLUMNS } from './versions.ts';

export interface CopyTree extends Doer {
  readonly from: PathInDrive;
  /** A folder where `from` is one. */
  readonly to: PathInDrive;
  /** Replace what is there. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Copies a file or a whole folder, all of it or nothing. The copies share the bytes, and are charged for. They are of what is
 * current, belong to the owner of where they are, and nothing locks them. Throws as `moveTree` does, but for locks.
 */
export async function copyTree(tx: Tx, { overwrite = false, ...input }: CopyTree): Promise<MovedTree> {
  const { accountId, at } = input;
  requireApart(input);
  const from = await openTree(tx, input.from);
  const to = await openTree(tx, input.to);
  const size = await measureTree(tx, from, at);
  requireShortKeys({ from, to, size });
  const collisions = await findCollisions(tx, { from, to, leaves: false }, { overwrite, at });
  await addUsage(tx, {
    accountId: to.ownerId,
    objectCount: size.entryCount - collisions.freed.length,
    logicalBytes: size.sizeBytes - collisions.freedBytes,
  });

  // What is in the way may be of the source: the copies come to be somewhere else first.
  const rows = await parkCopies(tx, from, to);
  await clearCollisions(tx, to, { collisions, at });
  await nameOvertaken(tx, { rows, to });
  const logged = await logPlacements(tx, { type: 'object.copied', rows, named: to, doer: { accountId, at } });
  await placeCurrent(tx, { rows, to, logged, at, keepsTime: false, newOwnerId: to.ownerId });
  return size;
}

/** What is not the same of a copy. */
const REPLACED: Readonly<Record<string, string>> = {
  part_set: "CASE WHEN part_set IS NOT NULL THEN ? || '-' || CAST(seq AS TEXT) END",
  retention_mode: 'NULL',
  retain_until: 'NULL',
  legal_hold: 'NULL',
};
const COPIED_COLUMNS = VERSION_COLUMNS.split(/,\s*/)
  .map((column) => REPLACED[column] ?? column)
  .join(', ');

async function parkCopies(tx: Tx, from: TreePlace, to: TreePlace): Promise<TreePlace> {
  const parking = parkingOf(to);
  const sets = randomBytes(16).toString('hex');
  await tx.run(
    `INSERT INTO objects (bucket_id, key, seq, ${VERSION_COLUMNS})
     SELECT CAST(? AS BIGINT), ${rebased('key')}, seq, ${COPIED_COLUMNS} FROM objects WHERE ${IN_TREE}`,
    parking.bucketId,
    parking.path,
    from.path,
    sets,
    ...rangeOf(from),
  );
  await tx.run(
    `INSERT INTO parts (set_id, part_number, blob_id, size_bytes, etag, checksum_value, last_modified)
     SELECT ? || '-' || CAST(o.seq AS TEXT), p.part_number, p.blob_id, p.size_bytes, p.etag, p.checksum_value,
       p.last_modified
     FROM objects o JOIN parts p ON p.set_id = o.part_set WHERE ${IN_TREE}`,
    sets,
    ...rangeOf(from),
  );
  await retainAll(tx, parking);
  return parking;
}

/** One reference for each object and each part: several may be the same blob. */
async function retainAll(tx: Tx, place: TreePlace): Promise<void> {
  await tx.run(
    `UPDATE blobs SET refs = blobs.refs + used.count, released_at = NULL FROM
       (SELECT blob_id, count(*) AS count FROM
         (SELECT blob_id FROM objects WHERE ${IN_TREE} AND blob_id IS NOT NULL
          UNION ALL SELECT p.blob_id FROM objects o JOIN parts p ON p.set_id = o.part_set WHERE ${IN_TREE}
            AND p.blob_id IS NOT NULL) AS uses
        GROUP BY blob_id) AS used
     WHERE blobs.id = used.blob_id`,
    ...rangeOf(place),
    ...rangeOf(place),
  );
}
