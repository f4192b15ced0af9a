import type { Access } from '../access/index.ts';
import { DriveAccess } from './drive-access.ts';
import { Drives, type DrivesParts } from './drives.ts';
import { Files, type FilesParts } from './files.ts';
import type { DriveServices } from './index.ts';
import { Links, type LinksParts } from './links.ts';
import { ReachableFiles } from './reachable-files.ts';
import { SharedLinks, type SharedLinksParts } from './shared-links.ts';
import { Shares, type SharesParts } from './shares.ts';
import { Transfers, type TransfersParts } from './transfers.ts';
import { Trash } from './trash.ts';
import { Tree } from './tree.ts';
import { DriveUploads, type DriveUploadsParts } from './uploads.ts';

export interface DriveParts
  extends DrivesParts,
    SharesParts,
    Omit<TransfersParts, 'drives' | 'driveAccess'>,
    Omit<DriveUploadsParts, 'driveAccess'>,
    Omit<LinksParts, 'drives' | 'driveAccess'>,
    Omit<SharedLinksParts, 'drives' | 'driveAccess'> {
  readonly access: Access;
  /** What a day of rules and of the trash is. */
  readonly dayMs: number;
  readonly files: FilesParts;
}

/** Everything that is about drives. */
export function openDrive({ access, files, ...parts }: DriveParts): DriveServices {
  const driveAccess = new DriveAccess(access);
  const drives = new Drives(parts);
  const ours = { drives, files: new Files(files, driveAccess), shares: new Shares(parts) };
  return {
    ...ours,
    driveAccess,
    reachableFiles: new ReachableFiles(ours),
    links: new Links({ ...parts, drives, driveAccess }),
    sharedLinks: new SharedLinks({ ...parts, drives, driveAccess }),
    driveUploads: new DriveUploads({ ...parts, driveAccess }),
    transfers: new Transfers({ ...parts, drives, driveAccess }),
    trash: new Trash({ ...parts, drives, driveAccess }),
    tree: new Tree({ ...parts, objects: files.objects, driveAccess }),
  };
}
