import type { Access } from '../access/index.ts';
import { DriveAccess } from './drive-access.ts';
import { Drives, type DrivesParts } from './drives.ts';
import type { DriveServices } from './index.ts';

export interface DriveParts extends DrivesParts {
  readonly access: Access;
}

/** Everything that is about drives. */
export function openDrive({ access, ...parts }: DriveParts): DriveServices {
  return { drives: new Drives(parts), driveAccess: new DriveAccess(access) };
}
