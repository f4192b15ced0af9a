import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure, type ListPosition, type Metadata } from '../../../metadata/index.ts';
import type { Asker } from './asker.ts';
import type { DriveAccess, DriveAction, DrivePlace } from './drive-access.ts';
import { isFolder } from './paths.ts';

export interface TreeAccessParts {
  readonly metadata: Metadata;
  readonly driveAccess: DriveAccess;
}

/** What is to be done with all that is in a folder. */
export interface TreeDeed {
  /** The folder; a file is for the caller to ask for. */
  readonly from: DrivePlace;
  /** To each file in it. */
  readonly actions: readonly DriveAction[];
  /** Where each is put. */
  readonly to?: DrivePlace | undefined;
}

const PAGE = 1000;

/**
 * Makes sure that somebody may do something to each file in a folder: a policy may refuse what is further down. Owners are
 * not asked for what is in their own drives, whose policies they may change.
 * @throws Failure `AccessDenied`
 */
export async function requireThroughout(parts: TreeAccessParts, asker: Asker, deed: TreeDeed): Promise<void> {
  const { from, to, actions } = deed;
  if (!isFolder(from.path)) return;
  const asked = await unsettled(parts, asker, { from, actions });
  const isAskedThere = to !== undefined && (await unsettled(parts, asker, { from: to, actions: WRITE })).length > 0;
  if (asked.length === 0 && !isAskedThere) return;
  for await (const path of pathsIn(parts.metadata, from)) {
    const steps: Step[] = asked.map((action) => [action, { bucket: from.bucket, path }]);
    if (isAskedThere) steps.push(['s3:PutObject', { ...to, path: to.path + path.slice(from.path.length) }]);
    for (const [action, place] of steps) {
      if (await parts.driveAccess.may(asker, action, place)) continue;
      throw new Failure('AccessDenied', 'You may not do that to all that is in the folder.');
    }
  }
}

type Step = readonly [DriveAction, DrivePlace];

const WRITE: readonly DriveAction[] = ['s3:PutObject'];

/** The actions that have to be asked for file by file. */
async function unsettled({ driveAccess }: TreeAccessParts, asker: Asker, { from, actions }: TreeDeed) {
  if (isOwn(asker, from)) return [];
  const settled = await Promise.all(actions.map((action) => driveAccess.allowsAll(asker, action, from)));
  return actions.filter((_, index) => settled[index] === false);
}

function isOwn({ principal }: Asker, { bucket }: DrivePlace): boolean {
  return principal.kind === 'account' && principal.account.id === bucket.account_id;
}

/** Others have their turn after each page. */
async function* pathsIn({ queries }: Metadata, { bucket, path: prefix }: DrivePlace): AsyncGenerator<string> {
  let position: ListPosition | undefined;
  do {
    const page = await queries.listObjects({ bucketId: bucket.id, prefix, delimiter: '', position, limit: PAGE });
    for (const [key] of page.rows) yield key;
    position = page.next;
    await nextTurn();
  } while (position !== undefined);
}
