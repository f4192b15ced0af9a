import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';

/** The homes of accounts' files, and who else may reach what is in them. */
export interface DriveServices {
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
}
