import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';
import type { Files } from './files.ts';
import type { Links } from './links.ts';
import type { ReachableFiles } from './reachable-files.ts';
import type { SharedLinks } from './shared-links.ts';
import type { Shares } from './shares.ts';
import type { Transfers } from './transfers.ts';
import type { Trash } from './trash.ts';
import type { Tree } from './tree.ts';
import type { DriveUploads } from './uploads.ts';

/** The homes of accounts' files, and who else may reach what is in them. */
export interface DriveServices {
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
  readonly files: Files;
  readonly links: Links;
  readonly sharedLinks: SharedLinks;
  readonly driveUploads: DriveUploads;
  readonly reachableFiles: ReachableFiles;
  readonly shares: Shares;
  readonly transfers: Transfers;
  readonly trash: Trash;
  readonly tree: Tree;
}
