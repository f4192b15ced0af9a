import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { keepsTime } from '../versioning.ts';
import { forgetLeads, forgetPath, moveLeads, type PathInDrive } from './drive-paths.ts';
import { type Collisions, clearCollisions, findCollisions } from './tree-collisions.ts';
import { type Doer, logDeletions, logPlacements } from './tree-events.ts';
import { hideUncovered, moveHistory, nameOvertaken } from './tree-history.ts';
import { parkTree, placeCurrent } from './tree-placement.ts';
import { isWithin, openTree, type TreePlace } from './tree-range.ts';
import { measureHistory, measureTree, type TreeSize } from './tree-size.ts';
import { addUsage } from './usage.ts';

export interface MoveTree extends Doer {
  readonly from: PathInDrive;
  /** A folder where `from` is one. */
  readonly to: PathInDrive;
  /** Replace what is there. */
  readonly overwrite?: boolean | undefined;
  /** What becomes of what leads there (shares, links, offers): left out, it follows. */
  readonly leads?: 'move' | 'forget' | undefined;
}

export interface MovedTree {
  /** Without the markers of folders. */
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/** "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is at most 1,024 bytes long." */
const MAX_KEY_BYTES = 1024;

/**
 * Moves a file or a whole folder to another path, of the same bucket or of another one, whose owner is charged then. It is
 * all here or all there; no bytes move. Uploads under way stay.
 *
 * Where both ends keep versions, older ones come along. Otherwise they stay where they were, behind delete markers.
 *
 * Throws `NoSuchBucket`; `NoSuchKey` where there is nothing; `InvalidRequest` for a folder that is to be in itself;
 * `FileExists`; `InvalidPath` where keys would be too long; `FolderTooLarge`; `AccessDenied` where a lock forbids it;
 * `QuotaExceeded` for the new owner.
 */
export async function moveTree(tx: Tx, input: MoveTree): Promise<MovedTree> {
  const move = await openMove(tx, input);
  requireShortKeys(move);
  await carryOut(tx, move);
  return move.size;
}

/** A move of which all is known that decides whether it may be. */
export interface TreeMove {
  readonly from: TreePlace;
  readonly to: TreePlace;
  readonly size: TreeSize;
  /** What comes along of older versions; undefined where they stay. */
  readonly history: TreeSize | undefined;
  readonly collisions: Collisions;
  readonly doer: Doer;
  readonly leads: 'move' | 'forget';
}

/** Nothing is written yet. Throws as {@link moveTree} does. */
export async function openMove(tx: Tx, input: MoveTree): Promise<TreeMove> {
  const { overwrite = false, leads = 'move', accountId, at } = input;
  requireApart(input);
  const from = await openTree(tx, input.from);
  const to = await openTree(tx, input.to);
  const size = await measureTree(tx, from, at);
  const history = from.versioning !== null && to.versioning !== null ? await measureHistory(tx, from, at) : undefined;
  if (size.isLocked || history?.isLocked) {
    throw new Failure('AccessDenied', 'Access Denied because object protected by object lock.');
  }
  const collisions = await findCollisions(tx, { from, to, leaves: true }, { overwrite, at });
  return { from, to, size, history, collisions, doer: { accountId, at }, leads };
}

/** Throws `InvalidRequest`. */
export function requireApart({ from, to }: { readonly from: PathInDrive; readonly to: PathInDrive }): void {
  if (from.path.endsWith('/') !== to.path.endsWith('/')) {
    throw new Failure('InvalidRequest', 'A folder stays a folder, and a file a file.');
  }
  if (isWithin(to, from)) {
    const isSame = to.path === from.path;
    throw new Failure('InvalidRequest', isSame ? 'It is there already.' : 'A folder cannot be in itself.');
  }
}

/** Throws `InvalidPath`. */
export function requireShortKeys({ from, to, size }: Pick<TreeMove, 'from' | 'to' | 'size'>): void {
  const longest = size.keyBytes - Buffer.byteLength(from.path) + Buffer.byteLength(to.path);
  if (longest <= MAX_KEY_BYTES) return;
  throw new Failure(
    'InvalidPath',
    `Paths have at most ${MAX_KEY_BYTES} bytes, and one of these would have ${longest}.`,
  );
}

/** The owner is charged first; then rows move. */
export async function carryOut(tx: Tx, move: TreeMove): Promise<void> {
  const { from, to, collisions, doer, history } = move;
  await charge(tx, move);
  await clearCollisions(tx, to, { collisions, at: doer.at });
  const rows = isWithin(from, to) ? await parkTree(tx, from) : from;
  await nameOvertaken(tx, { rows, to });
  if (history !== undefined) await moveHistory(tx, { rows, to }, doer);
  await moveCurrents(tx, move, rows);
  if (from.versioning !== null && history === undefined) await hideUncovered(tx, from, doer);
  await settleLeads(tx, move);
}

async function charge(tx: Tx, { from, to, size, history, collisions }: TreeMove): Promise<void> {
  const isSame = from.ownerId === to.ownerId;
  const objectCount = isSame ? 0 : size.entryCount + (history?.entryCount ?? 0);
  const logicalBytes = isSame ? 0 : size.sizeBytes + (history?.sizeBytes ?? 0);
  const { freed, freedBytes } = collisions;
  await addUsage(tx, {
    accountId: to.ownerId,
    objectCount: objectCount - freed.length,
    logicalBytes: logicalBytes - freedBytes,
  });
  if (isSame) return;
  await addUsage(tx, { accountId: from.ownerId, objectCount: -objectCount, logicalBytes: -logicalBytes });
}

/** In another bucket they are new, and gone from the old one: who follows only one of them sees all that happens to it. */
async function moveCurrents(tx: Tx, { from, to, doer }: TreeMove, rows: TreePlace): Promise<void> {
  const isNear = from.bucketId === to.bucketId;
  if (!isNear) await logDeletions(tx, from, doer);
  const logged = await logPlacements(tx, {
    type: isNear ? 'object.renamed' : 'object.copied',
    rows,
    named: to,
    sourcePath: isNear ? from.path : undefined,
    doer,
  });
  await placeCurrent(tx, {
    rows,
    to,
    logged,
    at: doer.at,
    keepsTime: keepsTime({ versioning: to.versioning, is_drive: Number(to.isDrive) }, to.path),
    newOwnerId: from.ownerId === to.ownerId ? undefined : to.ownerId,
  });
}

async function settleLeads(tx: Tx, { from, to, leads }: TreeMove): Promise<void> {
  if (!from.isDrive) return;
  if (leads === 'forget') await forgetLeads(tx, from);
  else if (to.isDrive) await moveAllLeads(tx, from, to);
  await forgetPath(tx, from);
}

/** Where the folder was in its own way, so is what leads there. */
async function moveAllLeads(tx: Tx, from: TreePlace, to: TreePlace): Promise<void> {
  if (!isWithin(from, to)) return moveLeads(tx, { from, to });
  const parking = { bucketId: from.bucketId, path: `.trash/${from.path}` };
  await moveLeads(tx, { from, to: parking });
  await moveLeads(tx, { from: parking, to });
}
