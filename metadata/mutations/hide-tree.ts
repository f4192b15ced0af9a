import type { Tx } from '../tx.ts';
import { forgetLeads, forgetPath } from './drive-paths.ts';
import { archiveTree } from './tree-collisions.ts';
import { type Doer, hideKeys, type LoggedTree } from './tree-events.ts';
import { IN_TREE, rangeOf, type TreePlace } from './tree-range.ts';

/** Hides all of a file or folder behind delete markers. What leads there is forgotten. */
export async function hideTree(tx: Tx, place: TreePlace, doer: Doer): Promise<LoggedTree> {
  const values = rangeOf(place);
  await archiveTree(tx, place);
  const logged = await hideKeys(tx, { place, select: `SELECT key FROM objects WHERE ${IN_TREE}`, values, doer });
  await tx.run(`DELETE FROM objects WHERE ${IN_TREE}`, ...values);
  await forgetLeads(tx, place);
  await forgetPath(tx, place);
  return logged;
}
