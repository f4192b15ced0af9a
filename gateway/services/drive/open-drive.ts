import type { Access } from '../access/index.ts';
import { DriveAccess } from './drive-access.ts';
import { Drives, type DrivesParts } from './drives.ts';
import { Files, type FilesParts } from './files.ts';
import type { DriveServices } from './index.ts';
import { Links, type LinksParts } from './links.ts';
import { SharedLinks, type SharedLinksParts } from './shared-links.ts';
import { Shares, type SharesParts } from './shares.ts';
import { Transfers, type TransfersParts } from './transfers.ts';
import { DriveUploads, type DriveUploadsParts } from './uploads.ts';

export interface DriveParts
  extends DrivesParts,
    SharesParts,
    Omit<TransfersParts, 'drives' | 'driveAccess'>,
    Omit<DriveUploadsParts, 'driveAccess'>,
    Omit<LinksParts, 'drives' | 'driveAccess'>,
    Omit<SharedLinksParts, 'drives' | 'driveAccess'> {
  readonly access: Access;
  readonly files: FilesParts;
}

/** Everything that is about drives. */
export function openDrive({ access, files, ...parts }: DriveParts): DriveServices {
  const driveAccess = new DriveAccess(access);
  const drives = new Drives(parts);
  return {
    drives,
    driveAccess,
    files: new Files(files, driveAccess),
    links: new Links({ ...parts, drives, driveAccess }),
    sharedLinks: new SharedLinks({ ...parts, drives, driveAccess }),
    driveUploads: new DriveUploads({ ...parts, driveAccess }),
    shares: new Shares(parts),
    transfers: new Transfers({ ...parts, drives, driveAccess }),
  };
}
